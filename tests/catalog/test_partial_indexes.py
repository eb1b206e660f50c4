"""Declarations as they are read, and what keeps them on their way through the compiler."""

from __future__ import annotations

import pytest

from kaven_schema.catalog.partial_indexes import (
    Element,
    Misread,
    PartialIndex,
    all_partial_indexes,
    declaration_line,
    read_declarations,
)
from kaven_schema.database.partial_indexes.declared import declared
from kaven_schema.engines.schema_wasm import SchemaEngine
from tests.rules.compiling import compile_texts

BASE = """\
model User {
  id        String    @id
  email     String
  deletedAt DateTime? @map("deleted_at")

  @@map("users")
}
"""
NOT_DELETED = (
    r"""/// @kaven.index([email, deletedAt(sort: Desc)], where: "deleted_at IS NULL AND email <> 'a\"b'")"""
)


def read(line: str) -> PartialIndex | Misread:
    catalog = compile_texts(
        {"base.prisma": BASE, "extended.prisma": f"model User {{\n  {line}\n}}\n"}
    ).catalog
    (found,) = read_declarations(catalog.by_name["User"])
    return found


def test_each_part_stands_where_it_was_written() -> None:
    found = read(NOT_DELETED)
    assert isinstance(found, PartialIndex)
    text = f"model User {{\n  {NOT_DELETED}\n}}\n"
    assert found.where == "deleted_at IS NULL AND email <> 'a\"b'"
    assert text[slice(*found.elements[1].span)] == "deletedAt"
    for word, written in (("deleted_at", "deleted_at"), ("'a\"b'", r"'a\"b'"), ("NULL", "NULL")):
        start = found.where.index(word)
        assert text[slice(*found.where_span(start, start + len(word)))] == written
    assert text[slice(*found.place.span)] == NOT_DELETED


@pytest.mark.parametrize(
    ("line", "sql"),
    [
        (
            NOT_DELETED,
            (
                'CREATE INDEX "users_email_deleted_at_partial_idx" ON "users"("email", "deleted_at" DESC)'
                " WHERE deleted_at IS NULL AND email <> 'a\"b'"
            ),
        ),
        (
            '/// @kaven.index(fields: email, where: " true ", unique: true, map: "Only One")',
            'CREATE UNIQUE INDEX "Only One" ON "users"("email") WHERE true',
        ),
        (
            '/// @kaven.index([email(ops: raw("gin_trgm_ops"))], type: Gin, where: "true", name: "by_word")',
            'CREATE INDEX "by_word" ON "users" USING GIN("email" gin_trgm_ops) WHERE true',
        ),
    ],
    ids=["mapped", "unique", "method"],
)
def test_statement(line: str, sql: str) -> None:
    catalog = compile_texts(
        {"base.prisma": BASE, "extended.prisma": f"model User {{\n  {line}\n}}\n"}
    ).catalog
    (index,) = declared(all_partial_indexes(catalog))
    assert index.creation() == sql
    assert index.creation(concurrently=True) == sql.replace("INDEX", "INDEX CONCURRENTLY", 1)


def test_a_long_name_keeps_its_ending() -> None:
    base = BASE.replace("users", "ü" * 40)
    extended = 'model User {\n  /// @kaven.index([email], where: "true")\n}\n'
    (index,) = declared(
        all_partial_indexes(compile_texts({"base.prisma": base, "extended.prisma": extended}).catalog)
    )
    assert len(index.name.encode()) <= 63
    assert index.name.endswith("_partial_idx")


def test_line_and_back() -> None:
    line = declaration_line(("email", "deletedAt(sort: Desc)"), "a = '\\\"'", name="x", is_unique=True)
    found = read(line)
    assert isinstance(found, PartialIndex)
    assert found.where == "a = '\\\"'"
    assert (found.name, found.is_unique, found.method) == ("x", True, "BTree")
    assert found.elements[1] == Element("deletedAt", descending=True, ops="", span=found.elements[1].span)


def test_line_of_another_method() -> None:
    found = read(declaration_line(("email",), "true", method="Brin"))
    assert isinstance(found, PartialIndex)
    assert found.method == "Brin"


def test_prisma_sees_no_documentation_in_it() -> None:
    """Beside the block attributes the comment belongs to no field, and the formatter leaves it."""
    text = 'datasource db {\n  provider = "postgresql"\n  url      = "x"\n}\n\n' + BASE.replace(
        "  @@map", f"  {NOT_DELETED}\n  @@map"
    )
    engine = SchemaEngine.load("5.17")
    assert engine.format(text) == text
    (model,) = engine.dmmf([("schema.prisma", text)])["datamodel"]["models"]
    assert "kaven" not in str(model)
    assert model["uniqueIndexes"] == []
