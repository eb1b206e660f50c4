"""Taking declarations out of extended, without a comment being lost or changing its owner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kaven_schema.diagnostics import Edit
from kaven_schema.source import Source, Span
from kaven_schema.syntax.ast import Comment, EmptyLines, Member
from kaven_schema.syntax.document import BlockText
from kaven_schema.update.plan.adopting import Adoption, Declaration, declared_name

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SLASHES = re.compile(r"/+ ?")


def without_adopted(source: Source, adoptions: Iterable[Adoption], version: str) -> str:
    """The text of one extended file without what base has since that version."""
    by_part: dict[int, tuple[BlockText, list[Declaration]]] = {}
    for adoption in adoptions:
        by_part.setdefault(adoption.part.offset, (adoption.part, []))[1].append(adoption.declaration)
    edits = [edit for part, lines in by_part.values() for edit in _edits(part, lines, version)]
    return applied(source.text, edits)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Edits that do not overlap, of one text."""
    pieces: list[str] = []
    place = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        pieces += [text[place : edit.span.start], edit.replacement]
        place = edit.span.end
    return "".join(pieces) + text[place:]


def _edits(part: BlockText, lines: Sequence[Declaration], version: str) -> Iterator[Edit]:
    members = part.block.members
    gone = {id(line) for line in lines}
    left = [one for one in members if id(one) not in gone and not isinstance(one, EmptyLines)]
    has_comments = any(getattr(line, "comment", None) for line in lines)
    if not left and not has_comments and not part.block.opening and not _stands_below_comment(part):
        yield _edit(part, _with_gap(part, Span(0, len(part.text))), "")
        return
    for number, member in enumerate(members):
        if id(member) in gone:
            yield from _edits_of_line(part, members, number, version)


def _edits_of_line(part: BlockText, members: Sequence[Member], number: int, version: str) -> Iterator[Edit]:
    line = members[number]
    assert isinstance(line, Declaration)
    above = _comments_above(members, number)
    yield from (_edit(part, _slash(comment), "") for comment in above if comment.is_documentation)
    whole = _whole_lines(
        part.text, line.span if line.comment is None else _joined(line.span, line.comment.span)
    )
    after = members[number + 1] if number + 1 < len(members) else None
    if not above and line.comment is None:
        before = members[number - 1] if number else None
        is_alone = not before or isinstance(before, EmptyLines)
        if is_alone and isinstance(after, EmptyLines):
            whole = Span(whole.start, _end_of_gap(part.text, whole.end))
        yield _edit(part, whole, "")
        return
    indent = part.text[whole.start : line.span.start]
    ending = _LINE_BREAK.search(part.text, whole.start)
    newline = ending[0] if ending else "\n"
    said = f": {_SLASHES.sub('', line.comment.text, count=1)}" if line.comment else ""
    gap = "" if after is None or isinstance(after, EmptyLines) else newline
    kept = f"{indent}// {declared_name(line)}, in base since {version}{said}{newline}{gap}"
    yield _edit(part, whole, kept)


def _comments_above(members: Sequence[Member], number: int) -> list[Comment]:
    found: list[Comment] = []
    while number and isinstance(above := members[number - 1], Comment):
        found.append(above)
        number -= 1
    return found


def _slash(comment: Comment) -> Span:
    """Documentation would become that of the next field."""
    return Span(comment.span.start, comment.span.start + 1)


def _joined(first: Span, second: Span) -> Span:
    return Span(min(first.start, second.start), max(first.end, second.end))


def _whole_lines(text: str, span: Span) -> Span:
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    line_break = _LINE_BREAK.search(text, span.end)
    return Span(start, line_break.end() if line_break else len(text))


def _end_of_gap(text: str, place: int) -> int:
    """Behind the empty lines that begin at a place."""
    while (found := _LINE_BREAK.search(text, place)) and not text[place : found.start()].strip():
        place = found.end()
    return place


def _stands_below_comment(part: BlockText) -> bool:
    before = part.source.text[: part.offset].rstrip(" \t")
    above = before.rstrip("\r\n").rpartition("\n")[2].strip()
    return before.count("\n") > 0 and above.startswith(("//", "*/"))


def _with_gap(part: BlockText, span: Span) -> Span:
    """The block's lines as a whole, and the empty lines below it."""
    text, end = part.source.text, part.offset + span.end
    line_break = _LINE_BREAK.search(text, end)
    rest = text[end : line_break.start()] if line_break else text[end:]
    if rest.strip() or line_break is None:
        return span
    return Span(span.start, _end_of_gap(text, line_break.end()) - part.offset)


def _edit(part: BlockText, span: Span, replacement: str) -> Edit:
    return Edit(part.source, span.shifted(part.offset), replacement)
