"""The command as an installation puts it on PATH, for what starts it by its name."""

from __future__ import annotations

import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "kaven_schema")


def write_script(folder: Path, checkout: Path) -> Path:
    """An executable `kaven` in a folder that is made, running the code of the checkout."""
    folder.mkdir(exist_ok=True)
    script = folder / "kaven"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={checkout} exec {sys.executable} -m kaven_schema "$@"\n')
    script.chmod(0o755)
    return script
