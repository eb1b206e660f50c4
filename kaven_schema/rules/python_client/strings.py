"""Documentation as prisma-client-py writes it into Python: raw text between triple quotes."""

from __future__ import annotations

import re

_ESCAPE = (
    r"\\(?:[^uUxN]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U(?:000[0-9a-fA-F]|0010)[0-9a-fA-F]{4}|N\{[^{}\n]*\})"
)
_BODIES = {
    quote: re.compile(rf"(?:[^\\{quote}]|{quote}(?!{quote}{quote})|{_ESCAPE})*", re.DOTALL) for quote in "'\""
}
_NAMED = re.compile(r"\\(?:N\{([^{}\n]*)\}|.)", re.DOTALL)
# A model's documentation, and a field's once more, get an indented line of their own for the closing quotes.
_DOCSTRING_END = "\n    "


def docstring_fault(text: str) -> int | None:
    """Where in the documentation of a model Python stops; None where it reads it all."""
    return _fault(text, '"', _DOCSTRING_END)


def field_fault(text: str) -> int | None:
    """Where in the documentation of a field Python stops: it stands in the docstring and in a dictionary."""
    found = [fault for fault in (docstring_fault(text), _fault(text, "'", "")) if fault is not None]
    return min(found, default=None)


def _fault(text: str, quote: str, end: str) -> int | None:
    written = text + end + quote * 3
    match = _BODIES[quote].match(written)
    read = match.end() if match else 0
    # Two quotes left over are an empty string beside the first one.
    is_closed = written[read:] == quote * 3 or (not end and written[read:] == quote * 5)
    faults = [*_unknown_names(text), *([] if is_closed else [min(read, len(text) - 1)])]
    return min(faults, default=None)


def _unknown_names(text: str) -> list[int]:
    return [
        found.start()
        for found in _NAMED.finditer(text)
        if found[1] is not None and not _is_character(found[1])
    ]


def _is_character(name: str) -> bool:
    import unicodedata

    try:
        return len(unicodedata.lookup(name)) == 1
    except KeyError:
        return False
