"""Why a line was not understood, in words: what is wrong, where, and what to type instead.

Nothing here decides whether a line is accepted: the grammar has refused it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockKind

if TYPE_CHECKING:
    from kaven_schema.syntax.parser import Dialect, SyntaxFault

MAX_NESTING = 100
_STRING = r'"(?:\\.|[^"\\])*"'
_KEYWORDS = "model|view|type|enum|datasource|generator"


class Problem(NamedTuple):
    span: Span
    message: str
    help: str = ""
    label: str = ""


class _Hint(NamedTuple):
    """A shape that people write; the caret stands under its group 1, or under all of it."""

    pattern: str  # compiled at the first use: most runs meet no error
    message: str
    help: str


_IN_FIELDS = (
    _Hint(r"\s*\w+\s*(:)", "a field takes no `:` between its name and its type", "remove the `:`"),
    _Hint(r"\s*\w+\s+(\[\s*\w+\s*\])", "a list is written behind its type", "write `Type[]` instead of `[Type]`"),
    _Hint(r"\s*\w+\s+\w+\s*(!)", "fields are required by default", "remove the `!`"),
    _Hint(r"\s*\w+\s+\w+\s*(\[\]\s*\?)", "a list cannot be optional", "write either `Type[]` or `Type?`"),
    _Hint(r"\s*\w+\s+\w+\s*(\[\s+\])", "blanks are not allowed inside `[]`", "write `Type[]`"),
    _Hint(r"\s*\w+\s+(Unsupported\s+\()", "blanks are not allowed before the `(`", 'write `Unsupported("…")`'),
    _Hint(r"\s*\w+\s+\w+[^\"]*(})\s*$", "`}` must stand on a line of its own", "put the `}` on the next line"),
    _Hint(r"\s*\w+\s+\w+\s*\S*(,)\s*$", "lines do not end with a comma", "remove the `,`"),
    _Hint(r"\s*@@.*\)\s*(@@)", "a line holds one block attribute", "put the second `@@` on the next line"),
    _Hint(r"\s*(@)[^@]", "an attribute of a field stands behind its field", "write it on the field's line, or `@@` for the block"),
    _Hint(r"\s*\w+(\s*)(?:@.*|//.*)?$", "this field has no type", "write the type behind the name, for instance `String`"),
)
_IN_ENUMS = (
    _Hint(r"\s*\w+\s*(,)", "values are not separated by commas", "remove the `,`"),
    _Hint(r"\s*\w+\s+(\w+)", "a line holds one value", "put each value on a line of its own"),
    _Hint(r"\s*\w+\s*(=)", "a value has no right-hand side", 'write `NAME @map("stored_name")`'),
)
_IN_CONFIG = (
    _Hint(r"\s*\w+\s*=\s*({)", "a property holds no object", 'use a string, a number, an array or `env("…")`'),
    _Hint(r"\s*[\w-]+(\.)", "a property's name has no dot", "remove the dot"),
    _Hint(r"\s*\w+\s*(:)", "a property is assigned with `=`", "write `name = value`"),
    _Hint(r"\s*(@@?)", "a datasource and a generator take no attributes", "remove the line"),
    _Hint(r"\s*\w+\s+([^=\s])", "`=` is missing", "write `name = value`"),
)
_EVERYWHERE = (
    _Hint(r"\s*(/\*)", "block comments are not part of this dialect", 'write `//` comments, or set prisma = "6"'),
    _Hint(r"[^\"]*?(/\*)", "block comments are not part of this dialect", 'write `//` comments, or set prisma = "6"'),
    _Hint(r"\s*(#)", "comments start with `//`", "write `//` instead of `#`"),
    _Hint(r"[^\"]*(;)\s*$", "lines do not end with a semicolon", "remove the `;`"),
    _Hint(r"\s*(_\w*)", "a name starts with a letter or a digit", 'choose another name and keep the stored one with @map("…")'),
    _Hint(r"\s*([^\W\d_]*[^\x00-\x7f\W]\w*)", "only ASCII letters may stand in a name", 'use ASCII, or set prisma = "6"'),
    _Hint(r"[^\"'(]*\([^\"']*('[^']*')", "strings take double quotes", 'write "…" instead of \'…\''),
    _Hint(rf"(?:[^\"]|{_STRING})*?(\"(?:\\.|[^\"\\])*)$", "this string is not closed", 'end it with `"` on the same line'),
    _Hint(r"[^\"]*?([\x00-\x08\x0b\x0c\x0e-\x1f\x85\u200b\u2028\u2029\ufeff])", "this character is not visible, and not allowed here", "remove it"),
)
_AT_TOP = (
    _Hint(r"\s*(type)\s+\w+\s*=", "type aliases are no longer part of the language", "use the type itself, or `type Name { … }`"),
    _Hint(r"\s*(import)\b", "Prisma has no imports", "set `extended` to a folder or a glob: all its files are merged"),
    _Hint(rf"\s*(?:{_KEYWORDS})\s+\w+\s*({{)[^\r\n]*}}", "a block must not be written on one line", "put each member, and the closing `}`, on a line of its own"),
    _Hint(rf"\s*(?:{_KEYWORDS})\s+(\w+)\s*$", "`{` is missing at the end of this line", "put the `{` on the same line as the name"),
    _Hint(rf"\s*(?:{_KEYWORDS})\s*({{)", "this block has no name", "write `model Name {`"),
    _Hint(rf"\s*(?:{_KEYWORDS})\s+(\w*[^\x00-\x7f\W]\w*)", "only ASCII letters may stand in a name", 'use ASCII, or set prisma = "6"'),
    _Hint(rf"\s*(?:{_KEYWORDS})\s+([^\s{{A-Za-z0-9]\S*)", "this is not a name", "start the name with a letter, and use letters, digits and `_`"),
    _Hint(r"\s*([A-Za-z]\w*)(?:\s+\w+)?\s*{", "this is no kind of block", f"use one of {_KEYWORDS.replace('|', ', ')}"),
    _Hint(r"\s*(})", "this `}` closes nothing", "remove it, or add the block's first line above"),
    _Hint(r"\s*(@@\w+)", "a block attribute stands inside its block", "move it before the block's `}`"),
)
_OPENING = (rf"\s*({_KEYWORDS})\s*(\w[\w-]*)\s*{{[^}}]*$")
_WORDS = {
    BlockKind.ENUM: "a value of an enum",
    BlockKind.DATASOURCE: "a property of a datasource",
    BlockKind.GENERATOR: "a property of a generator",
}


def explain_unknown_lines(
    lines: Sequence[tuple[int, str]], kind: BlockKind, dialect: Dialect
) -> Iterator[Problem]:
    """One problem for each line, but one only for an argument list that goes on over several lines."""
    hints = _hints_for(kind)
    fallback = f"this line is not {_WORDS.get(kind, 'a field or a block attribute')}"
    ends = _ends_of_open_lists([open_brackets(line) for _, line in lines])
    open_until = -1
    for index, (offset, line) in enumerate(lines):
        if index <= open_until:
            continue
        open_until = ends[index]
        yield _explain_line(line, offset, hints, fallback, continued=open_until > index)


def _hints_for(kind: BlockKind) -> Sequence[_Hint]:
    if kind.has_fields:
        return _IN_FIELDS
    return _IN_ENUMS if kind is BlockKind.ENUM else _IN_CONFIG


def _explain_line(
    line: str, offset: int, hints: Sequence[_Hint], fallback: str, *, continued: bool
) -> Problem:
    if opening := re.match(_OPENING, line):
        return Problem(
            Span(*opening.span(2)).shifted(offset),
            f"the block above is not closed before `{opening[1]} {opening[2]}`",
            "add a line with `}` above this one",
        )
    if continued or open_brackets(line) > 0:
        return Problem(
            _visible(line, offset),
            "an argument list must end on the line on which it begins",
            "join these lines into one",
        )
    return _by_Hint(line, offset, (*hints, *_EVERYWHERE)) or Problem(_visible(line, offset), fallback)


def _by_Hint(line: str, offset: int, hints: Sequence[_Hint]) -> Problem | None:
    for hint in hints:
        if found := re.match(hint.pattern, line):
            return Problem(Span(*found.span(1)).shifted(offset), hint.message, hint.help)
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
    code = re.sub(rf"{_STRING}|//.*", "", line)
    return code.count("(") + code.count("[") - code.count(")") - code.count("]")


def explain_outside(lines: Sequence[tuple[int, str]], dialect: Dialect) -> Iterator[Problem]:
    """Problems of the lines outside any block. Behind a block that is never closed nothing more is said."""
    inside = ""
    for offset, line in lines:
        if inside:
            inside = "" if re.match(r"\s*}", line) else inside
            continue
        if line.startswith("\ufeff"):
            yield Problem(
                Span(offset, offset + 1),
                "the file starts with a byte-order mark, which Prisma refuses",
                "save the file as UTF-8 without a byte-order mark",
            )
            line, offset = line[1:], offset + 1
            if not line.strip():
                continue
        problem = _by_Hint(line, offset, (*_AT_TOP, *_EVERYWHERE))
        opening = re.match(_OPENING, line)
        if opening and (dialect != "5.17" or opening[2].isascii()) and not (problem and "one line" in problem.message):
            yield Problem(
                Span(*opening.span(2)).shifted(offset),
                f"`{opening[1]} {opening[2]}` is never closed",
                "add a line with `}` at its end",
            )
            return
        yield problem or Problem(
            _visible(line, offset),
            "this line does not start a block",
            f"start it with one of {_KEYWORDS.replace('|', ', ')}, or with `//`",
        )
        inside = line if _leaves_brace_open(line) else ""


def _leaves_brace_open(line: str) -> bool:
    brace = line.find("{", line.rfind("}") + 1)
    return brace >= 0 and '"' not in line[:brace]


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
    "$END": "the end of the line",
}


def explain_inside_line(text: str, at: int, fault: SyntaxFault) -> Problem:
    """A fault inside a line's attributes or value; `at` is where `text` begins in the block."""
    place = min(fault.offset, len(text))
    span = Span(at + place, at + max(place, min(place + 1, len(text))))
    if hinted := _by_Hint(text, at, _IN_VALUES):
        return hinted
    expected = [word for name, word in _EXPECTED.items() if name in fault.expected]
    if place == len(text):
        message = "the line ends too early"
    else:
        message = f"`{text[place]}` cannot stand here"
    wanted = " or ".join([", ".join(expected[:-1]), expected[-1]] if len(expected) > 1 else expected)
    return Problem(span, message, label=f"expected {wanted}" if wanted else "")


