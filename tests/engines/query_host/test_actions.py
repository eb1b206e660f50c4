"""Every action of the client, nested writes, selections, and the exceptions that errors become."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("query_host")

MISSING = "00000000-0000-0000-0000-000000000000"


def add_users(client: Any, count: int = 3) -> list[Any]:
    return [
        client.user.create(
            {"email": f"{n}@example.org", "name": f"user {n}", "age": 10 * n, "balance": Decimal(n)}
        )
        for n in range(1, count + 1)
    ]


def test_find(client: Any, prisma: Any) -> None:
    one, two, three = add_users(client)
    assert client.user.find_unique(where={"email": "2@example.org"}) == two
    assert client.user.find_unique(where={"email": "none"}) is None
    assert client.user.find_unique_or_raise(where={"id": one.id}) == one
    assert client.user.find_first(where={"age": {"gte": 20}}, order={"age": "desc"}) == three
    assert client.user.find_first(where={"age": 99}) is None
    assert client.user.find_first_or_raise(where={"age": 20}) == two
    for find in (client.user.find_unique_or_raise, client.user.find_first_or_raise):
        with pytest.raises(prisma.errors.RecordNotFoundError) as raised:
            find(where={"email": "none"})
        assert raised.value.code == "P2025"


def test_find_many(client: Any) -> None:
    one, two, three = add_users(client)
    by_age = {"age": "asc"}
    assert client.user.find_many(order=by_age) == [one, two, three]
    assert client.user.find_many(order=[{"name": "desc"}], take=2) == [three, two]
    assert client.user.find_many(order=by_age, skip=1, take=1) == [two]
    assert client.user.find_many(order=by_age, cursor={"id": two.id}) == [two, three]
    assert client.user.find_many(order=by_age, take=-1) == [three]
    client.user.update_many(where={}, data={"name": "same"})
    assert len(client.user.find_many(distinct=["name"])) == 1


@pytest.mark.parametrize(
    ("where", "ages"),
    [
        ({"age": {"in": [10, 30]}}, [10, 30]),
        ({"age": {"not_in": [10, 30]}}, [20]),
        ({"age": {"not": 10}}, [20, 30]),
        ({"age": {"gt": 10, "lt": 30}}, [20]),
        ({"name": {"contains": "SER 2", "mode": "insensitive"}}, [20]),
        ({"name": {"startswith": "user"}, "email": {"endswith": "3@example.org"}}, [30]),
        ({"OR": [{"age": 10}, {"name": "user 2"}]}, [10, 20]),
        ({"NOT": [{"age": 10}]}, [20, 30]),
        ({"AND": [{"age": {"lte": 20}}, {"balance": Decimal("2.0")}]}, [20]),
        ({"posts": {"some": {"title": "of 3"}}}, [30]),
        ({"posts": {"none": {}}}, [10, 20]),
        ({"posts": {"every": {"views": 0}}}, [10, 20, 30]),
        ({"profile": {"is_not": {"bio": "of 1"}}}, [20, 30]),
        ({"profile": {"is": {"bio": "of 1"}}}, [10]),
        ({"name": None}, []),
    ],
)
def test_filters(client: Any, prisma: Any, where: Any, ages: list[int]) -> None:
    one, _, three = add_users(client)
    client.profile.create({"bio": "of 1", "data": prisma.Json(1), "userId": one.id})
    client.post.create({"title": "of 3", "authorId": three.id})
    assert [user.age for user in client.user.find_many(where=where, order={"age": "asc"})] == ages


def test_create_update_upsert_delete(client: Any, prisma: Any) -> None:
    user = client.user.create({"email": "a", "data": prisma.Json({"a": [1]})})
    assert (user.age, user.balance, user.data, user.name) == (0, 0, {"a": [1]}, None)
    changed = client.user.update(
        where={"email": "a"},
        data={
            "age": {"increment": 5},
            "balance": {"decrement": Decimal("0.1")},
            "name": "x",
            "data": prisma.Json(None),
        },
    )
    assert (changed.age, changed.balance, changed.name, changed.data) == (5, Decimal("-0.1"), "x", None)
    assert changed.updated >= user.updated
    assert client.user.update(where={"email": "none"}, data={"age": 1}) is None
    for expected in (7, 8):
        upserted = client.user.upsert(
            where={"email": "b"},
            data={"create": {"email": "b", "age": 7}, "update": {"age": {"increment": 1}}},
        )
        assert upserted.age == expected
    assert client.user.update_many(where={"age": {"gt": 0}}, data={"name": "many"}) == 2
    assert client.user.delete(where={"email": "a"}).name == "many"
    assert client.user.delete(where={"email": "a"}) is None
    assert client.user.delete_many(where={}) == 1


def test_create_many(client: Any, prisma: Any) -> None:
    rows = [{"email": str(n), "data": prisma.Json({"n": n})} for n in range(300)]
    assert client.user.create_many(data=rows) == 300
    with pytest.raises(prisma.errors.UniqueViolationError):
        client.user.create_many(data=rows)
    assert client.user.create_many(data=[*rows, {"email": "new"}], skip_duplicates=True) == 1
    assert client.user.find_unique(where={"email": "299"}).data == {"n": 299}


def test_nested_writes_and_includes_at_depth(client: Any, prisma: Any) -> None:
    user = client.user.create(
        {
            "email": "a",
            "profile": {"create": {"bio": "b", "data": prisma.Json({"data": "x"})}},
            "posts": {
                "create": [
                    {
                        "title": "one",
                        "meta": prisma.Json([1]),
                        "categories": {"create": [{"name": "c1"}, {"name": "c2"}]},
                    },
                    {
                        "title": "two",
                        "categories": {
                            "connect_or_create": [{"where": {"name": "c1"}, "create": {"name": "c1"}}],
                            "create": {"name": "c3"},
                        },
                    },
                ]
            },
            "members": {"create": {"team": "t", "role": "BLUE", "note": prisma.Json("null")}},
        },
        include={
            "profile": True,
            "members": True,
            "posts": {
                "order_by": {"title": "desc"},
                "include": {
                    "categories": {
                        "order_by": {"name": "asc"},
                        "include": {
                            "posts": {
                                "where": {"title": "one"},
                                "include": {"author": {"include": {"profile": True}}},
                            }
                        },
                    }
                },
            },
        },
    )
    assert (user.profile.data, user.members[0].note, user.members[0].role) == ({"data": "x"}, "null", "BLUE")
    assert [[category.name for category in post.categories] for post in user.posts] == [
        ["c1", "c3"],
        ["c1", "c2"],
    ]
    assert user.posts[1].meta == [1]
    assert user.posts[1].categories[0].posts[0].author.profile.bio == "b"


def test_nested_updates(client: Any, prisma: Any) -> None:
    user = client.user.create(
        {
            "email": "a",
            "profile": {"create": {"bio": "b", "data": prisma.Json(1)}},
            "posts": {"create": [{"title": "one"}, {"title": "two"}, {"title": "three"}]},
        },
        include={"posts": {"order_by": {"id": "asc"}}},
    )
    one, two, three = (post.id for post in user.posts)
    changed = client.user.update(
        where={"id": user.id},
        data={
            "profile": {"update": {"data": prisma.Json({"set": "x"}), "bio": "new"}},
            "posts": {
                "update": [{"where": {"id": one}, "data": {"title": "ONE", "meta": prisma.Json("text")}}],
                "delete": [{"id": two}],
                "disconnect": [{"id": three}],
                "create": [{"title": "four", "meta": prisma.Json({"data": "x"})}],
            },
        },
        include={"profile": True, "posts": {"order_by": {"id": "asc"}}},
    )
    assert (changed.profile.data, changed.profile.bio) == ({"set": "x"}, "new")
    assert [(post.title, post.meta) for post in changed.posts] == [("ONE", "text"), ("four", {"data": "x"})]
    again = client.user.update(
        where={"id": user.id},
        data={"posts": {"set": [{"id": three}]}, "profile": {"delete": True}},
        include={"posts": True, "profile": True},
    )
    assert [post.id for post in again.posts] == [three]
    assert again.profile is None
    upserted = client.profile.upsert(
        where={"userId": user.id},
        data={
            "create": {"bio": "u", "data": prisma.Json("{}"), "user": {"connect": {"id": user.id}}},
            "update": {},
        },
        include={"user": True},
    )
    assert (upserted.data, upserted.user.email) == ("{}", "a")


def test_compound_id(client: Any, prisma: Any) -> None:
    user = client.user.create({"email": "a"})
    client.member.create({"userId": user.id, "team": "t", "note": prisma.Json({"a": None})})
    key = {"userId_team": {"userId": user.id, "team": "t"}}
    assert client.member.find_unique(where=key).note == {"a": None}
    assert client.member.update(where=key, data={"role": "GREEN"}).role == "GREEN"
    assert client.member.find_many(where={"role": {"in": ["GREEN"]}})[0].team == "t"


def test_count_and_group_by(client: Any) -> None:
    add_users(client)
    client.user.create({"email": "4", "name": None, "age": 10, "balance": Decimal("700.10")})
    assert client.user.count() == 4
    assert client.user.count(where={"age": 10}) == 2
    assert client.user.count(take=3) == 3
    assert client.user.count(select={"_all": True, "name": True}) == {"_all": 4, "name": 3}
    assert client.user.group_by(
        by=["age"], count={"_all": True, "name": True}, sum={"balance": True, "age": True},
        avg={"age": True}, min={"name": True}, max={"balance": True},
        order={"age": "asc"}, having={"age": {"lt": 25}},
    ) == [
        {
            "age": 10, "_count": {"_all": 2, "name": 1}, "_sum": {"balance": "701.1", "age": 20},
            "_avg": {"age": 10.0}, "_min": {"name": "user 1"}, "_max": {"balance": "700.1"},
        },
        {
            "age": 20, "_count": {"_all": 1, "name": 1}, "_sum": {"balance": "2", "age": 20},
            "_avg": {"age": 20.0}, "_min": {"name": "user 2"}, "_max": {"balance": "2"},
        },
    ]  # fmt: skip
    found = client.user.group_by(
        ["name"], having={"age": {"_sum": {"gt": 25}}}, where={"email": {"not": "4"}}
    )
    assert found == [{"name": "user 3"}]


def test_batch(client: Any, prisma: Any) -> None:
    with client.batch_() as batch:
        batch.user.create({"email": "a", "data": prisma.Json({"},{": 1})})
        batch.user.create_many([{"email": "b"}, {"email": "c"}])
        batch.user.update(where={"email": "a"}, data={"age": 1})
        batch.user.upsert(where={"email": "d"}, data={"create": {"email": "d"}, "update": {}})
        batch.execute_raw('UPDATE "User" SET name = $1', "raw")
        batch.user.delete(where={"email": "b"})
    rows = client.user.find_many(order={"email": "asc"})
    assert [(row.email, row.age, row.name) for row in rows] == [
        ("a", 1, "raw"),
        ("c", 0, "raw"),
        ("d", 0, "raw"),
    ]


def test_batch_is_all_or_nothing(client: Any, prisma: Any) -> None:
    batch = client.batch_()
    batch.user.create({"email": "a"})
    batch.user.create({"email": "a"})
    with pytest.raises(prisma.errors.UniqueViolationError):
        batch.commit()
    assert client.user.count() == 0


def test_errors_become_the_clients_exceptions(client: Any, prisma: Any) -> None:
    errors = prisma.errors
    client.user.create({"email": "a"})
    with pytest.raises(errors.UniqueViolationError) as raised:
        client.user.create({"email": "a"})
    assert (raised.value.code, raised.value.meta["target"]) == ("P2002", ["email"])
    with pytest.raises(errors.ForeignKeyViolationError) as raised:
        client.post.create({"title": "x", "authorId": MISSING})
    assert (raised.value.code, raised.value.meta["field_name"]) == ("P2003", "post_author (index)")
    with pytest.raises(errors.RecordNotFoundError) as raised:
        client.post.create({"title": "x", "author": {"connect": {"id": MISSING}}})
    assert raised.value.code == "P2025"
    with pytest.raises(errors.MissingRequiredValueError):
        client.user.create({})
    with pytest.raises(errors.FieldNotFoundError):
        client.user.find_first(where={"nothing": 1})
    with pytest.raises(errors.FieldNotFoundError):
        client.user.create({"email": "b", "nothing": 1})
    with pytest.raises(errors.DataError):
        client.user.create({"email": 1})
    with pytest.raises(errors.DataError) as raised:
        client.scalars.create({"int": 2**40})
    assert raised.value.code == "P2020"
    with pytest.raises(errors.DataError) as raised:
        client.scalars.create({"bigint": 2**63})
    assert raised.value.code == "P2033"
    with pytest.raises(errors.DataError) as raised:
        client.scalars.create({"address": "nowhere"})
    with pytest.raises(errors.DataError):
        client.scalars.create({"text": "\x00"})
    assert client.user.count() == 1


def test_table_that_is_not_there(client: Any, prisma: Any, database: Any) -> None:
    database.sql('ALTER TABLE "Category" RENAME TO "Elsewhere"')
    try:
        with pytest.raises(prisma.errors.TableNotFoundError) as raised:
            client.category.find_many()
        assert (raised.value.code, raised.value.table) == ("P2021", "public.Category")
    finally:
        database.sql('ALTER TABLE "Elsewhere" RENAME TO "Category"')
    assert client.category.find_many() == []


def test_tables_may_change_under_prepared_statements(client: Any, database: Any) -> None:
    select = "SELECT * FROM changing"
    database.sql("CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)")
    assert client.query_raw(select) == [{"a": 1}]
    database.sql("ALTER TABLE changing ADD b text")
    assert client.query_raw(select) == [{"a": 1, "b": None}]
    database.sql("DROP TABLE changing")


def test_enum_made_while_connected(client: Any, database: Any) -> None:
    for names in ("'a'", "'b', 'c'"):
        database.sql(f"DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ({names})")
        first = names[1:2]
        assert client.query_raw(f"SELECT '{first}'::mood AS one, ARRAY['{first}']::mood[] AS many") == [
            {"one": first, "many": [first]}
        ]
    database.sql("DROP TYPE mood")


def test_asyncio_with_many_requests_at_once(go: Any, prisma: Any) -> None:
    async def work(client: Any) -> None:
        made = await asyncio.gather(*(client.user.create({"email": str(n), "age": n}) for n in range(100)))
        assert [user.age for user in made] == list(range(100))
        found = await asyncio.gather(*(client.user.find_unique(where={"email": str(n)}) for n in range(100)))
        assert found == made
        counts = await asyncio.gather(*(client.user.count(where={"age": {"lt": n}}) for n in range(100)))
        assert counts == list(range(100))

    go(work)


def test_two_clients_in_one_process(client: Any, prisma: Any, go: Any) -> None:
    other = prisma.Prisma()
    other.connect()
    try:
        client.user.create({"email": "a"})
        assert other.user.find_first().email == "a"

        async def work(third: Any) -> None:
            assert (await third.user.find_first()).email == "a"

        go(work)
    finally:
        other.disconnect()
    assert client.user.count() == 1


def test_metrics(client: Any) -> None:
    before = {metric.key: metric.value for metric in client.get_metrics().counters}
    client.user.create({"email": "a"})
    metrics = client.get_metrics(global_labels={"app": 'x"y'})
    after = {metric.key: metric.value for metric in metrics.counters}
    assert after["prisma_client_queries_total"] == before["prisma_client_queries_total"] + 1
    assert after["prisma_datasource_queries_total"] > before["prisma_datasource_queries_total"]
    assert metrics.counters[0].labels == {"app": 'x"y'}
    gauges = {metric.key: metric.value for metric in metrics.gauges}
    assert gauges["prisma_pool_connections_open"] >= 1
    assert gauges["prisma_client_queries_active"] == 0
    duration, *_ = metrics.histograms
    assert duration.value.count >= 1
    assert duration.value.sum > 0
    assert sum(bucket[1] for bucket in duration.value.buckets) == duration.value.count
    text = client.get_metrics(format="prometheus", global_labels={"app": "x"})
    assert 'prisma_client_queries_total{app="x"} ' in text
    assert (
        f'prisma_client_queries_duration_histogram_ms_bucket{{app="x",le="+Inf"}} {duration.value.count}'
        in text
    )
