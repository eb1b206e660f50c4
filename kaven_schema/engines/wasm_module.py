"""A WebAssembly module, compiled for this machine once and kept in the user's cache."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.cache import cache_folder, private_folder
from kaven_schema.engines.progress import Progress

if TYPE_CHECKING:
    from wasmtime import Engine, Module

_DIGEST_BYTES = 32


def load_module(path: Path, title: str, progress: Progress) -> tuple[Engine, Module]:
    """The module of a `.wasm` file. Raises KavenError `prisma_engine_damaged`.

    A cache that cannot be written or trusted costs the compilation again, never an error.
    """
    from wasmtime import Engine

    content = _read_wasm(path)
    engine = Engine()
    kept = _compiled_path(content)
    module = _read_compiled(engine, kept)
    if module is None:
        with progress(title, 1) as advance:
            module = _compile(engine, content, path)
            advance(1)
        with suppress(OSError, KavenError):
            _keep(kept, module)
    return engine, module


def _read_wasm(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from None


def _compile(engine: Engine, content: bytes, path: Path) -> Module:
    from wasmtime import Module, WasmtimeError

    try:
        return Module(engine, content)
    except WasmtimeError as error:
        raise _damaged(path, str(error).splitlines()[0]) from None


def _damaged(path: Path, reason: str) -> KavenError:
    folder = next((parent.parent for parent in path.parents if parent.name == "node_modules"), path)
    return KavenError(
        "prisma_engine_damaged",
        f"cannot load Prisma's engine from {path}: {reason}",
        help=f"remove the folder {folder} and run the command again: it is then installed anew",
    )


def _compiled_path(content: bytes) -> Path:
    """Compiled code is good for one module, one wasmtime and one kind of processor."""
    import platform

    name = f"{sha256(content).hexdigest()[:16]}-{_wasmtime_version()}-{platform.machine()}.cwasm"
    return cache_folder() / "compiled" / name


def _wasmtime_version() -> str:
    """From the name of its metadata folder: `importlib.metadata` takes 25 ms to say the same."""
    import wasmtime

    beside = Path(wasmtime.__file__).parent.parent
    found = next(beside.glob("wasmtime-*.dist-info"), None)
    return found.name.removesuffix(".dist-info") if found else "wasmtime"


def _read_compiled(engine: Engine, path: Path) -> Module | None:
    """Compiled code is executed as it is: only take what this user alone could have written, whole."""
    from wasmtime import Module, WasmtimeError

    try:
        if not _is_private(os.lstat(path.parent)):
            return None
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        if not _is_private(os.fstat(descriptor)):
            return None
        digest, code = file.read(_DIGEST_BYTES), file.read()
    if sha256(code).digest() != digest:
        return None
    try:
        return Module.deserialize(engine, code)
    except WasmtimeError:
        return None


def _is_private(status: os.stat_result) -> bool:
    if not hasattr(os, "geteuid"):
        return True  # Windows: the folder lies in the user's profile, which others cannot write to
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid in (0, os.geteuid()) and not others_write


def _keep(path: Path, module: Module) -> None:
    folder = private_folder(path.parent)
    if not _is_private(os.lstat(folder)):
        return
    code = module.serialize()
    descriptor, staging = tempfile.mkstemp(prefix=f".{path.name}-", dir=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(sha256(code).digest())
            file.write(code)
        os.replace(staging, path)
    except BaseException:
        os.unlink(staging)
        raise
