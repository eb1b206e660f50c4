"""Diagnostics to render: each case has a folder under fixtures/ with its sources and the reports expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kaven_schema.diagnostics import Diagnostic, Edit, ExitCode, Fix, KavenError, Label, Severity
from kaven_schema.reporting import as_diagnostic
from kaven_schema.source import Source, Span

FIXTURES = Path(__file__).parent / "fixtures"


def source(case: str, name: str) -> Source:
    return Source(f"prisma/{name}.prisma", (FIXTURES / case / f"{name}.prisma").read_bytes().decode())


def span(text: Source, found: str, nth: int = 0) -> Span:
    """The place of the nth occurrence of some characters."""
    start = -1
    for _ in range(nth + 1):
        start = text.text.index(found, start + 1)
    return Span(start, start + len(found))


def error(*labels: Label, rule: str = "some_rule", message: str = "something is wrong") -> Diagnostic:
    return Diagnostic(rule=rule, severity=Severity.ERROR, message=message, labels=labels)


def two_places() -> list[Diagnostic]:
    base, extended = source("two_places", "base"), source("two_places", "extended")
    line = span(extended, "  email  String @unique\n")
    return [
        Diagnostic(
            rule="field_not_redeclared",
            severity=Severity.ERROR,
            message="`User.email` is declared by the base",
            labels=(
                Label(extended, span(extended, "email"), "declared again here"),
                Label(base, span(base, "email"), "the base declares it here"),
            ),
            help="remove the line",
            fix=Fix("remove `email` from `User`", (Edit(extended, line, ""),)),
        )
    ]


def fix_in_two_places() -> list[Diagnostic]:
    extended = source("fix_in_two_places", "extended")
    after_name, after_brace = span(extended, "String").end, span(extended, "model Other {\n").end
    edits = (
        Edit(extended, Span(after_brace, after_brace), "  users User[]\n"),
        Edit(extended, Span(after_name, after_name), "?"),
    )
    return [
        Diagnostic(
            rule="field_has_default",
            severity=Severity.WARNING,
            message="100% of the rows: none has a value\nfor `a, b`",
            labels=(Label(extended, span(extended, "nickname String"), "line one\nline two"),),
            fix=Fix("add `?` and the opposite relation", edits),
        )
    ]


def tabs() -> list[Diagnostic]:
    text = source("tabs", "extended")
    return [error(Label(text, span(text, word), word)) for word in ("String", "@map", "// end")]


def wide() -> list[Diagnostic]:
    text = source("wide", "extended")
    return [
        error(Label(text, span(text, word), "here")) for word in ("名前", "plain", "@unique", "é", "after")
    ]


def long_line() -> list[Diagnostic]:
    text = source("long_line", "extended")
    last = span(text, "needle", 2)
    return [
        error(Label(text, span(text, "needle"), "near the start")),
        error(Label(text, span(text, "needle", 1), "in the middle")),
        error(Label(text, last, "at the end")),
        error(Label(text, Span(last.end, last.end), "after the end")),
        error(Label(text, Span(span(text, "needle", 1).start, last.end), "wider than the window")),
    ]


def several_lines() -> list[Diagnostic]:
    text = source("several_lines", "extended")
    return [
        error(Label(text, span(text, "model A {\n  id Int @id\n\n  b  B\n}\n"), "the whole block")),
        error(Label(text, span(text, "{\n  id Int @id\n"), "two lines")),
        error(Label(text, span(text, "\n  b  B"), "from a line break on")),
        error(Label(text, span(text, "\n", 2), "only a line break")),
    ]


def end_of_file() -> list[Diagnostic]:
    closed, open_end = source("end_of_file", "closed"), source("end_of_file", "open")
    return [
        *(error(Label(text, Span(len(text.text), len(text.text)), "`}`")) for text in (closed, open_end)),
        error(Label(Source("prisma/empty.prisma", ""), Span(0, 0), "a block")),
        error(Label(closed, Span(9_000, 9_010), "beyond the text")),
    ]


def unusual_characters() -> list[Diagnostic]:
    text = source("unusual_characters", "extended")
    places = ("\x1b", "\u202e", "\u200b", "\u00a0", "\u2028", "lone", "windows")
    labels = (Label(text, span(text, place), f"{place} \x1b[31m") for place in places)
    return [error(label, message="red \x1b[31m, and\r\na second line\x00") for label in labels]


def no_place() -> list[Diagnostic]:
    failure = KavenError(
        "file_not_found",
        "prisma/schema.base.prisma does not exist",
        help="name it: kaven merge --base FILE",
        exit_code=ExitCode.WRONG_USE,
    )
    return [as_diagnostic(failure)]


def order() -> list[Diagnostic]:
    """Given from the last to the first, and one that is switched off."""
    a, b = source("order", "a"), source("order", "b")
    last = Diagnostic(rule="b", severity=Severity.WARNING, message="last", labels=(Label(b, Span(2, 3)),))
    off = Diagnostic(rule="b", severity=Severity.OFF, message="off", labels=(Label(b, Span(0, 1)),))
    return [
        last,
        off,
        error(Label(b, Span(1, 2)), rule="a", message="fifth"),
        error(Label(a, Span(19, 20)), rule="a", message="fourth"),
        error(Label(a, Span(3, 4)), rule="b", message="third"),
        error(Label(a, Span(3, 4)), rule="a", message="second of two with one rule and place, so as given"),
        error(Label(a, Span(3, 9)), rule="a", message="second, too"),
        error(rule="z", message="first"),
    ]


def nothing() -> list[Diagnostic]:
    return []


CASES: dict[str, Callable[[], list[Diagnostic]]] = {
    case.__name__: case
    for case in (
        end_of_file,
        fix_in_two_places,
        long_line,
        no_place,
        nothing,
        order,
        several_lines,
        tabs,
        two_places,
        unusual_characters,
        wide,
    )
}
