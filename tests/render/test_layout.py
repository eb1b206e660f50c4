"""The order of the whole file, and its comments outside blocks. What they look like in full: `tests/merge`."""

from __future__ import annotations

import pytest

from kaven_schema.pipeline import Merged
from kaven_schema.render.layout import Origin
from kaven_schema.source import Source
from tests.laws.compiling import merge

A, B = "enum A {\n  X\n}\n", "enum B {\n  Y\n}\n"
MORE_OF_A = "enum A {\n  Z\n}\n"
TITLE, SECTION = "// Extended types (from e.prisma)", "  // Extended values (from e.prisma)"


def merged(base: str, *extended: str) -> Merged:
    names = ["e.prisma", "f.prisma"]
    return merge(
        Source("b.prisma", base), [Source(name, text) for name, text in zip(names, extended, strict=False)]
    )


def body(result: Merged) -> str:
    return result.text[result.text.index("\n\n") + 2 :]


@pytest.mark.parametrize(
    ("base", "extended", "wanted"),
    [
        (A, B, f"{A}\n{TITLE}\n{B}"),
        (A, "// x\n" + B, f"{A}\n{TITLE}\n// x\n{B}"),
        (A, "// x\n\n" + B, f"{A}\n{TITLE}\n// x\n\n{B}"),
        (A, "// x\n", f"{A}\n// Extended schema (from e.prisma)\n// x\n"),
        (A, "", A),
        ("// x\n" + A + "// y\n", "", f"// x\n{A}\n// y\n"),
        (A.rstrip() + " // x\n" + B, "", f"{A}\n// x\n\n{B}"),
        (A.rstrip() + " /// x\n" + B, "", f"{A}\n/// x\n{B}"),
        (A.rstrip() + " " + B, "", f"{A}\n{B}"),
        ("\n\n\n// x\n\n\n\n" + A, "", f"// x\n\n{A}"),
    ],
)
def test_body(base, extended, wanted):
    assert body(merged(base, extended)) == wanted


def extended_a(above: str) -> str:
    return above + A.replace("X\n", f"X\n\n{SECTION}\n  Z\n")


@pytest.mark.parametrize(
    ("extended", "wanted"),
    [
        (MORE_OF_A, extended_a("")),
        ("// x\n" + MORE_OF_A, extended_a("// x\n")),
        (MORE_OF_A.rstrip() + " // x\n", extended_a("// x\n")),
        ("// x\n" + MORE_OF_A.rstrip() + " // y\n" + B, extended_a("// x\n// y\n") + f"\n{TITLE}\n{B}"),
        ("// x\n\n" + MORE_OF_A, extended_a("") + "\n// Extended schema (from e.prisma)\n// x\n"),
        (MORE_OF_A.rstrip() + " /// x\n" + B, extended_a("") + f"\n{TITLE}\n/// x\n{B}"),
        (B.rstrip() + " // x\n" + MORE_OF_A, extended_a("") + f"\n{TITLE}\n{B}\n// x\n"),
    ],
)
def test_comments_of_an_extension_go_with_it(extended, wanted):
    assert body(merged(A, extended)) == wanted


def test_comments_of_base_stand_above_those_of_the_extension():
    assert body(merged("// x\n" + A, "// y\n" + MORE_OF_A)).startswith("// x\n// y\nenum A {\n")


@pytest.mark.parametrize(
    ("extended", "title"),
    [
        ("model M {\n  id Int @id\n}\n", "// Extended tables (from e.prisma)"),
        (B, "// Extended types (from e.prisma)"),
        ("// x\n", "// Extended schema (from e.prisma)"),
    ],
)
def test_titles(extended, title):
    assert title in body(merged(A, extended))


def test_files_come_in_their_order():
    text = body(merged(A, "enum F {\n  X\n}\n", B))
    assert (
        text.index("(from e.prisma)")
        < text.index("enum F")
        < text.index("(from f.prisma)")
        < text.index("enum B")
    )


def test_origins():
    result = merged("// x\n" + A, "// y\n" + MORE_OF_A.rstrip() + " // z\n")
    lines = result.text.split("\n")
    known = {
        line: result.origin_of(number) for number, line in enumerate(lines, 1) if result.origin_of(number)
    }
    assert known == {
        "// x": Origin("b.prisma", 1),
        "// y": Origin("e.prisma", 1),
        "// z": Origin("e.prisma", 4),
        "enum A {": Origin("b.prisma", 2),
        "  X": Origin("b.prisma", 3),
        "  Z": Origin("e.prisma", 3),
        "}": Origin("b.prisma", 4),
    }
