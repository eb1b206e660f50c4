from __future__ import annotations

import pytest

from kaven_schema.docs.comments import read_comment, section_title


def test_tags_stand_apart_from_the_text() -> None:
    said = read_comment(
        [
            "Whoever pays",
            "@kaven.purpose Keeps whom we bill",
            "@kaven.feature A",
            "@kaven.feature  B ",
            "In full",
        ]
    )
    assert said.text == "Whoever pays\nIn full"
    assert said.tags == {"purpose": ("Keeps whom we bill",), "feature": ("A", "B")}


@pytest.mark.parametrize("line", ["@kaven v2.0.0", "@kaven.global", '@kaven.index(where: "a")', "@kaven"])
def test_tags_of_other_commands_are_no_text(line: str) -> None:
    assert read_comment([line]) == ("", {})


@pytest.mark.parametrize("line", ["write to @kaven.area about it", "@kavenish", "a@kaven.purpose"])
def test_what_only_looks_like_a_tag_is_text(line: str) -> None:
    assert read_comment([line]).text == line


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["// ======", "// AUDIT & LOGGING", "// ======"], "Audit & logging"),
        (["// ------", "// Orders of the API", "// ------"], "Orders of the API"),
        (["// a word", "// ======", "//   X  ", "// ======", "// more"], "X"),
        (["// ======", "// a", "// b", "// ======"], ""),
        (["// ======", "// ======", "// ======"], ""),
        (["// alone"], ""),
        ([], ""),
    ],
)
def test_the_title_of_a_section(lines: list[str], title: str) -> None:
    assert section_title(lines) == title
