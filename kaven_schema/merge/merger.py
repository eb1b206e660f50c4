"""Field by field: the members of one merged block, each with the part it comes from. Judges nothing.

Order: base's fields and relations as base has them, extended's fields, extended's relations, then the block
attributes, base's first. Comments and empty lines travel with the member below them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.syntax.ast import (
    Block,
    BlockAttribute,
    BlockKind,
    Comment,
    EmptyLines,
    EnumValue,
    Field,
    Member,
    Property,
)
from kaven_schema.syntax.printer import own_members

IsRelation = Callable[[Field], bool]


class MergedMember(NamedTuple):
    """A member and the index of its part; None for a comment or a gap that the merge itself adds."""

    part: int | None
    member: Member


class MergeResult(NamedTuple):
    """The merged block, and for each of its members the index of the part it comes from."""

    block: Block
    parts: tuple[int | None, ...]


_Group = list[MergedMember]  # a member and the comments right above it
_GAP = MergedMember(None, EmptyLines())


class _Body(NamedTuple):
    """A part taken apart: what leads up to its last field, the comments behind that, the block attributes."""

    fields: list[_Group]
    comments: list[_Group]
    attributes: list[_Group]


def merge_block(merged: MergedBlock, is_relation: IsRelation) -> MergeResult:
    if len(merged.parts) == 1:
        own = tuple(own_members(merged.parts[0].block))
        return MergeResult(Block(kind=merged.kind, name=merged.name, members=own), (0,) * len(own))
    members = _merge(merged, is_relation)
    block = Block(kind=merged.kind, name=merged.name, members=tuple([member for _, member in members]))
    return MergeResult(block, tuple([part for part, _ in members]))


def _merge(merged: MergedBlock, is_relation: IsRelation) -> list[MergedMember]:
    bodies = [_take_apart(number, part.block) for number, part in enumerate(merged.parts)]
    base, *extensions = bodies
    sections = [_flat(base.fields)]
    for title, keep in _sections(merged.kind, is_relation):
        by_file: dict[str, list[MergedMember]] = {}
        for part, body in zip(merged.parts[1:], extensions, strict=True):
            if chosen := _chosen(body.fields, keep):
                by_file.setdefault(part.text.source.path, []).extend([*chosen, _GAP])
        sections += [_section(title, path, members) for path, members in by_file.items()]
    sections.append(_flat(group for body in bodies for group in _spaced(body.comments)))
    sections.append(_flat(group for body in bodies for group in body.attributes))
    return [member for section in sections if (trimmed := _trim(section)) for member in (*trimmed, _GAP)]


def _sections(kind: BlockKind, is_relation: IsRelation) -> list[tuple[str, Callable[[Member], bool]]]:
    if kind is BlockKind.ENUM:
        return [("values", lambda _member: True)]

    def relation(member: Member) -> bool:
        return isinstance(member, Field) and is_relation(member)

    return [("fields", lambda member: not relation(member)), ("relations", relation)]


def _section(title: str, path: str, members: list[MergedMember]) -> list[MergedMember]:
    heading = MergedMember(None, Comment(text=f"// Extended {title} (from {os.path.basename(path)})"))
    # Prisma's formatter wraps a block comment right below another comment once more at each of its runs.
    first = members[0].member
    wraps = isinstance(first, Comment) and first.text.startswith("/*")
    return [heading, *([_GAP] if wraps else []), *members]


def _take_apart(part: int, block: Block) -> _Body:
    groups = list(_groups(part, own_members(block)))
    declaring = [number for number, group in enumerate(groups) if _declares(group)]
    last = declaring[-1] if declaring else -1
    return _Body(
        fields=[group for group in groups[: last + 1] if not _is_attribute(group)],
        comments=[group for group in groups[last + 1 :] if not _is_attribute(group)],
        attributes=[group for group in groups if _is_attribute(group)],
    )


def _groups(part: int, members: Sequence[Member]) -> Iterator[_Group]:
    """Members with the comments right above them; a gap, and comments above a gap, stand by themselves."""
    group: _Group = []
    for member in members:
        if isinstance(member, EmptyLines):
            if group:
                yield group
            yield [MergedMember(part, member)]
            group = []
            continue
        group.append(MergedMember(part, member))
        if not isinstance(member, Comment):
            yield group
            group = []
    if group:
        yield group


def _declares(group: _Group) -> bool:
    return isinstance(group[-1].member, Field | EnumValue | Property)


def _is_attribute(group: _Group) -> bool:
    return isinstance(group[-1].member, BlockAttribute)


def _chosen(groups: Iterable[_Group], keep: Callable[[Member], bool]) -> list[MergedMember]:
    """The declarations that `keep` wants, each with the gaps and comments between it and the one before."""
    chosen: list[MergedMember] = []
    waiting: list[MergedMember] = []
    for group in groups:
        waiting += group
        if _declares(group):
            if keep(group[-1].member):
                chosen += waiting
            waiting = []
    return _trim(chosen)


def _spaced(groups: Iterable[_Group]) -> Iterator[_Group]:
    yield from groups
    yield [_GAP]


def _flat(groups: Iterable[_Group]) -> list[MergedMember]:
    return [member for group in groups for member in group]


def _trim(members: list[MergedMember]) -> list[MergedMember]:
    start, end = 0, len(members)
    while start < end and isinstance(members[start].member, EmptyLines):
        start += 1
    while end > start and isinstance(members[end - 1].member, EmptyLines):
        end -= 1
    return members[start:end]
