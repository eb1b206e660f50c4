"""Which models belong together: as a tag or a section of the file says, else as their relations do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kaven_schema.docs.comments import section_title
from kaven_schema.docs.communities import communities
from kaven_schema.docs.schema import Area
from kaven_schema.rules.words import words
from kaven_schema.syntax.ast import BlockKind, Comment
from kaven_schema.syntax.document import BlockText, Document

if TYPE_CHECKING:
    from kaven_schema.docs.schema import Relation
    from kaven_schema.pipeline import Merged

_OTHERS = "Other"
_HUB_DEGREE = 8


def find_areas(
    merged: Merged, names: Sequence[str], relations: Sequence[Relation], tagged: Mapping[str, str]
) -> tuple[Area, ...]:
    """Every model is in one area; areas come in the order of their first models.

    `/// @kaven.area Name` above a model goes before the section of the file in which it is first declared.
    """
    known = {**_sections(merged), **tagged}
    known = {name: known[name] for name in names if name in known}
    loose = [name for name in names if name not in known]
    return _ordered(names, {**known, **_found(loose, relations, set(known.values()))})


def _ordered(names: Sequence[str], area_of: Mapping[str, str]) -> tuple[Area, ...]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(area_of[name], []).append(name)
    return tuple(Area(name=area, models=tuple(models)) for area, models in found.items())


def _sections(merged: Merged) -> dict[str, str]:
    found: dict[str, str] = {}
    for document in merged.layers.documents:
        for title, blocks in _titled(document):
            # Behind a section of enums or of settings comes what has no section of its own.
            if blocks and blocks[0].kind in (BlockKind.MODEL, BlockKind.VIEW):
                for block in blocks:
                    found.setdefault(block.name, title)
    return found


def _titled(document: Document) -> Iterator[tuple[str, list[BlockText]]]:
    title = ""
    blocks: list[BlockText] = []
    comments: list[str] = []
    for item in document.items:
        if isinstance(item, Comment):
            comments.append(item.text)
            continue
        if found := section_title(comments):
            if title:
                yield title, blocks
            title, blocks = found, []
        comments = []
        if isinstance(item, BlockText):
            blocks.append(item)
    if title:
        yield title, blocks


def _found(loose: Sequence[str], relations: Iterable[Relation], taken: Collection[str]) -> dict[str, str]:
    """By model the area that its relations and its name put it in."""
    area_of: dict[str, str] = {}
    names = set(taken)
    alone: list[str] = []
    for group in communities(loose, _links(loose, relations)):
        if len(group) == 1:
            alone += group
            continue
        title = _free(_title(group, relations), names)
        names.add(title)
        area_of |= dict.fromkeys(group, title)
    others = _free(_OTHERS, names)
    return area_of | dict.fromkeys(alone, others)


def _links(loose: Sequence[str], relations: Iterable[Relation]) -> dict[tuple[str, str], float]:
    """How strongly two models belong together. What very many models refer to holds none of them together."""
    inside = set(loose)
    pairs = {(r.child, r.parent) for r in relations if r.child != r.parent}
    referred = Counter(parent for _, parent in pairs)
    weights: dict[tuple[str, str], float] = {}
    for child, parent in sorted(pairs):
        if {child, parent} <= inside and referred[parent] <= _HUB_DEGREE:
            _add(weights, child, parent, 1.0)
    first: dict[str, str] = {}
    for name in loose:
        word = next(iter(words(name)), "")
        if word in first:
            _add(weights, first[word], name, 1.5)
        first.setdefault(word, name)
    return weights


def _add(weights: dict[tuple[str, str], float], one: str, other: str, weight: float) -> None:
    key = (min(one, other), max(one, other))
    weights[key] = weights.get(key, 0.0) + weight


def _title(group: Sequence[str], relations: Iterable[Relation]) -> str:
    """The word that most of its names begin with, else the model that most of the others refer to."""
    inside = set(group)
    starts = Counter(next(iter(words(name)), "") for name in group)
    word, count = min(starts.items(), key=lambda item: (-item[1], item[0]))
    if word and count * 2 > len(group):
        return word.capitalize()
    degree = Counter(r.parent for r in relations if {r.child, r.parent} <= inside and r.child != r.parent)
    return min(group, key=lambda name: (-degree[name], group.index(name)))


def _free(title: str, taken: Collection[str]) -> str:
    number = 2
    free = title
    while free in taken:
        free, number = f"{title} {number}", number + 1
    return free
