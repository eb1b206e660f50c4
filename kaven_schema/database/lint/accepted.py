"""Breaks that are meant: the committed file accepted-breaks.toml beside the migrations.

[[break]]
migration = "20260102030405_dev_drop_company"
rule = "column_not_dropped"
reason = "nothing reads it since release 3.1"
expires = 2026-12-31
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.files import read_source
from kaven_schema.source import Source, Span

ACCEPTED_FILE = "accepted-breaks.toml"
INVALID, UNMATCHED, EXPIRED = "accepted_breaks_valid", "accepted_break_matches", "accepted_break_current"
_TEXTS = ("migration", "rule", "reason")
_KEYS = (*_TEXTS, "expires")
_HEADER = re.compile(r"^\s*\[\[\s*break\s*\]\]", re.MULTILINE)
_PLACE = re.compile(r"at line (\d+), column (\d+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """`expires` is the last day on which it holds."""

    migration: str
    rule: str
    reason: str
    expires: date
    label: Label

    def accepts(self, migration: str, found: Diagnostic) -> bool:
        return (self.migration, self.rule) == (migration, found.rule)


@dataclass(frozen=True, slots=True)
class AcceptedBreaks:
    """The entries of one file, and what is wrong with it."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    def judge(
        self, used: Collection[Entry], scope: Collection[str], known: Sequence[str], today: date
    ) -> Iterable[Diagnostic]:
        """What is wrong with the entries; those of migrations that exist, but are not judged, are let be."""
        yield from self.problems
        for entry in self.entries:
            if entry.migration in known and entry.migration not in scope:
                continue
            if entry not in used:
                yield _unmatched(entry, known)
            elif today > entry.expires:
                yield _error(
                    EXPIRED,
                    f"accepted until {entry.expires} only: {entry.rule} in {entry.migration}",
                    entry.label,
                    "undo the break, or set a later date, with the reason",
                )


def read_accepted(folder: Path) -> AcceptedBreaks:
    """Of a folder of migrations; without the file none. Raises KavenError `file_not_utf8`, `file_unreadable`."""
    path = folder / ACCEPTED_FILE
    return _parsed(read_source(path)) if path.is_file() else AcceptedBreaks()


def _parsed(source: Source) -> AcceptedBreaks:
    import tomllib

    try:
        table = tomllib.loads(source.text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return AcceptedBreaks((), (_syntax_error(source, str(error)),))
    starts = [found.start() for found in _HEADER.finditer(source.text)]
    items = table.get("break", [])
    unknown = [key for key in table if key != "break"]
    if unknown or not isinstance(items, list) or len(starts) != len(items):
        text = "only entries [[break]] may stand here"
        return AcceptedBreaks((), (_error(INVALID, text, Label(source, Span(0, 0)), _example()),))
    labels = [_label(source, start) for start in starts]
    checked = [_checked(item, label) for item, label in zip(items, labels, strict=True)]
    return AcceptedBreaks(
        tuple(one for one in checked if isinstance(one, Entry)),
        tuple(one for one in checked if isinstance(one, Diagnostic)),
    )


def _label(source: Source, start: int) -> Label:
    begin = source.text.index("[", start)
    return Label(source, Span(begin, source.text.index("]]", begin) + 2))


def _syntax_error(source: Source, message: str) -> Diagnostic:
    place = _PLACE.search(message)
    starts = source.line_starts()
    offset = starts[int(place[1]) - 1] + int(place[2]) - 1 if place else len(source.text)
    text = f"not valid TOML: {_PLACE.sub('', message).replace('()', '').strip()}"
    return _error(INVALID, text, Label(source, Span(offset, offset)), "mend the TOML at this place")


def _checked(item: Any, label: Label) -> Entry | Diagnostic:
    missing = [key for key in _KEYS if not item.get(key)]
    unknown = [key for key in item if key not in _KEYS]
    wrong = [key for key in _TEXTS if not isinstance(item.get(key, ""), str)]
    expires = item.get("expires")
    if missing or unknown or wrong or not isinstance(expires, date) or isinstance(expires, datetime):
        what = (
            f"lacks {', '.join(missing)}"
            if missing
            else f"has the unknown key {unknown[0]}"
            if unknown
            else f"has the wrong type at {wrong[0] if wrong else 'expires'}"
        )
        return _error(INVALID, f"the entry {what}", label, _example())
    return Entry(item["migration"], item["rule"], item["reason"], expires, label)


def _example() -> str:
    return 'write migration = "…", rule = "…", reason = "…" and expires = 2027-01-31 below [[break]]'


def _unmatched(entry: Entry, known: Sequence[str]) -> Diagnostic:
    from difflib import get_close_matches

    from kaven_schema.database.lint.registry import RULES

    slugs = [rule.slug for rule in RULES]
    for written, names in ((entry.migration, known), (entry.rule, slugs)):
        if written not in names:
            near = get_close_matches(written, names, n=1)
            help = f"did you mean {near[0]}?" if near else "remove the entry"
            return _error(UNMATCHED, f"there is no {written}", entry.label, help)
    text = f"{entry.migration} does not break {entry.rule}"
    return _error(UNMATCHED, text, entry.label, "remove the entry")


def _error(rule: str, message: str, label: Label, help: str) -> Diagnostic:
    return Diagnostic(rule, Severity.ERROR, message, (label,), help)
