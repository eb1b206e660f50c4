"""What datasources and generators are told."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.compare.blocks import block_path
from kaven_schema.compare.change import Change, Severity
from kaven_schema.diagnostics import Label
from kaven_schema.syntax.ast import BlockKind, Property
from kaven_schema.syntax.printer import print_expression


def compare_properties(old: Entry, new: Entry) -> Iterator[Change]:
    before, after = _properties(old), _properties(new)
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was and now and was[0] == now[0]:
            continue
        what = "changed" if was and now else "added" if now else "removed"
        shown = [f"`{found[0]}`" if found else "nothing" for found in (was, now)]
        yield Change(
            kind=f"property_{what}",
            path=f"{block_path(new if now else old)}.{name}",
            severity=_severity(new, name),
            message=f"{shown[0]} becomes {shown[1]}",
            old=was[1] if was else None,
            new=now[1] if now else None,
        )


def _properties(entry: Entry) -> dict[str, tuple[str, Label]]:
    return {
        line.name: (_value(line), part.label(line.span))
        for part in reversed(entry.merged.parts)
        for line in reversed(part.block.properties)
    }


def _value(line: Property) -> str:
    return print_expression(line.value) if line.value is not None else ""


def _severity(entry: Entry, name: str) -> Severity:
    is_database = entry.kind is BlockKind.DATASOURCE and name == "provider"
    return Severity.BREAKING if is_database else Severity.CARE
