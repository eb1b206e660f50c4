"""Two schemas a folder, and how they differ: tests/fixtures/compare/<case>/.

changes.txt has a line for each change, `severity kind path`; UPDATE_EXPECT=1 writes it.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.compare import KINDS, Change, compare
from kaven_schema.source import Source
from kaven_schema.syntax.ast import Comment, EmptyLines, Schema
from kaven_schema.syntax.document import Document, read_document
from kaven_schema.syntax.printer import print_schema

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "compare"
CASES = sorted(path.name for path in FIXTURES.iterdir())
SIDES = [f"{case}/{side}.prisma" for case in CASES for side in ("old", "new")]


def document(text: str, path: str = "schema.prisma") -> Document:
    found = read_document(Source(path, text))
    assert not found.diagnostics()
    return found


def read(name: str) -> Document:
    return document((FIXTURES / name).read_text(encoding="utf-8"), name.rpartition("/")[2])


def changes_of(case: str) -> tuple[Change, ...]:
    return compare(read(f"{case}/old.prisma"), read(f"{case}/new.prisma"))


def shown(change: Change) -> str:
    return (
        f"{change.severity.value} {change.kind} {change.path}{' possibly renamed' if change.note else ''}\n"
    )


@pytest.mark.parametrize("case", CASES)
def test_changes(case: str, expect) -> None:
    expect(FIXTURES / case / "changes.txt", "".join(map(shown, changes_of(case))))


@pytest.mark.parametrize("case", CASES)
def test_every_change_says_where_and_what(case: str) -> None:
    for change in changes_of(case):
        assert change.message
        assert "\n" not in change.message + change.note
        for label, side in ((change.old, "old.prisma"), (change.new, "new.prisma")):
            assert label is None or label.source.path == side
        assert bool(change.old) or not change.kind.endswith(("_removed", "_changed", "_renamed"))
        assert bool(change.new) or not change.kind.endswith(("_added", "_changed", "_renamed"))


def test_every_kind_has_a_case() -> None:
    assert {change.kind for case in CASES for change in changes_of(case)} == KINDS


@pytest.mark.parametrize("case", CASES)
def test_what_is_added_is_removed_on_the_way_back(case: str) -> None:
    old, new = read(f"{case}/old.prisma"), read(f"{case}/new.prisma")
    there, back = compare(old, new), compare(new, old)
    for change in there:
        if change.kind.endswith("_added"):
            opposite = change.kind.replace("_added", "_removed")
            assert [opposite, change.path] in [[other.kind, other.path] for other in back]
    assert len(there) == len(back)
    kept = [sorted(_kinds_that_stay(changes)) for changes in (there, back)]
    assert kept[0] == kept[1]


def _kinds_that_stay(changes: tuple[Change, ...]) -> list[str]:
    return [change.kind for change in changes if not change.kind.endswith(("_added", "_removed"))]


@pytest.mark.parametrize("name", SIDES)
def test_nothing_differs_from_itself(name: str) -> None:
    assert compare(read(name), read(name)) == ()


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("seed", range(3))
def test_order_and_layout_make_no_difference(name: str, seed: int) -> None:
    old = read(name)
    new = document(shuffled(old.schema(), random.Random(seed)))
    assert compare(old, new) == ()
    assert compare(new, old) == ()


def shuffled(schema: Schema, chance: random.Random) -> str:
    """Blocks and their members in another order, each with the comments above it; printed in our own layout."""
    groups = _groups(list(schema.items))
    for group in groups:
        block = group[-1]
        if hasattr(block, "members"):
            members = _groups(list(block.members))
            chance.shuffle(members)
            spaced = [member for group in members for member in (*group, EmptyLines())]
            group[-1] = type(block)(kind=block.kind, name=block.name, members=tuple(spaced))
    chance.shuffle(groups)
    return print_schema(Schema(items=tuple(item for group in groups for item in (*group, EmptyLines()))))


def _groups(items: list[Any]) -> list[list[Any]]:
    groups: list[list[Any]] = [[]]
    for item in items:
        if isinstance(item, EmptyLines):
            continue
        groups[-1].append(item)
        if not isinstance(item, Comment):
            groups.append([])
    return [group for group in groups if group]


def test_several_files_are_one_schema() -> None:
    user = "model User {\n  id String @id\n  posts Post[]\n}\n"
    key = "  userId String\n  user User @relation(fields: [userId], references: [id])\n"
    post = f"model Post {{\n  id String @id\n{key}}}\n"
    whole = document(user + post)
    parts = [document(post, "post.prisma"), document(user, "user.prisma")]
    assert compare(whole, parts) == compare(parts, whole) == ()


def test_blocks_that_are_declared_twice() -> None:
    twice = document(
        "model A {\n  id Int @id\n  id Int @id\n}\n\nmodel A {\n  id Int @id\n  x Int\n  x Int\n}\n"
    )
    once = document("model A {\n  id Int @id\n  x Int\n}\n")
    assert compare(twice, twice) == ()
    assert len(compare(once, twice)) == len(compare(twice, once))