_IN_VALUES = (
    _Hint(r"(?:[^\"']|\"(?:\\.|[^\"\\])*\")*?('[^']*')", "strings take double quotes", 'write "…" instead of \'…\''),
    _Hint(rf"(?:[^\"]|{_STRING})*?[(,:\[]\s*(-?\d+(?:\.\d+)?[eE][+-]?\d+)", "numbers have no exponent", "write the number out"),
    _Hint(rf"(?:[^\"]|{_STRING})*?[(,:\[]\s*(\d+(?:_\d+)+)", "numbers have no separators", "remove the `_`"),
    _Hint(rf"(?:[^\"]|{_STRING})*?[(,:\[]\s*(\+)\d", "numbers have no plus sign", "remove the `+`"),
    _Hint(rf"(?:[^\"]|{_STRING})*?(,)\s*\]", "an array has no trailing comma", "remove the `,`"),
)
_GOOD_ESCAPE = (r'\\(?:["\\/bfnrt]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})')


def find_bad_escape(text: str, at: int) -> Problem | None:
    """The first escape in a string that JSON, and so Prisma, does not know."""
    for string in re.finditer(_STRING, text):
        for escape in re.finditer(rf"{_GOOD_ESCAPE}|(\\)", string[0]):
            if escape[1]:
                start = at + string.start() + escape.start()
                return Problem(
                    Span(start, start + 2), "unknown escape sequence in a string", "write `\\\\` for a backslash"
                )
    return None


def nests_too_deep(text: str) -> bool:
    if text.count("(") + text.count("[") <= MAX_NESTING:
        return False
    depth = deepest = 0
    for bracket in re.findall(r"[()\[\]]", re.sub(_STRING, "", text)):
        depth += 1 if bracket in "([" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_NESTING


def too_deep(text: str, at: int) -> Problem:
    return Problem(
        Span(at, at + len(text)), f"brackets are nested more than {MAX_NESTING} deep", "simplify this expression"
    )


def _visible(line: str, offset: int) -> Span:
    written = line.rstrip()
    start = len(written) - len(written.lstrip())
    return Span(offset + start, offset + max(len(written), start + 1))
