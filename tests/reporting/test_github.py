from __future__ import annotations

from pathlib import Path

from kaven_schema.diagnostics import Label
from kaven_schema.reporting import render
from kaven_schema.source import Source, Span
from tests.reporting.cases import error


def test_no_text_can_end_a_command_or_begin_another():
    label = Label(Source("a:b,c%/d\n.prisma", "x"), Span(0, 1))
    report = render("github", [error(label, rule="x,y:z", message="a,b: 100%\r\n::error::c")])
    assert report == (
        "::error file=a%3Ab%2Cc%25/d%0A.prisma,line=1,endLine=1,col=1,endColumn=2,title=x%2Cy%3Az"
        "::a,b: 100%25%0D%0A::error::c\n"
    )


def test_paths_are_relative_to_the_repository(checkout: Path):
    label = Label(Source(str(checkout / "prisma" / "a.prisma"), "x"), Span(0, 1))
    found = error(label)._replace(labels=(label, label._replace(text="here")))
    report = render("github", [found], root=checkout)
    assert "file=prisma/a.prisma," in report
    assert "%0Aprisma/a.prisma:1:1: here" in report
