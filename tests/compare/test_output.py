from __future__ import annotations

import json
from pathlib import Path

from kaven_schema.compare import compare, render_json, render_text
from kaven_schema.source import Source
from kaven_schema.syntax.document import Document, read_document

CASE = Path(__file__).resolve().parent.parent / "fixtures" / "compare" / "column_taken_over"


def documents(old: str, new: str) -> tuple[Document, Document]:
    return read_document(Source("old.prisma", old)), read_document(Source("new.prisma", new))


OLD = "model A {\n  id   Int    @id\n  mail String\n  note String?\n}\n"
NEW = 'model A {\n  id    Int    @id\n  email String\n  note  String? @default("x")\n}\n'


def test_text_begins_with_the_worst() -> None:
    lines = render_text(compare(*documents(OLD, NEW))).splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert [head.split() for head in heads[:-1]] == [
        ["breaking", "A.email"],
        ["breaking", "A.mail"],
        ["safe", "A.note"],
    ]
    assert heads[-1] == "2 breaking, 1 safe"
    assert "          at old.prisma:3:3" in lines
    assert sum("possibly renamed" in line for line in lines) == 1


def test_color_adds_nothing_but_color() -> None:
    import re

    changes = compare(*documents(OLD, NEW))
    coloured = render_text(changes, color=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render_text(changes)


def test_nothing_differs() -> None:
    old, _ = documents(OLD, NEW)
    assert render_text(compare(old, old)) == "no difference in meaning\n"
    assert render_json(()) == {"version": 1, "changes": [], "summary": {"breaking": 0, "care": 0, "safe": 0}}


def test_text_cannot_move_the_cursor() -> None:
    old, new = documents(OLD, OLD.replace("Int    @id", 'Int    @id @default(dbgenerated("\x1b[2J"))'))
    assert "\x1b" not in render_text(compare(old, new))


def test_json() -> None:
    report = render_json(compare(*documents(OLD, NEW)))
    assert json.loads(json.dumps(report)) == report
    assert report["summary"] == {"breaking": 2, "care": 0, "safe": 1}
    removed = next(change for change in report["changes"] if change["kind"] == "field_removed")
    assert removed["path"] == "A.mail"
    assert removed["severity"] == "breaking"
    assert removed["new"] is None
    assert removed["old"] == {"path": "old.prisma", "line": 3, "column": 3, "endLine": 3, "endColumn": 7}
    assert "email" in removed["note"]
