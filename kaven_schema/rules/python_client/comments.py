"""Documentation that the generated Python cannot hold, and what the client itself reads in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.documentation import DocumentationLine, above, of_members, text_of
from kaven_schema.diagnostics import Label
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.python_client.extension import SIGN
from kaven_schema.rules.python_client.models import ClientModel, ClientSchema, is_visible, sources_of
from kaven_schema.rules.python_client.strings import docstring_fault, field_fault
from kaven_schema.rules.rule import Finding
from kaven_schema.source import Source, Span

# Without one of these nothing can go wrong. Each begins with one character: such are found fastest.
_SIGNS = (re.compile(r"\\"), re.compile(r"'(?=''|[\r\n]|\Z)"), re.compile(r'"(?="")'))


def documentation(schema: ClientSchema) -> Iterator[Finding]:
    sources = sources_of(model.entry for model in schema.models)
    suspects = {id(source): found for source in sources if (found := _suspicious_lines(source))}
    for model in schema.models:
        for part in model.entry.merged.parts if suspects else ():
            if id(part.text.source) in suspects:
                yield from _judge(model.entry, part, suspects[id(part.text.source)])
        if model.extension.fault:
            yield _extension_fault(model)


def _suspicious_lines(source: Source) -> list[int]:
    """Where comments are that a closer look is worth."""
    text = source.text
    found = [match.start() for sign in _SIGNS for match in sign.finditer(text)]
    return sorted(offset for offset in found if "///" in _line_before(text, offset))


def _line_before(text: str, offset: int) -> str:
    return text[max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1 : offset]


def _judge(entry: Entry, part: Part, suspects: list[int]) -> Iterator[Finding]:
    lines = above(part.text)
    start = lines[0].span.start if lines else part.text.offset
    end = part.text.offset + len(part.text.text)
    if bisect_left(suspects, start) == bisect_left(suspects, end):
        return
    source = part.text.source
    yield from _fault(entry.name, lines, docstring_fault, lambda span, text: Label(source, span, text))
    visible = {field.name for field in entry.facts.fields if is_visible(field)}
    for member, member_lines in of_members(part.block):
        if member.name in visible:
            yield from _fault(f"{entry.name}.{member.name}", member_lines, field_fault, part.label)


def _fault(
    name: str,
    lines: tuple[DocumentationLine, ...],
    fault_of: Callable[[str], int | None],
    label: Callable[[Span, str], Label],
) -> Iterable[Finding]:
    said = text_of(lines)
    fault = fault_of(said)
    if fault is None:
        return
    line = lines[said.count("\n", 0, fault)]
    what = "a backslash" if said[fault] == "\\" else "quotes"
    mend = "write each backslash twice" if said[fault] == "\\" else "write other quotes"
    yield Finding(
        message=f"prisma-client-py breaks at import on the documentation of `{name}`: Python stumbles over {what}",
        labels=(label(line.span, f"`{said[fault : fault + 3]}`"),),
        help=f"{mend}, or make it an ordinary comment with `//`",
    )


def _extension_fault(model: ClientModel) -> Finding:
    parts = reversed(model.entry.merged.parts)
    part = next(part for part in parts if SIGN in text_of(above(part.text)))
    lines = above(part.text)
    span = Span(lines[0].span.start, lines[-1].span.end)
    return Finding(
        message=f"prisma-client-py stops at the `@Python(…)` of `{model.entry.name}`: {model.extension.fault}",
        labels=(Label(part.text.source, span, "read by the generator"),),
        help=f'write `/// @Python(instance_name: "{model.entry.name.lower()}_")`, once',
    )
