"""Prisma's query engine for prisma-client-py, as a program that needs Node and nothing native."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.cache import cache_folder, cache_unwritable, exclusive, private_folder
from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.packages import ensure_packages
from kaven_schema.engines.progress import Progress, silent

RECIPE = "query-5.17"
ENGINE_VERSION = "393aa359c9ad4a4bb28630fb5613f9c281cde053"
"""What the client of prisma-client-py 0.15.0 expects its engine to be."""

_HOST = Path(__file__).parent / "query_host"
_LAUNCHER = """\
#!/bin/sh
# Prisma's query engine on Node, as `kaven engine install` set it up.
if [ "$*" = --version ]; then
  echo 'query-engine {version}'
  exit
fi
node={node}
[ -x "$node" ] || node=$(command -v node) || {{
  echo "query-engine: Node is not where it was, and not on PATH; run: kaven engine install" >&2
  exit 127
}}
unset NODE_OPTIONS
exec "$node" {main} --packages {packages} "$@"
"""


def query_engine_path(*, refresh: bool = False, progress: Progress = silent) -> Path:
    """The executable that `PRISMA_QUERY_ENGINE_BINARY` takes, installed if need be.

    `refresh` writes it anew, for a Node that has moved. Raises KavenError `node_missing`,
    `npm_registry_unreachable`, `npm_failed`, `cache_unwritable`, `engine_needs_posix`.
    """
    if sys.platform == "win32":
        raise KavenError(
            "engine_needs_posix",
            "the query engine's launcher is a shell script, which Windows does not start",
            help="work inside WSL, or set PRISMA_QUERY_ENGINE_BINARY to Prisma's native engine",
        )
    modules = {file.name: file.read_bytes() for file in sorted(_HOST.glob("*.mjs"))}
    packages = ensure_packages(RECIPE, progress=progress)
    digest = sha256(b"\0".join([os.fsencode(packages), *modules.values()])).hexdigest()[:16]
    target = cache_folder() / "engines" / f"{RECIPE}-{digest}"
    launcher = target / "query-engine"
    if refresh or not os.access(launcher, os.X_OK):
        _write(target, modules, packages)
    return launcher


def _write(target: Path, modules: dict[str, bytes], packages: Path) -> None:
    """The host beside its launcher: it runs on when the package that wrote it is gone, or newer."""
    from shlex import quote

    text = _LAUNCHER.format(
        version=ENGINE_VERSION,
        node=quote(find_node_tools().node),
        main=quote(str(target / "main.mjs")),
        packages=quote(str(packages)),
    )
    private_folder(target.parent)
    with exclusive(target.parent / f"{RECIPE}.lock"):
        private_folder(target)
        try:
            for name, content in modules.items():
                _replace(target / name, content, 0o600)
            _replace(target / "query-engine", text.encode(), 0o700)
        except OSError as error:
            raise cache_unwritable(target, error) from None


def _replace(file: Path, content: bytes, mode: int) -> None:
    staging = file.with_name(f".{file.name}.tmp")
    staging.unlink(missing_ok=True)
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as output:
        output.write(content)
    staging.replace(file)
