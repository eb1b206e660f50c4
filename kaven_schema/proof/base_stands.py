"""Proof that every declaration of base stands unchanged in the text that was written.

Reads both texts by itself, line by line, and shares no code with grammar, merge or printer: a fault in those cannot
hide here. What validates can still have lost an `@@map`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_OPENING = r"[^\S\n]*(model|view|type|enum|datasource|generator)[^\S\n]*([^\W_][\w-]*)[^\S\n]*\{([^\n]*)\n"
_NOT_INSIDE = r"[^\S\n]*(?:\}|(?:model|view|type|enum|datasource|generator)[^\S\n]+[^\W_][\w-]*[^\S\n]*\{)"
_BLOCK = re.compile(rf"(?:^|(?<=\}})){_OPENING}((?:(?!{_NOT_INSIDE})[^\n]*\n)*+)[^\S\n]*\}}", re.MULTILINE)
# Compiled by `re` when first needed: most proofs never look this close.
_WORD = r'"(?:\\.|[^"\\])*"|[\w.-]+|@@?\s*[\w.-]+|\S'
_CODE = r'((?:[^"/\n]|"(?:\\.|[^"\\\n])*"|/(?!/))*+)(.*)'

_COMMENT = r"//[^\n]*"
_HEAD = r"(?:model|view|type|enum|datasource|generator)[^\S\n]*[^\W_][\w-]*[^\S\n]*\{[^\n]*"
_BLOCK_COMMENT = rf'{_HEAD}|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*((?:[^*]|\*(?!/))*+)\*/(?=([^\n]*))'
_ONE_BLOCK_COMMENT = r"/\*((?:[^*]|\*(?!/))*+)\*/"
_MARK = "//\0"


class Loss(NamedTuple):
    """A declaration of base that the written text lacks, or has otherwise; `line` is base's, counted from 1."""

    block: str
    declaration: str
    line: int


class _Declaration(NamedTuple):
    key: str
    comments: tuple[str, ...]
    written: str
    line: int


def find_losses(base: str, written: str, *, block_comments: bool = True) -> list[Loss]:
    """Every declaration and comment of `base` that does not stand in `written`; none means that base holds.

    `block_comments` is whether the texts' dialect has them.
    """
    base, written = _unix(base), _unix(written)
    last_line = base.count("\n") + 1
    if block_comments:
        base, written = _with_line_comments(base), _with_line_comments(written)
    base_blocks, written_blocks = list(_BLOCK.finditer(base)), list(_BLOCK.finditer(written))
    by_key = {_key(found): found for found in written_blocks}
    losses: list[Loss] = []
    place, line = 0, 1
    for found in base_blocks:
        line += base.count("\n", place, found.start(1))
        place = found.start(1)
        other = by_key.get(_key(found))
        if other is None:
            losses.append(Loss(" ".join(_key(found)), "the whole block", line))
        elif found[3].strip() or not _is_the_same(found[4], other[4]):
            losses += _compare(found, other, line + 1, _comment_behind_brace(found[3], block_comments))
    losses += _lost_comments(_Text(base, base_blocks), _Text(written, written_blocks))
    return [loss._replace(line=min(loss.line, last_line)) for loss in losses]


class _Text(NamedTuple):
    text: str
    blocks: list[re.Match[str]]


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _with_line_comments(text: str) -> str:
    """Block comments of dialects 6 and 7 as documentation, which they are, line by line: their layout means nothing."""
    if "/*" not in text:
        return text
    pieces: list[str] = []
    place = line = 0  # where the text goes on, and where what stands before the next comment begins
    for found in re.finditer(_BLOCK_COMMENT, text):
        if found[1] is not None:
            before = text[max(line, text.rfind("\n", 0, found.start()) + 1) : found.start()].strip()
            pieces += [text[place : found.start()], _as_line_comments(found, before not in ("", "}"))]
            place = line = found.end()
    return "".join([*pieces, text[place:]])


