"""Why a line was not understood, in words: what is wrong, where, and what to type instead.

Nothing here decides whether a line is accepted: the grammar has refused it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.hints import (
    AT_TOP,
    CLOSED_AT_ONCE,
    EVERYWHERE,
    IN_CONFIG,
    IN_ENUMS,
    IN_FIELDS,
    IN_VALUES,
    KEYWORDS,
    OPEN_STRING,
    OPENING,
    STRING,
    Hint,
)

if TYPE_CHECKING:
    from kaven_schema.syntax.dialect import Dialect

MAX_NESTING = 100
MOST_PROBLEMS = 1_000
_BYTE_ORDER_MARK = "\ufeff"
_CLOSING = {"(": ")", "[": "]"}


class NestingError(Exception):
    """Brackets in brackets beyond any use: trees that deep would exhaust what walks over them."""


class LineSyntaxError(Exception):
    """Where a part of a line stops making sense (an offset into the part), and the terminals that might stand there."""

    def __init__(self, offset: int, expected: frozenset[str]) -> None:
        super().__init__(f"unexpected text at offset {offset}")
        self.offset = offset
        self.expected = expected


class Problem(NamedTuple):
    span: Span
    message: str
    help: str = ""
    label: str = ""


def first_of(problems: Iterable[Problem]) -> list[Problem]:
    """Nobody mends a thousand lines by their messages, and a file may have millions of them."""
    told = list(islice(problems, MOST_PROBLEMS + 1))
    if len(told) > MOST_PROBLEMS:
        told[-1] = Problem(told[-1].span, "from here on no more errors are told", "mend those above first")
    return told


_WORDS = {
    BlockKind.ENUM: "a value of an enum",
    BlockKind.DATASOURCE: "a property of a datasource",
    BlockKind.GENERATOR: "a property of a generator",
}


def explain_unknown_lines(
    lines: Sequence[tuple[int, str]], kind: BlockKind, dialect: Dialect, opening: str = ""
) -> Iterator[Problem]:
    """One problem for each line, but one only for an argument list that goes on over several lines.

    `opening` is what stands behind the block's own `{`: members and a `}`, where somebody wrote it on one line.
    """
    hints = [hint for hint in (*_hints_for(kind), *EVERYWHERE) if dialect in hint.dialects]
    fallback = f"this line is not {_WORDS.get(kind, 'a field or a block attribute')}"
    ends = _ends_of_open_lists([open_brackets(line) for _, line in lines])
    open_until = -1
    for index, (offset, line) in enumerate(lines):
        if index <= open_until:
            continue
        open_until = ends[index]
        if re.search(CLOSED_AT_ONCE, opening) and (following := re.match(OPENING, line)):
            yield _one_line_block(following, offset)
        else:
            yield _explain_line(line, offset, hints, fallback, continued=open_until > index)


def _one_line_block(following: re.Match[str], offset: int) -> Problem:
    return Problem(
        Span(*following.span(2)).shifted(offset),
        f"the block above `{following[1]} {following[2]}` is written on one line, and so not closed",
        "put its members, and its closing `}`, on lines of their own",
    )


def _hints_for(kind: BlockKind) -> Sequence[Hint]:
    if kind.has_fields:
        return IN_FIELDS
    return IN_ENUMS if kind is BlockKind.ENUM else IN_CONFIG


def _explain_line(
    line: str, offset: int, hints: Sequence[Hint], fallback: str, *, continued: bool
) -> Problem:
    if opening := re.match(OPENING, line):
        return Problem(
            Span(*opening.span(2)).shifted(offset),
            f"the block above is not closed before `{opening[1]} {opening[2]}`",
            "add a line with `}` above this one",
        )
    if string := re.match(OPEN_STRING.pattern, line):
        return Problem(Span(*string.span(1)).shifted(offset), OPEN_STRING.message, OPEN_STRING.help)
    if continued:
        return Problem(
            _visible(line, offset),
            "an argument list must end on the line on which it begins",
            "join these lines into one",
        )
    if open_brackets(line) > 0:
        return _unclosed_bracket(line, offset)
    return _by_hint(line, offset, hints) or Problem(_visible(line, offset), fallback)


def _unclosed_bracket(line: str, offset: int) -> Problem:
    """At the bracket that closes another one than the last that was opened, else at that last one."""
    opened: list[int] = []
    for found in re.finditer(rf"{STRING}|//.*|[()\[\]]", line):
        bracket, place = found[0], found.start()
        if bracket in ("(", "["):
            opened.append(place)
        elif bracket in (")", "]") and opened:
            wanted = _CLOSING[line[opened.pop()]]
            if bracket != wanted:
                span = Span(offset + place, offset + place + 1)
                return Problem(
                    span, f"`{wanted}` is missing before this `{bracket}`", f"write `{wanted}{bracket}`"
                )
    last = opened[-1]
    wanted = _CLOSING[line[last]]
    span = Span(offset + last, offset + last + 1)
    return Problem(
        span, f"this `{line[last]}` is never closed", f"write `{wanted}` where its list ends, on this line"
    )


def _by_hint(line: str, offset: int, hints: Sequence[Hint]) -> Problem | None:
    for hint in hints:
        if found := re.match(hint.pattern, line):
            return Problem(
                Span(*found.span(1)).shifted(offset), found.expand(hint.message), found.expand(hint.help)
            )
    return None


def _ends_of_open_lists(opened: Sequence[int]) -> list[int]:
    """For each line the index of the one that closes what it leaves open, or its own. Linear."""
    ends = list(range(len(opened)))
    waiting: list[tuple[int, int]] = []  # lines that leave something open, each with the depth before it
    depth = 0
    for index, count in enumerate(opened):
        if count > 0:
            waiting.append((index, depth))
        depth += count
        while waiting and depth <= waiting[-1][1]:
            ends[waiting.pop()[0]] = index
    return ends


def open_brackets(line: str) -> int:
    # A string without an end is matched too, and kept: looking for its end again and again would take for ever.
    code = re.sub(r'"(?:\\.|[^"\\])*+("?)|//.*', lambda part: part[0] if part[1] == "" else "", line)
    return code.count("(") + code.count("[") - code.count(")") - code.count("]")


def explain_outside(lines: Sequence[tuple[int, str]], dialect: Dialect) -> Iterator[Problem]:
    """Problems of the lines outside any block. Behind a block that is never closed nothing more is said."""
    inside = False
    for offset, line in lines:
        if inside:
            inside = not re.match(r"\s*}", line)
            continue
        if offset == 0 and line.startswith(_BYTE_ORDER_MARK):
            yield Problem(
                Span(0, 1),
                "the file starts with a byte-order mark, which Prisma refuses",
                "save the file as UTF-8 without a byte-order mark",
            )
        else:
            problem, is_last = _explain_outer_line(line, offset, dialect)
            yield problem
            if is_last:
                return
        inside = _leaves_brace_open(line)


def _explain_outer_line(line: str, offset: int, dialect: Dialect) -> tuple[Problem, bool]:
    """The problem, and whether it is that of a block without an end."""
    hints = [hint for hint in (*AT_TOP, *EVERYWHERE) if dialect in hint.dialects]
    problem = _by_hint(line, offset, hints)
    opening = re.match(OPENING, line)
    is_a_name = opening and (dialect != "5.17" or opening[2].isascii())
    if opening and is_a_name and not (problem and "one line" in problem.message):
        message = f"`{opening[1]} {opening[2]}` is never closed"
        span = Span(*opening.span(2)).shifted(offset)
        return Problem(span, message, "add a line with `}` at its end"), True
    return problem or Problem(
        _visible(line, offset),
        "this line does not start a block",
        f"start it with one of {KEYWORDS.replace('|', ', ')}, or with `//`",
    ), False


def _leaves_brace_open(line: str) -> bool:
    brace = line.find("{", line.rfind("}") + 1)
    return brace >= 0 and line[:brace].count('"') % 2 == 0


_EXPECTED = {
    "STRING": "a string",
    "NUMBER": "a number",
    "CONSTANT": "a name",
    "FUNCTION_NAME": "a function",
    "ARGUMENT_NAME": "a named argument",
    "ATTRIBUTE_NAME": "an attribute",
    "CLOSE": "`)`",
    "CLOSE_ARRAY": "`]`",
    "COMMA": "`,`",
    "OPEN": "`(`",
    "OPEN_ARRAY": "`[`",
    "OPEN_OBJECT": "`{`",
    "CLOSE_OBJECT": "`}`",
    "$END": "the end of the line",
}


def explain_inside_line(text: str, at: int, fault: LineSyntaxError, dialect: Dialect = "5.17") -> Problem:
    """A fault inside a line's attributes or value; `at` is where `text` begins in the block."""
    place = min(fault.offset, len(text))
    span = Span(at + place, at + max(place, min(place + 1, len(text))))
    if hinted := _by_hint(text, at, [hint for hint in IN_VALUES if dialect in hint.dialects]):
        return hinted
    expected = [word for name, word in _EXPECTED.items() if name in fault.expected]
    message = "the line ends too early" if place == len(text) else f"`{text[place]}` cannot stand here"
    wanted = " or ".join([", ".join(expected[:-1]), expected[-1]] if len(expected) > 1 else expected)
    return Problem(span, message, label=f"expected {wanted}" if wanted else "")


_GOOD_ESCAPE = (
    r'\\(?:["\\/bfnrt]'
    r"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})"
)


def find_bad_escape(text: str, at: int) -> Problem | None:
    """The first escape in a string that JSON, and so Prisma, does not know."""
    for string in re.finditer(STRING, text):
        for escape in re.finditer(rf"{_GOOD_ESCAPE}|(\\)", string[0]):
            if escape[1]:
                start = at + string.start() + escape.start()
                return Problem(
                    Span(start, start + 2),
                    "unknown escape sequence in a string",
                    "write `\\\\` for a backslash",
                )
    return None


def nests_too_deep(text: str) -> bool:
    if text.count("(") + text.count("[") + text.count("{") <= MAX_NESTING:
        return False
    depth = deepest = 0
    for bracket in re.findall(r"[()\[\]{}]", re.sub(STRING, "", text)):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_NESTING


def too_deep(text: str, at: int) -> Problem:
    return Problem(
        Span(at, at + len(text)),
        f"brackets are nested more than {MAX_NESTING} deep",
        "simplify this expression",
    )


def _visible(line: str, offset: int) -> Span:
    written = line.rstrip()
    start = len(written) - len(written.lstrip())
    return Span(offset + start, offset + max(len(written), start + 1))
