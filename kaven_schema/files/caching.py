"""Files that only save time: any failure to read or write one is no failure of the run."""

from __future__ import annotations

import os
from pathlib import Path

from kaven_schema.files.writing import sweep_leftovers


def read_cache(file: Path) -> bytes | None:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:
        return None


def write_cache(file: Path, content: bytes) -> None:
    """Whole or not at all, readable by the owner alone; a read-only project goes without."""
    beside = file.with_name(f".{file.name}.kaven-{os.getpid()}.tmp")
    try:
        os.makedirs(file.parent, mode=0o700, exist_ok=True)
        sweep_leftovers(file.parent)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(content)
        os.replace(beside, file)
    except OSError:
        pass
