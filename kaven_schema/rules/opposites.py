"""The field that a relation lacks on its other side, and where to write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.diagnostics import Edit, Fix
from kaven_schema.merge.pairing import Layer, Part
from kaven_schema.rules.fixing import add_block, add_lines, insert
from kaven_schema.rules.places import field_node
from kaven_schema.rules.relations import RelationField, key_line, single_id
from kaven_schema.source import Source
from kaven_schema.syntax.literals import string_literal

_ACRONYM = re.compile(r"[A-Z]+(?=[A-Z][a-z]|[^A-Za-z]|$)|[A-Z]")


class Proposal(NamedTuple):
    """`line` is for `missing.target`; where `relation_name` is not that of `missing`, it is new."""

    missing: RelationField
    line: str
    relation_name: str


def propose(missing: Iterable[RelationField], catalog: Catalog) -> list[Proposal]:
    """One line for each relation that lacks its opposite, as far as it follows from the other side."""
    taken: dict[str, set[str]] = {}
    proposals = []
    for found in missing:
        target = found.target
        if target.name not in taken:
            taken[target.name] = {field.name for field in target.facts.fields}
        names = taken[target.name]
        if proposal := _proposal(found, names, catalog):
            names.add(proposal.line.split()[0])
            proposals.append(proposal)
    return proposals


def _proposal(found: RelationField, taken: set[str], catalog: Catalog) -> Proposal | None:
    if found.field.is_list:
        return None if found.key_fields else _over_existing_key(found, taken, catalog)
    if not found.key_fields:
        return None
    owner = found.entry.name
    relation_name = found.relation_name or (_name_for(found) if found.is_self_relation else "")
    is_single = _is_unique(found.entry, found.key_fields)
    name = lower_camel(owner) if is_single else plural(lower_camel(owner))
    name = _free(taken, name, found.field.name + name[:1].upper() + name[1:])
    suffix = f" @relation({string_literal(relation_name)})" if relation_name else ""
    return Proposal(found, f"{name} {owner}{'?' if is_single else '[]'}{suffix}", relation_name)


def _over_existing_key(found: RelationField, taken: set[str], catalog: Catalog) -> Proposal | None:
    """The opposite of a list, where the other model has the field for the key already."""
    identity = single_id(found.entry)
    name = lower_camel(found.entry.name)
    key = found.target.facts.field(f"{name}Id")
    if identity is None or key is None or key.is_list or name in taken:
        return None
    used = {own for field in found.target.facts.fields if field.relation for own in field.relation.fields}
    if key.name in used or (key.type, key.native) != (identity.type, identity.native) or catalog.target(key):
        return None
    first = f"{string_literal(found.relation_name)}, " if found.relation_name else ""
    relation = f"@relation({first}fields: [{key.name}], references: [{identity.name}])"
    return Proposal(found, f"{name} {found.entry.name}{key.arity} {relation}", found.relation_name)


def in_words(found: RelationField) -> str:
    """What to type on both sides for a single field that says nothing of its key, or for a list."""
    if found.field.is_list or not found.is_extended or single_id(found.target) is None:
        return _key_on_target(found)
    own, target = found.entry, found.target
    arity, key, identity = found.field.arity, f"{found.field.name}Id", single_id(target)
    assert identity is not None
    name = found.relation_name or (_name_for(found) if found.is_self_relation else "")
    first = f"{string_literal(name)}, " if name else ""
    lines = [] if own.facts.field(key) else [f"`{key_line(key, identity, arity)}`"]
    relation = f"@relation({first}fields: [{key}], references: [{identity.name}])"
    lines.append(f"`{found.field.name} {target.name}{arity} {relation}`")
    return f"write {' and '.join(lines)} in `{own.name}`, and `{_list_back(found, name)}` in `{target.name}`"


def _key_on_target(found: RelationField) -> str:
    """Of base's model a field has to be optional: the rows that exist have nothing in it."""
    owner, target, identity = found.entry.name, found.target, single_id(found.entry)
    name, arity = lower_camel(owner), "?" if target.is_vendors else ""
    first = f"{string_literal(found.relation_name)}, " if found.relation_name else ""
    references = identity.name if identity else "id"
    line = f"{name} {owner}{arity} @relation({first}fields: [{name}Id], references: [{references}])"
    one = f"`{line}` and the field `{key_line(f'{name}Id', identity, arity)}`"
    if not found.field.is_list or found.is_self_relation:
        return f"add {one} to `{target.name}`"
    many = _list_back(found, found.relation_name)
    return f"add {one} to `{target.name}`; or, if each has many of the other, `{many}`"