def _as_line_comments(found: re.Match[str], is_behind_code: bool) -> str:
    """One line, whatever its own, behind code; what stands behind the comment gets a line of its own."""
    words = [line.strip().removeprefix("*").strip() for line in found[1].strip("*").split("\n")]
    end = "\n" if found[2] else ""
    if is_behind_code:
        return _MARK + "\0".join(words) + end
    return ("\n".join(f"/// {line}" for line in words if line) or _MARK) + end


def _comment_behind_brace(opening: str, block_comments: bool) -> str:
    """As the line comment that the merge makes of it; what is no comment, Prisma drops and we do."""
    opening = opening.strip()
    if opening.startswith("//"):
        return "//" + opening.lstrip("/")
    found = re.fullmatch(_ONE_BLOCK_COMMENT, opening) if block_comments else None
    said = found[1].strip().strip("*").strip() if found else ""
    return f"// {said}" if said else ""


def _key(found: re.Match[str]) -> tuple[str, str]:
    return found[1], found[2]


def _is_the_same(base: str, written: str) -> bool:
    """Tells without looking closer for most blocks: the same, or the same with lines put in between."""
    return base == written or _same_but_for_blanks(base, written) or _stands_in_order(base, written)


def _stands_in_order(base: str, written: str) -> bool:
    """Each line of base in its order, but for blanks and the order of attributes; none parted from its comment."""
    wanted = base.split("\n")
    place, end = 0, len(wanted)
    for line in written.split("\n"):
        if place == end:
            break
        if _is_the_line(wanted[place], line):
            place += 1
        elif place and wanted[place].strip() and wanted[place - 1].lstrip()[:2] == "//":
            return False
    return not any(line.strip() for line in wanted[place:])


def _is_the_line(wanted: str, line: str) -> bool:
    if wanted == line:
        return True
    first = wanted.split(None, 1)[:1]
    if first != line.split(None, 1)[:1]:
        return False
    if first and first[0][:2] == "//":
        return wanted.strip() == line.strip()
    if "//" not in wanted and "\\" not in wanted and _words_and_strings(wanted) == _words_and_strings(line):
        return True
    return _canonical(wanted.strip()) == _canonical(line.strip())


def _same_but_for_blanks(base: str, written: str) -> bool:
    """The same words on the same lines, and strings and comments the same to the letter; most blocks are."""
    if base.count("\n") != written.count("\n"):
        return False
    comments = [comment.rstrip() for comment in re.findall(_COMMENT, base)]
    if "\\" in base or any('"' in comment for comment in comments):
        return False  # where strings begin and end is harder to tell then
    return _words_and_strings(base) == _words_and_strings(written) and comments == [
        comment.rstrip() for comment in re.findall(_COMMENT, written)
    ]


def _words_and_strings(body: str) -> tuple[list[str], list[str]]:
    pieces = body.split('"')
    return ' " '.join(pieces[::2]).replace("\n", " \0 ").split(), pieces[1::2]


def _compare(base: re.Match[str], written: re.Match[str], first_line: int, opening: str) -> Iterator[Loss]:
    """Block attributes may move behind the fields; fields keep their order; owners keep their comments."""
    name = " ".join(_key(base))
    wanted, there = _with_keys(base[4], written[4], first_line)
    if opening:
        wanted.insert(0, _Declaration("", (opening,), opening, first_line - 1))
    owners: dict[str, list[tuple[str, ...]]] = {}
    for declaration in there:
        owners.setdefault(declaration.key, []).append(declaration.comments)
    comments = Counter(comment for declaration in there for comment in declaration.comments)
    for declaration in wanted:
        if not declaration.key:
            comments.subtract(declaration.comments)
            if any(comments[comment] < 0 for comment in declaration.comments):
                yield Loss(name, declaration.written, declaration.line)
        elif not _take(owners.get(declaration.key, []), declaration.comments):
            yield Loss(name, declaration.written, declaration.line)
    if moved := _out_of_order(wanted, there):
        yield Loss(name, moved.written, moved.line)


