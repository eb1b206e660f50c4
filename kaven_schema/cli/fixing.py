"""kaven check --fix"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from kaven_schema.cli.output import say
from kaven_schema.diagnostics import Edit, Fix
from kaven_schema.files import project_lock, write_atomically
from kaven_schema.project import Project
from kaven_schema.rules.fixing import apply_and_tell
from kaven_schema.source import Source
from kaven_schema.syntax.document import BlockText, read_document

_ROUNDS = 10


def fix_extended(project: Project, open_again: Callable[[], Project]) -> Project:
    """Apply fixes until none is left; fixes that overlap take a round each. Returns the project as it then is."""
    with project_lock(project.settings.root):
        for _ in range(_ROUNDS):
            diagnostics = [found for found in project.compile().diagnostics if found.fix]
            texts, fixes = apply_and_tell(diagnostics)
            texts.pop(project.inputs.base.path, None)
            if not texts:
                break
            for path, text in texts.items():
                write_atomically(Path(path), text, root=project.settings.root)
            for line in dict.fromkeys(_told(fix, project.settings.root) for fix in fixes):
                say(line)
            project = open_again()
    return project


def _told(fix: Fix, root: Path) -> str:
    """What was done, and where: the line is that of the text before the fix."""
    edit = fix.edits[-1]
    path = Path(edit.source.path)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    line = edit.source.position(edit.span.start).line
    block = _block_at(edit)
    return f"fixed: {fix.title} ({f'{block}, ' if block else ''}{shown}:{line})"


def _block_at(edit: Edit) -> str:
    for block in _blocks(edit.source):
        if block.offset <= edit.span.start < block.offset + len(block.text):
            return f"`{block.name}`"
    return ""


@lru_cache(maxsize=16)
def _blocks(source: Source) -> tuple[BlockText, ...]:
    return read_document(source).blocks
