"""A file of bytes, written as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path
from kaven_schema.files.writing import unwritable


def write_bytes(path: Path, content: bytes) -> bool:
    """Whether that changed anything. Raises KavenError `output_is_directory`, `output_unwritable`."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise KavenError(
            "output_is_directory",
            f"{shown_path(path)} is a folder, a file is needed here",
            help="name a file in it",
        )
    try:
        if target.is_file() and target.read_bytes() == content:
            return False
        temporary = target.with_name(f".{target.name}.kaven-{os.getpid()}.tmp")
        try:
            temporary.write_bytes(content)
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise unwritable(path, error) from None
    return True
