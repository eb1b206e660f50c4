"""The small parts of random schemas: names, literals, arguments, comments, blanks."""

from __future__ import annotations

import json
from random import Random

from hypothesis import strategies as st

from kaven_schema.syntax.dialect import Dialect

BLANKS = (" ", "  ", "\t", " \t ", "\u00a0", "\u3000", "\u2003")
NEWLINES = ("\n", "\n", "\n", "\r\n", "\r")
_ASCII = "abcxyzABCXYZ019"
_KEYWORDS = (
    "model",
    "view",
    "type",
    "enum",
    "datasource",
    "generator",
    "Int",
    "String",
    "true",
    "null",
    "map",
)
# What is awkward inside a string or a comment: brackets, quotes, slashes, blanks, letters of other scripts.
_AWKWARD = st.sampled_from(
    [*"{}()[]@?,:;=/\\\"'#*&", "//", "///", " ", "  ", "a", "Z", "7", "é", "ß", "名", "🎉", "\u2028"]
)


def names(dialect: Dialect = "5.17") -> st.SearchStrategy[str]:
    letters = _ASCII if dialect == "5.17" else _ASCII + "éß名ж"
    first = st.sampled_from(letters)
    rest = st.text(st.sampled_from(letters + "_-"), max_size=6)
    return st.one_of(st.builds(str.__add__, first, rest), st.sampled_from(_KEYWORDS))


def texts(max_size: int = 12) -> st.SearchStrategy[str]:
    """Text on one line."""
    return st.lists(_AWKWARD, max_size=max_size).map("".join)


def string_literals() -> st.SearchStrategy[str]:
    escaped = st.sampled_from([r"\n", r"\t", r"\"", r"\\", r"\/", r"\u00e9", r"\ud83c\udf89"])
    plain = texts(6).map(lambda text: json.dumps(text, ensure_ascii=False)[1:-1])
    return st.lists(st.one_of(plain, escaped), max_size=3).map(lambda parts: f'"{"".join(parts)}"')


def numbers() -> st.SearchStrategy[str]:
    whole = st.integers(-(10**6), 10**6).map(str)
    return st.one_of(whole, st.builds("{}.{}".format, whole, st.sampled_from(["0", "00", "5", "123"])))


def line_comments() -> st.SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(["//", "// ", "///", "/// ", "////"]), texts(8)).map(
        str.rstrip
    )


def block_comments() -> st.SearchStrategy[str]:
    lines = st.lists(
        texts(5).map(lambda text: text.replace("*/", "").replace("*", "")), min_size=1, max_size=3
    )
    return lines.map(lambda inner: "/* " + "\n * ".join(inner) + " */")


def loosely(text: str, noise: Random) -> str:
    """A line's attributes with blanks wherever the language lets them stand, outside of strings."""
    pieces = text.split('"')  # no escaped quotes in what is given to this
    return '"'.join(piece if number % 2 else _spaced(piece, noise) for number, piece in enumerate(pieces))


def _spaced(piece: str, noise: Random) -> str:
    spaced = []
    for character, following in zip(piece, piece[1:] + " ", strict=False):
        if character == "@" != following:
            spaced += [character, maybe_blank(noise)]
        elif character in "()[],":
            spaced += [maybe_blank(noise), character, maybe_blank(noise)]
        elif character == ":":
            spaced += [character, maybe_blank(noise)]
        else:
            spaced.append(character)
    return "".join(spaced)


def maybe_blank(noise: Random) -> str:
    return noise.choice(BLANKS) if noise.random() < 0.1 else ""
