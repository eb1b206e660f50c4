from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.reporting.cells import excerpt, one_line

lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=300)


@pytest.mark.parametrize(
    ("line", "word", "start", "end"),
    [
        ("id String", "String", 3, 9),
        ("\tid\tString", "String", 8, 14),
        ("\tid\tString", "\t", 0, 4),
        ("漢字 x", "x", 5, 6),
        ("漢字 x", "字", 2, 4),
        ("e\u0301 x", "x", 2, 3),
        ("e\u0301 x", "\u0301", 1, 2),
        ("a\u00adb", "b", 2, 3),
        ("\u1112\u1161\u11ab x", "x", 3, 4),
        ("🙂x", "x", 2, 3),
        ("\x00\x1b\x7fx", "x", 3, 4),
        ("ｆｕｌｌ x", "x", 9, 10),
    ],
)
def test_carets_stand_under_the_word(line: str, word: str, start: int, end: int):
    at = line.index(word)
    found = excerpt(line, at, at + len(word), 100)
    assert (found.start, found.end) == (start, end)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.data())
def test_in_plain_text_the_carets_mark_just_the_range(line: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    found = excerpt(line, start, end, len(line))
    assert found.text == line
    assert (found.start, found.end) == (start, max(end, start + 1))


@given(st.text("abcdefg", min_size=50), st.data())
def test_a_window_shows_the_start_of_the_range(line: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(line) - 1))
    found = excerpt(line, start, start + 1, 20)
    assert found.text[found.start : found.end] == line[start]
    assert len(found.text) <= 20 + 2


@given(lines, st.data())
def test_whatever_a_line_holds_can_be_shown(line: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(line) + 2))
    end = data.draw(st.integers(start, len(line) + 5))
    found = excerpt(line, start, end, data.draw(st.integers(1, 400)))
    assert 0 <= found.start < found.end
    assert {unicodedata.category(char) for char in found.text}.isdisjoint({"Cc", "Zl", "Zp"})


def test_a_line_of_ten_megabytes_is_not_walked_through():
    line = "x" * 5_000_000 + "needle" + "漢" * 5_000_000
    found = excerpt(line, 5_000_000, 5_000_006, 100)
    assert found.text[found.start : found.end] == "needle"


def test_a_message_cannot_break_its_line_or_move_the_cursor():
    assert one_line("plain 漢") == "plain 漢"
    assert one_line("a\r\nb\nc\x1b[2J\u202e\td") == "a b c␛[2J�  d"
