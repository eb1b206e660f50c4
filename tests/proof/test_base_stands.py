"""The proof finds every way in which a merge could have changed base; each is done here to a merge that is right."""

from __future__ import annotations

import pytest

from kaven_schema.proof.base_stands import Loss, find_losses
from tests.merge.cases import CASES, Case
from tests.proof.corruptions import CORRUPTIONS, MOVES, Corruption, Move

BASE = Case("shop").base.text


@pytest.fixture(scope="module")
def written() -> str:
    text = Case("shop").compile().text
    assert find_losses(BASE, text) == []
    return text


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)
def test_a_corruption_is_found(written, corruption: Corruption):
    assert written.count(corruption.old) == 1
    corrupted = written.replace(corruption.old, corruption.new)
    assert_found(find_losses(BASE, corrupted), corruption.block, corruption.line)


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_move_is_found(written, move: Move):
    assert written.count(move.what) == written.count(move.before) == 1
    moved = written.replace(move.what, "").replace(move.before, move.what + move.before)
    assert_found(find_losses(BASE, moved), move.block, move.line)


def test_a_lost_block_is_found(written):
    lost = written[written.index("enum OrderStatus") : written.index("// the end")]
    assert_found(find_losses(BASE, written.replace(lost, "")), "enum OrderStatus", "enum")


def assert_found(losses: list[Loss], block: str, line: str) -> None:
    lines = BASE.split("\n")
    assert (block, line) in [
        (loss.block, line) for loss in losses if lines[loss.line - 1].strip().startswith(line)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_dropping_any_line_of_base_is_found(case: Case):
    """Every line of the output that came from base, one by one."""
    merged = case.compile()
    lines = merged.text.split("\n")
    for number, line in enumerate(lines, 1):
        origin = merged.origin_of(number)
        if origin and origin.path == case.base.path and line.strip(" /*"):
            assert find_losses(case.base.text, "\n".join([*lines[: number - 1], *lines[number:]])), line


BLOCK_COMMENTS = """\
/* a
 b */
model A { /* x */
 /* y */
  id Int /* z */
}
"""


@pytest.mark.parametrize(
    ("base", "written"),
    [
        ("model A {\n  id Int @id\n}", "model A {\r\n    id   Int    @id\r\n}\r\n"),
        ("model A {\n  id Int@map( 'a' )@id\n}\n", "model A {\n  id Int @id @map('a')\n}\n"),
        ("model A { // x\n  id Int\n}\n", "model A {\n  // x\n\n  id Int\n}\n"),
        ("model A { x\n  id Int\n}\n", "model A {\n  id Int\n}\n"),
        ("model A {\n  @@map('a')\n\n  id Int\n}\n", "model A {\n  id Int\n\n  @@map('a')\n}\n"),
        ("model A {\n  id Int\n} // x\n", "model A {\n  id Int\n}\n\n// x\n"),
        ("enum A {\n  B\n}\n", "// x\nenum A {\n  // y\n  B\n  C // z\n}\n\nenum D {\n  B\n}\n"),
        (
            BLOCK_COMMENTS,
            "/**\n * a\n * b\n */\nmodel A {\n  /**\n   * x\n   */\n\n  /**\n   * y\n   */\n  id Int /* z */\n}\n",
        ),
        ("/* } */ model A {\n  id Int\n}\n", "/**\n * }\n */\nmodel A {\n  id Int\n}\n"),
        ('model A {\n  a String @default("/* x")\n}\n', 'model A {\n  a String @default("/* x")\n}\n'),
        ("", "anything"),
    ],
)
def test_layout_is_no_loss(base, written):
    assert find_losses(base, written) == []


@pytest.mark.parametrize(
    "written",
    [
        BLOCK_COMMENTS.replace("/* x */", ""),
        BLOCK_COMMENTS.replace("/* y */", ""),
        BLOCK_COMMENTS.replace("/* z */", ""),
        BLOCK_COMMENTS.replace("/* y */", "// y"),
        BLOCK_COMMENTS.replace("\n b", ""),
    ],
)
def test_lost_block_comments_are_found(written):
    assert find_losses(BLOCK_COMMENTS, written)


def test_blocks_on_one_line_are_each_looked_at():
    base = "enum A {\n  B\n} enum C {\n  D\n}\n"
    assert find_losses(base, "enum A {\n  B\n}\n\nenum C {\n  D\n}\n") == []
    assert find_losses(base, "enum A {\n  B\n}\n\nenum C {\n  E\n}\n") == [Loss("enum C", "D", 4)]


def test_a_block_in_a_comment_is_none():
    base = "// } enum C {\nenum A {\n  B\n}\n"
    assert find_losses(base, base) == []
    assert find_losses(base, base.replace("B", "D")) == [Loss("enum A", "B", 3)]
