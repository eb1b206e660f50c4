"""What tests of several rooms share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
_NOBODY = 65534


def pytest_report_header(config: pytest.Config) -> str:
    return "" if config.option.markexpr != "not long" else "left out: what is marked long (make test-long)"


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The repository's top level."""
    return CHECKOUT


@pytest.fixture
def expect() -> Callable[[Path, str], None]:
    """Compares a text with a file, byte for byte; with UPDATE_EXPECT=1 it writes the file instead."""

    def check(path: Path, actual: str) -> None:
        if os.environ.get("UPDATE_EXPECT") == "1":
            path.write_text(actual, encoding="utf-8", newline="")
        assert path.exists(), f"{path} is missing: UPDATE_EXPECT=1 writes it, read it then"
        assert actual == path.read_bytes().decode(), f"if {path.name} should change: UPDATE_EXPECT=1"

    return check


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user may enter and write to, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="kaven-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def unprivileged() -> Callable[[], AbstractContextManager[None]]:
    """A block in which file permissions count, also where the tests run as root."""

    @contextmanager
    def block() -> Iterator[None]:
        user = os.geteuid()
        if user == 0:
            os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)

    return block
