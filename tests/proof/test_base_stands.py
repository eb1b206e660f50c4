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
            "/**\n * a\n * b\n */\nmodel A {\n  // x\n\n  /**\n   * y\n   */\n  id Int /* z */\n}\n",
        ),
        ("/* } */ model A {\n  id Int\n}\n", "/**\n * }\n */\nmodel A {\n  id Int\n}\n"),
        ('model A {\n  a String @default("/* x")\n}\n', 'model A {\n  a String @default("/* x")\n}\n'),
        ("model A {\n  /* a */ \n  id Int\n}\n", "model A {\n  /**\n   * a\n   */\n\n  id Int\n}\n"),
        (
            "enum A {\n  /* a */ /* b */\n  B\n}\n",
            "enum A {\n  /**\n   * a\n   */\n  /**\n   * b\n   */\n  B\n}\n",
        ),
        ("enum A {\n  // a\n  /* b\n   c */\n  B\n}\n", "enum A {\n  // a\n  /// b\n  /// c\n  B\n}\n"),
        (
            'model A {\n  b Int /* x\n y */\n  @@map("x") /* x\n y */\n  c Int\n}\n',
            'model A {\n  b Int /* x\n y */\n  c Int\n\n  @@map("x") /* x\n y */\n}\n',
        ),
        ("enum A {\n  B\n} /* x\n y */\n", "enum A {\n  B\n}\n\n/**\n * x\n * y\n */\n"),
        ("model A {a Int /* c */ // d\n  id Int\n}\n", "model A {\n  id Int\n}\n"),
        ("model A { /* c\n  id Int /* d */\n}\n", "model A {\n  id Int /* d */\n}\n"),
        ("model A { /// x\n  id Int\n}\n", "model A {\n  // x\n\n  id Int\n}\n"),
        ("model A { /**/\n  id Int\n}\n", "model A {\n  id Int\n}\n"),
        (
            "model A {\n  @@index([b])\n  @@index( [b])\n}\n",
            "model A {\n  @@index([b])\n  @@index([b])\n}\n",
        ),
        (
            "model A {\n  b Int @unique(where:{b:{not:null}})\n}\n",
            "model A {\n  b Int @unique(where: { b: { not: null } })\n}\n",
        ),
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


@pytest.mark.parametrize("opening", ["/* x */", "/* x", "x /* y */"])
def test_without_block_comments_nothing_but_a_line_comment_counts_behind_a_brace(opening):
    base, written = f"enum A {{ {opening}\n  B\n}}\n", "enum A {\n  B\n}\n"
    assert find_losses(base, written, block_comments=False) == []
    assert find_losses(base.replace(opening, "// x"), written, block_comments=False)


def test_one_of_two_indexes_spelled_differently_is_missed():
    base = "model A {\n  id Int\n\n  @@index([b])\n  @@index( [b])\n}\n"
    assert find_losses(base, base.replace("  @@index( [b])\n", ""))


@pytest.mark.parametrize(
    "where", ["", ", where: { b: null }", ", where: { b: { not: true } }", ", where: {  }"]
)
def test_a_changed_object_is_found(where):
    base = "model A {\n  b Int\n\n  @@index([b], where: { b: { not: null } })\n}\n"
    assert find_losses(base, f"model A {{\n  b Int\n\n  @@index([b]{where})\n}}\n")


def test_a_comment_that_moves_to_another_owner_is_found():
    base = "enum A {\n  B /* x\n y */\n  C\n}\n"
    assert find_losses(base, "enum A {\n  B /* x */\n  /* y */\n  C\n}\n")
    assert find_losses(base, "enum A {\n  B\n  C /* x\n y */\n}\n")


def test_blocks_on_one_line_are_each_looked_at():
    base = "enum A {\n  B\n} enum C {\n  D\n}\n"
    assert find_losses(base, "enum A {\n  B\n}\n\nenum C {\n  D\n}\n") == []
    assert find_losses(base, "enum A {\n  B\n}\n\nenum C {\n  E\n}\n") == [Loss("enum C", "D", 4)]


def test_a_block_in_a_comment_is_none():
    base = "// } enum C {\nenum A {\n  B\n}\n"
    assert find_losses(base, base) == []
    assert find_losses(base, base.replace("B", "D")) == [Loss("enum A", "B", 3)]
