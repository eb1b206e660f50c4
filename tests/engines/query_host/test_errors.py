"""Error codes: each as the native engine gives it, so that the client raises the same exception class."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("query_host")

MISSING = "00000000-0000-4000-8000-000000000000"


def fails(client: Any, prisma: Any, name: str, work: Any) -> str:
    """The code of the exception, which has to be of that class and no other."""
    with pytest.raises(prisma.errors.PrismaError) as raised:
        work(client)
    assert type(raised.value).__name__ == name, repr(raised.value)
    return str(getattr(raised.value, "code", ""))


@pytest.mark.parametrize(
    ("code", "name", "work"),
    [
        ("P2000", "DataError", lambda db: db.scalars.create({"fixed": "too long"})),
        ("P2002", "UniqueViolationError", lambda db: db.user.create({"email": "a"})),
        ("P2003", "ForeignKeyViolationError", lambda db: db.post.create({"title": "x", "authorId": MISSING})),
        ("P2003", "ForeignKeyViolationError", lambda db: db.user.delete(where={"email": "member"})),
        ("P2009", "FieldNotFoundError", lambda db: db.user.find_first(where={"nothing": 1})),
        ("P2010", "RawQueryError", lambda db: db.query_raw("SELECT nonsense")),
        ("P2010", "RawQueryError", lambda db: db.execute_raw("DROP TABLE nowhere")),
        ("P2009", "MissingRequiredValueError", lambda db: db.user.create({})),
        ("P2014", "DataError", lambda db: db.user.update(
            where={"email": "profile"}, data={"profile": {"disconnect": True}})),
        ("P2020", "DataError", lambda db: db.scalars.create({"int": 2**40})),
        ("P2025", "RecordNotFoundError", lambda db: db.user.find_unique_or_raise(where={"email": "none"})),
        ("P2025", "RecordNotFoundError", lambda db: db.post.create(
            {"title": "x", "author": {"connect": {"id": MISSING}}})),
        ("P2033", "DataError", lambda db: db.scalars.create({"bigint": 2**63})),
    ],
)  # fmt: skip
def test_codes(client: Any, prisma: Any, code: str, name: str, work: Any) -> None:
    client.user.create({"email": "a"})
    client.user.create({"email": "member", "members": {"create": [{"team": "x"}]}})
    client.user.create({"email": "profile", "profile": {"create": {"bio": "x", "data": prisma.Json(1)}}})
    assert fails(client, prisma, name, work) == code
    assert client.user.count() == 3


def test_what_is_not_in_the_database(client: Any, prisma: Any, database: Any) -> None:
    database.sql('ALTER TABLE "Post" RENAME COLUMN views TO seen; ALTER TABLE "Category" RENAME TO "Gone"')
    try:
        assert fails(client, prisma, "DataError", lambda db: db.post.find_many()) == "P2022"
        assert fails(client, prisma, "TableNotFoundError", lambda db: db.category.find_many()) == "P2021"
    finally:
        database.sql(
            'ALTER TABLE "Post" RENAME COLUMN seen TO views; ALTER TABLE "Gone" RENAME TO "Category"'
        )


def test_what_the_database_forbids(client: Any, prisma: Any, database: Any) -> None:
    database.sql('ALTER TABLE "User" ALTER name SET NOT NULL, ADD CONSTRAINT grown CHECK (age >= 0)')
    try:
        assert fails(client, prisma, "DataError", lambda db: db.user.create({"email": "a"})) == "P2011"
        with pytest.raises(prisma.errors.PrismaError, match="grown"):
            client.user.create({"email": "a", "name": "x", "age": -1})
    finally:
        database.sql('ALTER TABLE "User" ALTER name DROP NOT NULL, DROP CONSTRAINT grown')
    assert client.user.count() == 0


def test_what_the_role_may_not_do(prisma: Any, client: Any, database: Any) -> None:
    database.sql('CREATE ROLE reader LOGIN; GRANT SELECT ON "User" TO reader')
    try:
        other = prisma.Prisma(datasource={"url": database.url(user="reader")})
        other.connect()
        assert other.user.count() == 0
        with pytest.raises(prisma.errors.DataError, match="permission denied for table User"):
            other.user.create({"email": "a"})
        other.disconnect()
    finally:
        database.sql("DROP OWNED BY reader; DROP ROLE reader")
