"""Extensions that a server lacks."""

from __future__ import annotations

import re

_MISSING = re.compile(r'extension "([^"]+)" is not available|/extension/([^/"]+)\.control"')


def missing_extension(text: str) -> str:
    """The extension that PostgreSQL says it does not have; empty where it says something else."""
    found = _MISSING.search(text)
    return found[1] or found[2] if found else ""


def lacks_extension(name: str) -> str:
    """For people: why it is not there."""
    return f"this server lacks the extension {name} (the embedded PostgreSQL has only plpgsql and vector)"
