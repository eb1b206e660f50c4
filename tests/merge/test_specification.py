"""The specification's own example: its generated text next to ours, and the reason of every difference."""

from __future__ import annotations

from difflib import ndiff

from tests.laws.engines import prisma
from tests.merge.cases import Case

CASE = Case("specification_example")
NO_COMMENT_IS_LOST = "the specification's text drops it: no comment may be lost"
NO_COMMENT_IS_REWORDED = (
    "the specification's text rewords or invents it: base's comment stands as base has it"
)
ADDED_TO_THE_EXAMPLE = "the example's User names a Tenant that its files lack: the test adds it"
TELLS_A_HAND_EDIT = "the digests by which a hand edit is told from a stale file"

# What ours has and the specification's has not (+), and the other way round (-), in the order of the file.
DEVIATIONS = (
    ("+ // kaven: inputs … content …", TELLS_A_HAND_EDIT),
    ("+ // prisma/schema.base.prisma", NO_COMMENT_IS_LOST),
    ("+ // ⚠️ DO NOT EDIT - Managed by Kaven", NO_COMMENT_IS_LOST),
    ("+ ", NO_COMMENT_IS_LOST),
    ("+ /// @kaven v2.0.0", NO_COMMENT_IS_LOST),
    ("-   // Kaven v2.0 fields", NO_COMMENT_IS_REWORDED),
    ("+   // Kaven v2.0 additions", NO_COMMENT_IS_REWORDED),
    ("-   // Base relations", NO_COMMENT_IS_REWORDED),
    ("+   // Base fields (don't redeclare)", NO_COMMENT_IS_LOST),
    ("+   // Kaven core fields inherited from schema.base.prisma", NO_COMMENT_IS_LOST),
    ("+ ", NO_COMMENT_IS_LOST),
    ("+   // Custom fields", NO_COMMENT_IS_LOST),
    ("+   // Custom relations", NO_COMMENT_IS_LOST),
    ("+ /// Added to the example: the relation of User needs it", ADDED_TO_THE_EXAMPLE),
    ("+ model Tenant {", ADDED_TO_THE_EXAMPLE),
    ("+   id    String @id @default(uuid())", ADDED_TO_THE_EXAMPLE),
    ("+   name  String", ADDED_TO_THE_EXAMPLE),
    ("+   users User[]", ADDED_TO_THE_EXAMPLE),
    ("+ }", ADDED_TO_THE_EXAMPLE),
    ("+ ", ADDED_TO_THE_EXAMPLE),
    ("+ // prisma/schema.extended.prisma", NO_COMMENT_IS_LOST),
    ("+ // ✅ Safe to edit - Your customizations", NO_COMMENT_IS_LOST),
    ("+ ", NO_COMMENT_IS_LOST),
    ("+ // Custom tables", NO_COMMENT_IS_LOST),
)


def test_every_deviation_has_its_reason():
    specified = prisma("5.17").format((CASE.folder / "specification.prisma").read_text(encoding="utf-8"))
    ours = CASE.compile().text
    differences = [line for line in ndiff(specified.splitlines(), ours.splitlines()) if line[0] in "+-"]
    assert [without_digests(line) for line in differences] == [line for line, _reason in DEVIATIONS]


def without_digests(line: str) -> str:
    return "+ // kaven: inputs … content …" if line.startswith("+ // kaven: inputs ") else line


def test_the_declarations_are_the_specifications():
    """Of comments and the added model apart, not a line differs, nor the order of the lines."""
    deviations = [
        line for line, reason in DEVIATIONS if reason not in (ADDED_TO_THE_EXAMPLE, TELLS_A_HAND_EDIT)
    ]
    assert all(line[2:].strip().startswith("//") or not line[2:] for line in deviations)