def _with_keys(base: str, written: str, first_line: int) -> tuple[list[_Declaration], list[_Declaration]]:
    """Lines are keyed as they are but for blanks; only where one is not found, all are taken apart into tokens."""
    wanted, there = list(_declarations(base, first_line)), list(_declarations(written, 1))
    known = {declaration.key for declaration in there}
    if all(declaration.key in known for declaration in wanted):
        return wanted, there
    return _canonically_keyed(wanted), _canonically_keyed(there)


def _canonically_keyed(declarations: list[_Declaration]) -> list[_Declaration]:
    return [declaration._replace(key=_canonical(declaration.key)) for declaration in declarations]


def _take(owners: list[tuple[str, ...]], comments: tuple[str, ...]) -> bool:
    for owner in owners:
        if owner[len(owner) - len(comments) :] == comments:
            owners.remove(owner)
            return True
    return False


def _out_of_order(wanted: list[_Declaration], there: list[_Declaration]) -> _Declaration | None:
    places = {declaration.key: place for place, declaration in enumerate(there)}
    last = -1
    for declaration in wanted:
        if declaration.key in places and declaration.key[:2] not in ("", "@@"):
            place = places[declaration.key]
            if place < last:
                return declaration
            last = place
    return None


def _declarations(body: str, first_line: int) -> Iterator[_Declaration]:
    """Each line that declares, with the comments right above it; comments above a gap have no key."""
    comments: list[str] = []
    for number, line in enumerate(body.split("\n"), first_line):
        stripped = line.strip()
        if stripped[:2] == "//":
            if stripped != _MARK:
                comments.append(stripped)
        elif stripped or comments:
            yield _Declaration(_squeezed(stripped), tuple(comments), stripped or comments[0], number)
            comments = []


def _squeezed(line: str) -> str:
    """A line with single blanks, but strings and comments as they are."""
    if '"' not in line and "//" not in line:
        return " ".join(line.split())
    found = re.match(_CODE, line)
    assert found is not None
    return " ".join([*_tokens(found[1]), found[2].rstrip()])


def _tokens(code: str) -> list[str]:
    return ["".join(token.split()) if token[0] == "@" else token for token in re.findall(_WORD, code)]


@lru_cache(maxsize=4096)  # fields such as `createdAt` are the same in most models
def _canonical(line: str) -> str:
    """A line without its layout: tokens by single blanks, attributes of a field in order, its comment behind."""
    found = re.match(_CODE, line)
    assert found is not None
    code, comment = found[1], found[2]
    tokens = _tokens(code)
    depth, words, attributes = 0, [], []
    for word in tokens:
        if word[0] == "@" and not depth:
            attributes.append(word)
        elif attributes:
            attributes[-1] += " " + word
        else:
            words.append(word)
        depth += (word in "([") - (word in ")]")
    return " ".join([*words, *sorted(attributes), comment.rstrip()])


def _lost_comments(base: _Text, written: _Text) -> Iterator[Loss]:
    """Comments outside blocks: each must be there, as often as in base."""
    there = Counter(comment for comment, _ in _outer_comments(written))
    for comment, line in _outer_comments(base):
        there[comment] -= 1
        if there[comment] < 0:
            yield Loss("", comment, line)


def _outer_comments(whole: _Text) -> Iterator[tuple[str, int]]:
    place, line, text = 0, 1, whole.text
    for found in (*whole.blocks, None):
        end = found.start() if found else len(text)
        between = text[place:end]
        if "//" in between:
            for number, comment in enumerate(between.split("\n"), line):
                if comment.strip().startswith("//") and comment.strip() != _MARK:
                    yield comment.strip(), number
        line += text.count("\n", place, found.end() if found else end)
        place = found.end() if found else end
