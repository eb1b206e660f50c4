"""kaven check --fix"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kaven_schema.cli.output import say
from kaven_schema.files import project_lock, write_atomically
from kaven_schema.project import Project
from kaven_schema.rules.fixing import apply_fixes

_ROUNDS = 10


def fix_extended(project: Project, open_again: Callable[[], Project]) -> Project:
    """Apply fixes until none is left; fixes that overlap take a round each. Returns the project as it then is."""
    with project_lock(project.settings.root):
        for _ in range(_ROUNDS):
            diagnostics = [found for found in project.compile().diagnostics if found.fix]
            texts = apply_fixes(diagnostics)
            texts.pop(project.inputs.base.path, None)
            if not texts:
                break
            for path, text in texts.items():
                write_atomically(Path(path), text, root=project.settings.root)
            for found in diagnostics:
                if found.fix:
                    say(f"fixed: {found.fix.title}")
            project = open_again()
    return project
