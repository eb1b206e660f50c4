from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.wasm_module import load_module

TITLE = "Compiling"
COMPILED = [(TITLE, 1, 1)]


@pytest.fixture
def wasm(tmp_path: Path) -> Path:
    path = tmp_path / "node_modules" / "tiny" / "tiny.wasm"
    path.parent.mkdir(parents=True)
    path.write_bytes(wat2wasm('(module (func (export "one") (result i32) i32.const 1))'))
    return path


def exports(wasm: Path, recorder) -> list[str | None]:
    _, module = load_module(wasm, TITLE, recorder)
    return [export.name for export in module.exports]


def only_file(cache: Path) -> Path:
    (file,) = (cache / "compiled").iterdir()
    return file


def test_compiles_once(wasm: Path, empty_cache: Path, recorder) -> None:
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED


def test_compiled_code_is_private(wasm: Path, empty_cache: Path, recorder) -> None:
    load_module(wasm, TITLE, recorder)
    kept = only_file(empty_cache)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_another_module_is_compiled_itself(wasm: Path, empty_cache: Path, recorder) -> None:
    load_module(wasm, TITLE, recorder)
    wasm.write_bytes(wat2wasm('(module (func (export "two")))'))
    assert exports(wasm, recorder) == ["two"]
    assert recorder.tasks == COMPILED * 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:0],
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content[:-40] + b"\0" * 40,
        lambda content: b"\0" * len(content),
    ],
    ids=["empty", "digest cut", "code cut", "code changed", "zeros"],
)
def test_spoilt_file_is_replaced(
    spoil: Callable[[bytes], bytes], wasm: Path, empty_cache: Path, recorder
) -> None:
    load_module(wasm, TITLE, recorder)
    kept = only_file(empty_cache)
    whole = kept.read_bytes()
    kept.write_bytes(spoil(whole))
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 2
    assert only_file(empty_cache).read_bytes()[:32] != b"\0" * 32
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 2


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_file_that_others_may_write_is_refused(mode: int, wasm: Path, empty_cache: Path, recorder) -> None:
    load_module(wasm, TITLE, recorder)
    only_file(empty_cache).chmod(mode)
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 2
    assert stat.S_IMODE(only_file(empty_cache).stat().st_mode) == 0o600


def test_folder_that_others_may_write_is_neither_read_nor_filled(
    wasm: Path, empty_cache: Path, recorder
) -> None:
    load_module(wasm, TITLE, recorder)
    folder = empty_cache / "compiled"
    folder.chmod(0o777)
    only_file(empty_cache).unlink()
    for _ in range(2):
        assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 3
    assert list(folder.iterdir()) == []


def test_link_is_not_followed(wasm: Path, empty_cache: Path, tmp_path: Path, recorder) -> None:
    load_module(wasm, TITLE, recorder)
    kept = only_file(empty_cache)
    elsewhere = kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(elsewhere)
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 2
    assert not kept.is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user: run as root, too")
def test_file_of_another_user_is_refused(wasm: Path, empty_cache: Path, recorder) -> None:
    load_module(wasm, TITLE, recorder)
    os.chown(only_file(empty_cache), 65534, 65534)
    assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 2


def test_cache_that_cannot_be_written_costs_only_time(
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
    recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(public_folder / "cache"))
    wasm = public_folder / "tiny.wasm"
    wasm.write_bytes(wat2wasm('(module (func (export "one")))'))
    public_folder.chmod(0o555)
    with unprivileged():
        for _ in range(2):
            assert exports(wasm, recorder) == ["one"]
    assert recorder.tasks == COMPILED * 2


@pytest.mark.parametrize("content", [None, b"", b"not wasm"])
def test_damaged_package_names_the_folder_to_remove(
    content: bytes | None, wasm: Path, empty_cache: Path, recorder
) -> None:
    if content is None:
        wasm.unlink()
    else:
        wasm.write_bytes(content)
    with pytest.raises(KavenError) as raised:
        load_module(wasm, TITLE, recorder)
    assert raised.value.rule == "prisma_engine_damaged"
    assert raised.value.exit_code is ExitCode.ENVIRONMENT
    assert f"remove the folder {wasm.parent.parent.parent} " in raised.value.help
    assert "\n" not in raised.value.message
