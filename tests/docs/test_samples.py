"""Every sample row is inserted into a real PostgreSQL, with the tables that Prisma's own engine makes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from kaven_schema.database.url import DatabaseUrl
from kaven_schema.docs.samples import in_order, quoted, sample_rows
from kaven_schema.docs.schema import DocumentedSchema
from kaven_schema.engines.schema_engine import Empty, SchemaEngineSession, SchemaFiles
from kaven_schema.pipeline import Merged
from tests.database.servers import query
from tests.docs.schemas import example, example_merged, large, of_text, tricky, tricky_merged

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(scope="module")
def engine() -> Iterator[SchemaEngineSession]:
    with SchemaEngineSession.start() as session:
        yield session


def insert_all(
    schema: DocumentedSchema, merged: Merged, engine: SchemaEngineSession, database: DatabaseUrl
) -> int:
    """How many rows stand there; each in its own table, all in one transaction."""
    query(database, engine.script(Empty(), SchemaFiles([("schema.prisma", merged.text)])))
    rows = sample_rows(schema)
    with psycopg.connect(database.conninfo(), password=database.password) as connection:
        for row in in_order(rows):
            connection.execute(row.sql.encode())
        tables = [schema.by_name[name].table for name in rows]
        counts = [
            connection.execute(f"SELECT count(*) FROM {quoted(table)}".encode()).fetchone()
            for table in tables
        ]
    return sum(count[0] for count in counts if count)


def test_every_row_of_the_example_inserts(engine: SchemaEngineSession, database: DatabaseUrl) -> None:
    assert insert_all(example(), example_merged(), engine, database) == len(example().models) == 13


def test_every_row_of_a_schema_full_of_traps_inserts(
    engine: SchemaEngineSession, database: DatabaseUrl
) -> None:
    without = {"Alpha", "Omega", "Unknowable"}
    assert without == {model.name for model in tricky().models} - sample_rows(tricky()).keys()
    assert insert_all(tricky(), tricky_merged(), engine, database) == len(tricky().models) - len(without)


def test_rows_are_those_of_the_specification_where_it_has_one() -> None:
    rows = sample_rows(example())
    assert rows["OrderItem"].sql == (
        "INSERT INTO order_items\n"
        "  (id, order_id, product_id, description, quantity, price, total)\n"
        "VALUES\n"
        "  ('a23e4567-e89b-12d3-a456-426614174009', '923e4567-e89b-12d3-a456-426614174008', 'prod-123', "
        "'Widget Pro', 2, 100.00, 200.00);"
    )
    assert rows["OrderItem"].after == ("Order",)
    assert "updated_at" in rows["User"].sql  # the specification's own row leaves it null


def test_parents_come_first() -> None:
    rows = sample_rows(large())
    assert len(rows) == 75
    done: set[str] = set()
    for row in in_order(rows):
        assert set(row.after) <= done
        done.add(row.model)


def test_the_same_schema_gives_the_same_rows() -> None:
    assert sample_rows(tricky()) == sample_rows(tricky())


def test_other_databases_have_none() -> None:
    schema = of_text("model A {\n  id Int @id\n}\n")
    assert sample_rows(DocumentedSchema("", "mysql", schema.areas, schema.models, (), ())) == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("users", "users"), ("user", '"user"'), ("createdAt", '"createdAt"'), ('a"b', '"a""b"'), ("1a", '"1a"')],
)
def test_names_are_quoted_where_they_must_be(name: str, shown: str) -> None:
    assert quoted(name) == shown
