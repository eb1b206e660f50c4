"""What prisma-client-py merely copies into a client has errors for mypy that are not the project's."""

from __future__ import annotations

from pathlib import Path

_UNCHECKED = b"# mypy: ignore-errors\n"
_TEMPLATES = Path("generator", "templates")
_SUFFIX = ".jinja"


def leave_copies_unchecked(made: Path, installed: Path) -> None:
    """Mark the modules of a client within a project that are no templates of its schema; `installed` is where from."""
    templates = installed / _TEMPLATES
    rendered = {file.relative_to(templates).as_posix() for file in templates.rglob(f"*.py{_SUFFIX}")}
    for file in made.rglob("*.py"):
        name = file.relative_to(made)
        if f"{name.as_posix()}{_SUFFIX}" not in rendered and (installed / name).is_file():
            file.write_bytes(_UNCHECKED + file.read_bytes().removeprefix(_UNCHECKED))
