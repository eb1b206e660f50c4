"""Text from disk, as it stands there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.source import Source

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def shown_path(path: Path) -> str:
    """The path as people read it: relative to the working folder where that is the shorter way to say it."""
    absolute = os.path.abspath(path)
    with suppress(ValueError):  # another drive
        absolute = min(os.path.relpath(absolute), absolute, key=len)
    return os.fsencode(absolute).decode("utf-8", "replace")


def read_source(path: Path, *, on_command_line: bool = False) -> Source:
    """The text of a file: strict UTF-8, line breaks and byte-order mark as they are.

    Raises KavenError `file_not_found` or `file_is_directory` (exit 2 if `on_command_line`, else 1),
    `file_not_utf8` (1), `file_unreadable` (3).
    """
    content = _read_bytes(path, ExitCode.WRONG_USE if on_command_line else ExitCode.PROBLEMS)
    try:
        return Source(shown_path(path), content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _not_utf8(path, content, error.start) from None


def _read_bytes(path: Path, if_missing: ExitCode) -> bytes:
    shown = shown_path(path)
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        raise KavenError(
            "file_not_found",
            f"{shown} does not exist",
            help="check the path on the command line or in the settings, or start a project: kaven init",
            exit_code=if_missing,
        ) from None
    except IsADirectoryError:
        raise KavenError(
            "file_is_directory",
            f"{shown} is a folder, a file is needed here",
            help="name the .prisma file itself; only `extended` may be a folder",
            exit_code=if_missing,
        ) from None
    except OSError as error:
        raise KavenError(
            "file_unreadable",
            f"cannot read {shown}: {error.strerror or error}",
            help=f"see who may read it: ls -l {shown}",
        ) from None


def _not_utf8(path: Path, content: bytes, offset: int) -> KavenError:
    shown = shown_path(path)
    before = content[:offset]
    line = before.count(b"\n") + 1
    byte_in_line = offset - (before.rfind(b"\n") + 1) + 1
    encoding = "UTF-16" if content.startswith(_UTF_16_MARKS) else "ISO-8859-1"
    return KavenError(
        "file_not_utf8",
        f"{shown}:{line}: byte 0x{content[offset]:02x} at byte {byte_in_line} of the line is not UTF-8",
        help=f"save the file as UTF-8; if it is {encoding}: iconv -f {encoding} -t UTF-8 {shown}",
        exit_code=ExitCode.PROBLEMS,
    )
