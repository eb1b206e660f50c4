"""How fixes are applied together."""

from __future__ import annotations

from kaven_schema.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from kaven_schema.rules.fixing import apply_and_tell, apply_fixes
from kaven_schema.source import Source, Span

TEXT = Source("extended.prisma", "abcdef")
OTHER = Source("other.prisma", "xyz")


def fix(*edits: tuple[int, int, str], source: Source = TEXT) -> Diagnostic:
    return fix_in(*(Edit(source, Span(start, end), text) for start, end, text in edits))


def fix_in(*edits: Edit) -> Diagnostic:
    return Diagnostic(
        rule="some_rule",
        severity=Severity.ERROR,
        message="something is wrong",
        labels=(Label(TEXT, Span(0, 1)),),
        fix=Fix("mend it", edits),
    )


def applied(*diagnostics: Diagnostic) -> str:
    return apply_fixes(diagnostics).get("extended.prisma", TEXT.text)


def test_edits_count_from_the_text_as_it_was():
    assert applied(fix((4, 5, "")), fix((0, 1, "AAA")), fix((2, 2, "-"))) == "AAAb-cdf"


def test_of_two_that_overlap_the_first_wins():
    assert applied(fix((1, 4, "X")), fix((3, 5, "Y"))) == "aXef"
    assert applied(fix((3, 5, "Y")), fix((1, 4, "X"))) == "abcYf"
    assert applied(fix((1, 4, "X")), fix((1, 4, "Y"))) == "aXef"


def test_a_fix_is_applied_as_a_whole_or_not_at_all():
    assert applied(fix((1, 4, "X")), fix((0, 1, "A"), (2, 3, "C"))) == "aXef"


def test_an_insertion_inside_of_what_is_replaced_is_left_for_the_next_run():
    assert applied(fix((1, 4, "X")), fix((2, 2, "-"))) == "aXef"
    assert applied(fix((2, 2, "-")), fix((1, 4, "X"))) == "ab-cdef"


def test_an_insertion_at_the_edge_of_what_is_replaced_overlaps_nothing():
    assert applied(fix((1, 4, "X")), fix((1, 1, "<")), fix((4, 4, ">"))) == "a<X>ef"
    assert applied(fix((1, 2, "")), fix((2, 3, ""))) == "adef"


def test_insertions_at_one_place_keep_the_order_of_the_diagnostics():
    assert applied(fix((6, 6, "1")), fix((6, 6, "2"))) == "abcdef12"


def test_equal_edits_count_once():
    assert applied(fix((3, 3, "?")), fix((3, 3, "?"), (0, 1, ""))) == "bc?def"


def test_each_file_by_its_path():
    diagnostics = [fix((0, 1, "A")), fix((2, 3, "Z"), source=OTHER)]
    assert apply_fixes(diagnostics) == {"extended.prisma": "Abcdef", "other.prisma": "xyZ"}


def test_a_fix_over_two_files_needs_room_in_both():
    both = fix_in(Edit(TEXT, Span(0, 1), "A"), Edit(OTHER, Span(0, 1), "X"))
    assert apply_fixes([fix((0, 2, ""), source=OTHER), both]) == {"other.prisma": "z"}


def test_what_has_no_fix_changes_nothing():
    assert apply_fixes([Diagnostic(rule="some_rule", severity=Severity.ERROR, message="wrong")]) == {}


def test_only_applied_fixes_are_told():
    first, second, other = fix((1, 4, "X")), fix((3, 5, "Y")), fix((5, 6, "Z"))
    assert apply_and_tell([first, second, other]) == ({"extended.prisma": "aXeZ"}, (first.fix, other.fix))
