"""The shop's client as it is made, lean and as prisma-client-py wrote it, each a package `db` of its own folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kaven_schema.client.generator import generate_clients

SHOP = Path(__file__).parent.parent / "fixtures" / "shop.prisma"
PARTIALS = (
    "from prisma.models import Customer\n\nCustomer.create_partial('Buyer', include=['email', 'orders'])\n"
)

Python = Callable[[Path, str], str]


@pytest.fixture(scope="session", params=["asyncio", "sync"])
def folders(
    request: pytest.FixtureRequest, shared_cache: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """`lean` and `plain`: recursive types for the one interface, five levels of them for the other."""
    root = tmp_path_factory.mktemp(request.param)
    schema = root / "schema.prisma"
    text = SHOP.read_text(encoding="utf-8").replace('"asyncio"', f'"{request.param}"')
    if request.param == "sync":
        text = text.replace("= -1", "= 5")
    schema.write_text(
        text.replace('"../app/db"', '"../db"\n  partial_type_generator = "partial.py"'), encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        Path("partial.py").write_text(PARTIALS, encoding="utf-8")
        for name in ("lean", "plain"):
            generate_clients(schema, output=root / name / "db", lean=name == "lean")
    return {name: root / name for name in ("lean", "plain")}


@pytest.fixture(scope="session")
def python() -> Python:
    """Runs a program beside a client, in a process of its own; what it prints."""

    def run(folder: Path, program: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(folder)},
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
