"""services.extended.prisma in a project: what the services need beyond base."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.config import Settings
from kaven_schema.config.extending import extended_line, with_extended
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path, write_atomically
from kaven_schema.resources import example_text

_NAME = "services.extended.prisma"


@dataclass(frozen=True, slots=True)
class Added:
    """`file` is the schema's, `is_new` whether it was written; `settings` the file whose `line` was, if one was."""

    file: Path
    is_new: bool
    settings: Path | None = None
    line: str = ""


def add_services_schema(settings: Settings) -> Added:
    """Write it beside base, and name it in `extended` unless a pattern there has it; what is there stays.

    Raises KavenError `services_extended_by_hand`, and what `extended_files` and `write_atomically` raise.
    """
    settings.extended_files()  # settings that do not hold are told before anything is written
    file, root = settings.base.parent / _NAME, settings.root
    is_new = not file.exists()
    if is_new:
        write_atomically(file, example_text(_NAME), root=root)
    real = {os.path.realpath(path) for path in settings.extended_files()}
    if os.path.realpath(file) in real:
        return Added(file, is_new)
    name = os.path.relpath(file, root).replace(os.sep, "/")
    document = settings.document
    line = extended_line((*settings.extended, name))
    text = with_extended(document, settings.extended, name)
    if not text:
        raise _by_hand(Path(document.path), line)
    place = Path(document.path) if document.path else root / "kaven.toml"
    write_atomically(place, text, root=root)
    return Added(file, is_new, place, line)


def _by_hand(place: Path, line: str) -> KavenError:
    return KavenError(
        "services_extended_by_hand",
        f"`extended` of {shown_path(place)} is written in a way that is not for a program to edit",
        help=f"write it there: {line}",
        exit_code=ExitCode.PROBLEMS,
    )
