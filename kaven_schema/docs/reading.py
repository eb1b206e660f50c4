"""From the merged schema to what its documentation tells."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.documentation import above, of_members
from kaven_schema.catalog.facts import FieldFacts, IndexFacts, Place
from kaven_schema.catalog.partial_indexes import partial_indexes
from kaven_schema.docs.areas import find_areas
from kaven_schema.docs.comments import Said, above_attributes, behind, read_comment
from kaven_schema.docs.relations import read_relations
from kaven_schema.docs.schema import (
    DocumentedEnum,
    DocumentedField,
    DocumentedIndex,
    DocumentedModel,
    DocumentedSchema,
    EnumValueDoc,
    Note,
    RelationField,
)
from kaven_schema.docs.scopes import describe_scopes
from kaven_schema.docs.specification import specified
from kaven_schema.docs.sql_types import sql_type
from kaven_schema.files import shown_path
from kaven_schema.render.layout import Origin
from kaven_schema.rules.constraints import NAMINGS, constraints
from kaven_schema.syntax.ast import BlockKind, EnumValue, Field
from kaven_schema.syntax.printer import print_attribute

if TYPE_CHECKING:
    from pathlib import Path

    from kaven_schema.docs.schema import Relation
    from kaven_schema.pipeline import Merged

_KINDS = {"id": "primary key", "unique": "unique", "index": "index", "fulltext": "full text"}
_WITH_FIELDS = (BlockKind.MODEL, BlockKind.VIEW, BlockKind.TYPE)


def read_schema(
    merged: Merged, title: str, root: Path, global_models: tuple[str, ...] = ()
) -> DocumentedSchema:
    """`merged` is valid. Places are told relative to `root`."""
    return _Reader(merged, root, global_models).schema(title)


class _Reader:
    def __init__(self, merged: Merged, root: Path, global_models: tuple[str, ...]) -> None:
        self._merged = merged
        self._catalog: Catalog = merged.catalog
        self._root = root
        self._scopes = describe_scopes(self._catalog, global_models)
        self._limit = NAMINGS.get(self._catalog.provider(), NAMINGS["postgresql"]).limit
        self._is_postgres = self._catalog.provider() in ("postgresql", "postgres", "cockroachdb", "")
        self._paths: dict[str, str] = {}

    def schema(self, title: str) -> DocumentedSchema:
        entries = list(self._catalog.of_kind(*_WITH_FIELDS))
        said = {entry.name: self._said(entry) for entry in entries}
        relations = read_relations(self._catalog, self._limit)
        tagged = {name: found.tags["area"][-1] for name, found in said.items() if found.tags.get("area")}
        areas = find_areas(self._merged, [entry.name for entry in entries], relations, tagged)
        area_of = {name: area.name for area in areas for name in area.models}
        keys = _opposites(relations)
        models = tuple(self._model(entry, said[entry.name], area_of, keys) for entry in entries)
        enums = tuple(self._enum(entry) for entry in self._catalog.of_kind(BlockKind.ENUM))
        return DocumentedSchema(title, self._catalog.provider(), areas, models, enums, relations)

    def _said(self, entry: Entry) -> Said:
        return read_comment(line.text for part in entry.merged.parts for line in above(part.text))

    def _model(
        self, entry: Entry, said: Said, area_of: dict[str, str], opposites: dict[tuple[str, str], str]
    ) -> DocumentedModel:
        members = list(self._members(entry))
        fields = [self._field(entry, *member) for member in members if not self._catalog.target(member[0])]
        relation_fields = [
            self._relation_field(entry, facts, text, opposites)
            for facts, _, text in members
            if self._catalog.target(facts)
        ]
        return DocumentedModel(
            name=entry.name,
            kind=entry.kind.value,
            table=".".join(filter(None, (entry.facts.schema, entry.facts.table))),
            area=area_of[entry.name],
            note=_note(entry, said),
            is_yours=not entry.is_vendors,
            is_extended=bool(entry.merged.extensions),
            fields=tuple(fields),
            relation_fields=tuple(relation_fields),
            indexes=(*self._indexes(entry), *self._partial_indexes(entry)),
            origins=self._origins(entry),
            scope=self._scopes.get(entry.name, ""),
        )

    def _members(self, entry: Entry) -> Iterator[tuple[FieldFacts, Field, str]]:
        """Every field once: its facts, its node and its documentation."""
        written = [
            (member, lines)
            for part in entry.merged.parts
            for member, lines in of_members(part.block)
            if isinstance(member, Field)
        ]
        for facts, (node, lines) in zip(entry.facts.fields, written, strict=True):
            text = read_comment(line.text for line in lines).text
            yield facts, node, "\n".join(filter(None, (text, behind(node))))

    def _field(self, entry: Entry, facts: FieldFacts, node: Field, text: str) -> DocumentedField:
        kind = self._catalog.kind_of(facts.type)
        enum = self._catalog.by_name[facts.type].facts.table if kind is BlockKind.ENUM else None
        targets = tuple(
            dict.fromkeys(
                other.type
                for other in entry.facts.fields
                if other.relation and facts.name in other.relation.fields
            )
        )
        return DocumentedField(
            name=facts.name,
            type=facts.type,
            arity=facts.arity,
            column=facts.column,
            sql_type=sql_type(facts, node, enum, is_postgres=self._is_postgres),
            marks=_marks(entry, facts, targets),
            default=facts.default,
            attributes=" ".join(print_attribute(one) for one in node.attributes),
            text=text,
            is_yours=entry.is_extended(facts.place),
            origin=self._origin(entry, facts.place),
            enum=enum is not None,
            is_ignored=facts.is_ignored,
            targets=targets,
        )

    def _relation_field(
        self, entry: Entry, facts: FieldFacts, text: str, opposites: dict[tuple[str, str], str]
    ) -> RelationField:
        return RelationField(
            name=facts.name,
            target=facts.type,
            arity=facts.arity,
            opposite=opposites.get((entry.name, facts.name), ""),
            fields=facts.relation.fields if facts.relation else (),
            text=text,
            is_yours=entry.is_extended(facts.place),
            origin=self._origin(entry, facts.place),
        )

    def _indexes(self, entry: Entry) -> Iterator[DocumentedIndex]:
        if entry.kind is BlockKind.VIEW:
            return  # what is unique in it only Prisma's client is told
        texts = [above_attributes(part.block) for part in entry.merged.parts]
        for found in constraints(entry, self._limit):
            if isinstance(found.facts, IndexFacts):
                place = found.facts.place
                yield DocumentedIndex(
                    name=found.name,
                    kind=_KINDS[found.facts.kind],
                    fields=found.facts.fields,
                    text=texts[place.part].get(place.start, ""),
                    is_yours=entry.is_extended(place),
                    origin=self._origin(entry, place),
                )

    def _partial_indexes(self, entry: Entry) -> Iterator[DocumentedIndex]:
        for index in partial_indexes(entry):
            yield DocumentedIndex(
                name=index.stored_name(entry.facts),
                kind="partial unique" if index.is_unique else "partial index",
                fields=index.fields,
                text="",
                is_yours=entry.is_extended(index.place),
                origin=self._origin(entry, index.place),
                where=index.where,
            )

    def _enum(self, entry: Entry) -> DocumentedEnum:
        lines = {
            (part, member.name): text
            for part, one in enumerate(entry.merged.parts)
            for member, text in of_members(one.block)
            if isinstance(member, EnumValue)
        }
        values = tuple(
            EnumValueDoc(
                name=name,
                stored=stored,
                text=read_comment(line.text for line in lines[place.part, name]).text,
                is_yours=entry.is_extended(place),
                origin=self._origin(entry, place),
            )
            for name, stored, place in entry.facts.values
        )
        return DocumentedEnum(
            name=entry.name,
            stored=entry.facts.table,
            text=self._said(entry).text,
            is_yours=not entry.is_vendors,
            is_extended=bool(entry.merged.extensions),
            values=values,
            used_by=tuple(self._users(entry.name)),
            origins=self._origins(entry),
        )

    def _users(self, enum: str) -> Iterator[tuple[str, str]]:
        for entry in self._catalog.of_kind(*_WITH_FIELDS):
            yield from ((entry.name, field.name) for field in entry.facts.fields if field.type == enum)

    def _origins(self, entry: Entry) -> tuple[Origin, ...]:
        places = (Place(number, *part.text.name_span) for number, part in enumerate(entry.merged.parts))
        return tuple(self._origin(entry, place) for place in places)

    def _origin(self, entry: Entry, place: Place) -> Origin:
        source, span, _ = entry.label(place)
        path = self._paths.get(source.path)
        if path is None:
            path = self._paths[source.path] = _relative(source.path, self._root)
        return Origin(path, source.position(span.start).line)


def _relative(path: str, root: Path) -> str:
    import os

    relative = os.path.relpath(os.path.abspath(path), root)
    return (shown_path(type(root)(path)) if relative.startswith("..") else relative).replace(os.sep, "/")


def _note(entry: Entry, said: Said) -> Note:
    """What comments say goes before what the specification says of a model of that name in base."""
    known = specified(entry.name, entry.facts.table) if entry.is_vendors else Note()
    return Note(
        text=said.text,
        purpose=" ".join(said.tags.get("purpose", ())) or known.purpose,
        features=(*known.features, *said.tags.get("feature", ())),
        important=known.important,
        security=(*known.security, *said.tags.get("security", ())),
        tags=MappingProxyType(said.tags),
    )


def _marks(entry: Entry, facts: FieldFacts, targets: tuple[str, ...]) -> tuple[str, ...]:
    keys = [index for index in entry.facts.indexes if facts.name in index.fields]
    is_key = any(index.kind == "id" for index in keys)
    is_unique = any(index.kind == "unique" and len(index.fields) == 1 for index in keys)
    return tuple(mark for mark, holds in (("PK", is_key), ("FK", targets), ("U", is_unique)) if holds)


def _opposites(relations: tuple[Relation, ...]) -> dict[tuple[str, str], str]:
    found = {}
    for relation in relations:
        found[relation.child, relation.child_field] = relation.parent_field
        found[relation.parent, relation.parent_field] = relation.child_field
    return found
