"""Shapes that people write and Prisma refuses, each with what is wrong and what to type instead."""

from __future__ import annotations

from typing import NamedTuple

STRING = r'"(?:\\.|[^"\\])*"'
KEYWORDS = "model|view|type|enum|datasource|generator"


class Hint(NamedTuple):
    """A shape that people write; the caret stands under its group 1, or under all of it."""

    pattern: str  # compiled at the first use: most runs meet no error
    message: str
    help: str
    dialects: tuple[str, ...] = ("5.17", "6", "7")


# A string in a comment is none.
OPEN_STRING = Hint(
    rf"(?:[^\"/]|/(?!/)|{STRING})*+(\"(?:\\.|[^\"\\\r\n])*+)\s*$",
    "this string is not closed",
    'end it with `"` on the same line',
)
IN_FIELDS = (
    Hint(
        r"\s*((?P<name>\w+)(?P<arity>\?|\[\]))\s+(?P<type>\w+)",
        r"`\g<arity>` stands behind the type",
        r"write `\g<name> \g<type>\g<arity>`",
    ),
    Hint(
        rf"\s*\w+\s+\w+\??\s*(=)\s*(?P<value>{STRING}|[^\s/]+)",
        "a field takes no `=`",
        r"write `@default(\g<value>)` behind its type",
    ),
    Hint(r"\s*\w+\s*(:)", "a field takes no `:` between its name and its type", "remove the `:`"),
    Hint(
        r"\s*\w+\s+(\[\s*\w+\s*\])", "a list is written behind its type", "write `Type[]` instead of `[Type]`"
    ),
    Hint(r"\s*\w+\s+\w+\s*(!)", "fields are required by default", "remove the `!`"),
    Hint(r"\s*\w+\s+\w+\s*(\[\]\s*\?)", "a list cannot be optional", "write either `Type[]` or `Type?`"),
    Hint(r"\s*\w+\s+\w+\s*(\[\s+\])", "blanks are not allowed inside `[]`", "write `Type[]`"),
    Hint(r"\s*\w+\s+(Unsupported\s+\()", "blanks are not allowed before the `(`", 'write `Unsupported("…")`'),
    Hint(
        r"\s*\w+\s+(?P<type>\w+)(\()\s*\d[^)]*\)",
        r"`\g<type>` takes no arguments",
        "write the database's own type behind it, as in `String @db.VarChar(30)` or `Decimal @db.Decimal(10, 2)`",
    ),
    Hint(
        r"\s*\w+\s+\w+(?:\[\]|\?)?\s+(?P<name>[A-Za-z]\w*)\(",
        r"an attribute begins with `@`",
        r"write `@\g<name>(…)`",
    ),
    Hint(
        r"\s*\w+\s+\w++[^\"]*(})\s*$", "`}` must stand on a line of its own", "put the `}` on the next line"
    ),
    Hint(r"\s*\w+\s+\w++\s*\S*(,)\s*$", "lines do not end with a comma", "remove the `,`"),
    Hint(
        r"\s*(@)[^@]",
        "an attribute of a field stands behind its field",
        "write it on the field's line, or `@@` for the block",
    ),
    Hint(
        r"\s*\w+(\s*)(?:@.*|//.*)?$",
        "this field has no type",
        "write the type behind the name, for instance `String`",
    ),
)
IN_ENUMS = (
    Hint(r"\s*\w+\s*(,)", "values are not separated by commas", "remove the `,`"),
    Hint(r"\s*\w+\s+(\w+)", "a line holds one value", "put each value on a line of its own"),
    Hint(r"\s*\w+\s*(=)", "a value has no right-hand side", 'write `NAME @map("stored_name")`'),
)
IN_CONFIG = (
    Hint(r"\s*[\w-]+(\.)", "a property's name has no dot", "remove the dot"),
    Hint(r"\s*\w+\s*(:)", "a property is assigned with `=`", "write `name = value`"),
    Hint(r"\s*(@@?)", "a datasource and a generator take no attributes", "remove the line"),
    Hint(r"\s*\w+\s+([^=\s])", "`=` is missing", "write `name = value`"),
)
_BEFORE_COMMENT = rf"(?:[^\"/]|/(?!\*)|{STRING})*+"
EVERYWHERE = (
    Hint(
        r"(([<=>|])\2{6})(?:\s|$)",
        "a merge conflict is not resolved here",
        "keep what is right of both sides, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
    ),
    Hint(
        rf"{_BEFORE_COMMENT}(/\*)",
        "block comments are not part of this dialect",
        'write `//` comments, or set prisma = "6"',
        ("5.17",),
    ),
    Hint(
        rf"{_BEFORE_COMMENT}(/\*)(?!.*\*/)",
        "this block comment is never closed",
        "end it with `*/`",
        ("6", "7"),
    ),
    Hint(
        rf"{_BEFORE_COMMENT}(/\*)",
        "a block comment cannot stand here",
        "put it on a line of its own, or at the end of the line",
        ("6", "7"),
    ),
    Hint(r"\s*(#)", "comments start with `//`", "write `//` instead of `#`"),
    Hint(r"[^\"]*(;)\s*$", "lines do not end with a semicolon", "remove the `;`"),
    Hint(
        r"\s*(_\w*)",
        "a name starts with a letter",
        'choose another name and keep the stored one with @map("…")',
    ),
    Hint(
        r"\s*([^\W\d_]*[^\x00-\x7f\W]\w*)",
        "only ASCII letters may stand in a name",
        'use ASCII, or set prisma = "6"',
        ("5.17",),
    ),
    Hint(r"[^\"'(]*\([^\"']*('[^']*')", "strings take double quotes", "write \"…\" instead of '…'"),
    OPEN_STRING,
    Hint(
        r"[^\"]*?([\x00-\x08\x0b\x0c\x0e-\x1f\x85\u200b\u2028\u2029\ufeff])",
        "this character is not visible, and not allowed here",
        "remove it",
    ),
)
CLOSED_AT_ONCE = r"}\s*(?://.*)?$"
AT_TOP = (
    Hint(
        r"\s*(type)\s+\w+\s*=",
        "type aliases are no longer part of the language",
        "use the type itself, or `type Name { … }`",
    ),
    Hint(
        r"\s*(import)\b",
        "Prisma has no imports",
        "set `extended` to a folder or a glob: all its files are merged",
    ),
    Hint(
        rf"\s*(?:{KEYWORDS})\s+\w+\s*({{)[^\r\n]*}}",
        "a block must not be written on one line",
        "put each member, and the closing `}`, on a line of its own",
    ),
    Hint(
        rf"\s*(?:{KEYWORDS})\s+(\w+)\s*$",
        "`{` is missing at the end of this line",
        "put the `{` on the same line as the name",
    ),
    Hint(rf"\s*(?:{KEYWORDS})\s*({{)", "this block has no name", "write `model Name {`"),
    Hint(
        rf"\s*(?:{KEYWORDS})\s+(\w*[^\x00-\x7f\W]\w*)",
        "only ASCII letters may stand in a name",
        'use ASCII, or set prisma = "6"',
        ("5.17",),
    ),
    Hint(
        rf"\s*(?:{KEYWORDS})\s+([^\s{{A-Za-z0-9]\S*)",
        "this is not a name",
        "start the name with a letter, and use letters, digits and `_`",
    ),
    Hint(
        r"\s*([A-Za-z]\w*)(?:\s+\w+)?\s*{",
        "this is no kind of block",
        f"use one of {KEYWORDS.replace('|', ', ')}",
    ),
    Hint(r"\s*(})", "this `}` closes nothing", "remove it, or add the block's first line above"),
    Hint(r"\s*(@@\w+)", "a block attribute stands inside its block", "move it before the block's `}`"),
)
OPENING = rf"\s*({KEYWORDS})\s*([^\W_][\w-]*)\s*{{[^}}]*$"
IN_VALUES = (
    Hint(
        r"\s*(@@(?P<name>\w+)\s*(?P<fields>\[[^\]\"\r\n]*\]))",
        "the fields of a block attribute stand in `(` and `)`",
        r"write `@@\g<name>(\g<fields>)`",
    ),
    Hint(
        r"(?:[^\"']|\"(?:\\.|[^\"\\])*\")*?('[^']*')",
        "strings take double quotes",
        "write \"…\" instead of '…'",
    ),
    Hint(
        rf"(?:[^\"]|{STRING})*?[(,:\[]\s*(-?\d+(?:\.\d+)?[eE][+-]?\d+)",
        "numbers have no exponent",
        "write the number out",
    ),
    Hint(rf"(?:[^\"]|{STRING})*?[(,:\[]\s*(\d+(?:_\d+)+)", "numbers have no separators", "remove the `_`"),
    Hint(rf"(?:[^\"]|{STRING})*?[(,:\[]\s*(\+)\d", "numbers have no plus sign", "remove the `+`"),
    Hint(rf"(?:[^\"]|{STRING})*?(,)\s*\]", "an array has no trailing comma", "remove the `,`"),
    Hint(
        r"\s*({)",
        "a property holds no object",
        'use a string, a number, an array or `env("…")`, or set prisma = "7"',
        ("5.17", "6"),
    ),
    Hint(
        rf"(?:[^\"]|{STRING})*?[(,:\[]\s*({{)",
        "objects are not part of this dialect",
        'set prisma = "7" if the project uses Prisma 7',
        ("5.17", "6"),
    ),
    Hint(
        rf"(?:[^\"]|{STRING})*?\)\s*(@@)",
        "a block attribute stands on a line of its own",
        "put the `@@` on the next line",
    ),
    Hint(
        rf"(?:[^\"]|{STRING})*?(}})\s*$",
        "`}` must stand on a line of its own",
        "put the `}` on the next line",
    ),
    Hint(rf"(?:[^\"]|{STRING})*?(,)\s*$", "lines do not end with a comma", "remove the `,`"),
    Hint(rf"(?:[^\"]|{STRING})*?(;)\s*$", "lines do not end with a semicolon", "remove the `;`"),
)