def _list_back(found: RelationField, relation_name: str) -> str:
    owner = found.entry.name
    taken = {field.name for field in found.target.facts.fields}
    many = plural(lower_camel(owner))
    many = _free(taken, many, found.field.name + many[:1].upper() + many[1:])
    suffix = f" @relation({string_literal(relation_name)})" if relation_name else ""
    return f"{many} {owner}[]{suffix}"


def _is_unique(entry: Entry, fields: tuple[str, ...]) -> bool:
    return any(index.kind in ("id", "unique") and index.fields == fields for index in entry.facts.indexes)


def _name_for(found: RelationField) -> str:
    return found.entry.name + found.field.name[:1].upper() + found.field.name[1:]


def _free(taken: set[str], *names: str) -> str:
    numbered = (f"{names[-1]}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in chain(names, numbered) if name not in taken)


def lower_camel(name: str) -> str:
    """`APIKey` gives `apiKey`, `UserTenant` gives `userTenant`."""
    start = _ACRONYM.match(name)
    return name[: start.end()].lower() + name[start.end() :] if start else name


def plural(word: str) -> str:
    if re.search(r"(?:s|x|z|ch|sh)$", word):
        return word if re.search(r"[^aisu]s$", word) else f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


# --- where to write it ----------------------------------------------------------------------------------


def fixes(proposals: Sequence[Proposal], catalog: Catalog) -> dict[str, Fix]:
    """By the field that lacks its opposite. A model of base that has no extension yet gets one for all."""
    by_target: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        by_target.setdefault(proposal.missing.target.name, []).append(proposal)
    found: dict[str, Fix] = {}
    for together in by_target.values():
        extension = _new_extension(together, catalog)
        for proposal in together:
            missing = proposal.missing
            own = _extended_part(missing.target)
            edit = add_lines(own, (proposal.line,)) if own else extension
            naming = _naming(proposal)
            if edit and naming is not None:
                title = f"add `{proposal.line}` to `{missing.target.name}`"
                found[missing.shown] = Fix(title, (*naming, edit))
    return found


def _naming(proposal: Proposal) -> tuple[Edit, ...] | None:
    """What gives the relation its new name; None where base would have to change."""
    missing = proposal.missing
    if proposal.relation_name == missing.relation_name:
        return ()
    return (_name_relation(missing, proposal.relation_name),) if missing.is_extended else None


def _new_extension(together: Sequence[Proposal], catalog: Catalog) -> Edit | None:
    target = together[0].missing.target
    source = _source(together[0].missing, catalog)
    if source is None or _extended_part(target):
        return None
    return add_block(source, f"{target.kind.value} {target.name}", [proposal.line for proposal in together])


def _extended_part(entry: Entry) -> Part | None:
    return next((part for part in entry.merged.parts if part.layer is Layer.EXTENDED), None)


def _source(missing: RelationField, catalog: Catalog) -> Source | None:
    """The file of the field itself, or any other of the developer's."""
    if missing.is_extended:
        return missing.entry.part(missing.field.place).text.source
    parts = (part for entry in catalog.entries if (part := _extended_part(entry)))
    return next((part.text.source for part in parts), None)


def _name_relation(missing: RelationField, name: str) -> Edit:
    part, declared = field_node(missing.entry, missing.field)
    attribute = declared.attribute("relation")
    assert attribute is not None
    assert attribute.arguments is not None
    return insert(part, declared.place_of(attribute.arguments).start + 1, f'"{name}", ')
