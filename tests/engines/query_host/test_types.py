"""Every type of a schema, there and back, and as the database itself sees it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("query_host")

TRICKY = '{"$type":"BigInt","value":"1"} {"data":{"findManyUser": \\" \\\\ \n\t\x07 😀 # , }'
TAG = {"$type": "DateTime", "value": "2024-01-01T00:00:00.000Z"}
UTC = dt.UTC
NOON = dt.datetime(2024, 2, 29, 12, 30, 15, 123000, tzinfo=UTC)
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))
UUID = "6f0c1f6e-9f6b-4f57-9d6a-0d9a5a4f3b11"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", TRICKY),
        ("text", "x" * 100_000),
        ("flag", False),
        ("int", -(2**31)),
        ("bigint", 2**63 - 1),
        ("bigint", -(2**63)),
        ("bigint", 2**53 + 1),
        ("number", 700.0),
        ("number", 1e-7),
        ("number", -1.5e300),
        ("price", Decimal("700.0")),
        ("price", Decimal("1e-20")),
        ("price", Decimal("12345678901234567890.123456789012345678")),
        ("moment", NOON),
        ("moment", dt.datetime(1, 1, 1, tzinfo=UTC)),
        ("moment", dt.datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("instant", NOON),
        ("day", dt.datetime(2024, 2, 29, tzinfo=UTC)),
        ("clock", dt.datetime(1970, 1, 1, 23, 59, 59, 999000, tzinfo=UTC)),
        ("colour", "GREEN"),
        ("uuid", UUID),
        ("short", 32767),
        ("real", 0.5),
        ("amount", Decimal("-99999999.99")),
        ("fixed", "ab  "),
        ("address", "10.0.0.0/8"),
        ("bits", "101"),
    ],
)
def test_scalar(client: Any, field: str, value: object) -> None:
    made = client.scalars.create({field: value})
    found = client.scalars.find_first(where={field: value})
    assert found == made
    assert getattr(found, field) == value
    client.scalars.update(where={"id": made.id}, data={field: None})
    assert getattr(client.scalars.find_unique(where={"id": made.id}), field) is None


def test_moment_of_another_zone(client: Any) -> None:
    made = client.scalars.create({"moment": NOON.astimezone(EAST), "instant": NOON.astimezone(EAST)})
    assert (made.moment, made.instant) == (NOON, NOON)
    (row,) = client.query_raw('SELECT moment::text, extract(epoch FROM instant)::float8 AS "at" FROM scalars')
    assert row == {"moment": "2024-02-29 12:30:15.123", "at": NOON.timestamp()}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Berlin"])
def test_zone_of_the_database_does_not_matter(client: Any, database: Any, start: Any, zone: str) -> None:
    client.scalars.create({"instant": NOON})
    engine = start(database.url(f"options=-c%20TimeZone%3D{zone}"))
    rows = engine.ask("query { result: findManyScalars { instant } }")
    assert rows == {"data": {"result": [{"instant": "2024-02-29T12:30:15.123Z"}]}}
    shown = engine.sql("SELECT instant, ARRAY[instant] AS many FROM scalars")["data"]["result"]["rows"]
    assert shown == [["2024-02-29T12:30:15.123+00:00", ["2024-02-29T12:30:15.123+00:00"]]]


@pytest.mark.parametrize("size", [0, 1, 3, 100_000])
def test_bytes(client: Any, prisma: Any, size: int) -> None:
    value = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    made = client.scalars.create({"blob": prisma.Base64.encode(value)})
    assert made.blob.decode() == value
    assert client.scalars.find_first(where={"blob": prisma.Base64.encode(value)}).id == made.id
    (row,) = client.query_raw("SELECT length(blob) AS length, blob FROM scalars")
    assert row["length"] == len(value)
    assert prisma.Base64.fromb64(row["blob"]).decode() == value


@pytest.mark.parametrize("field", ["doc", "plain"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.5,
        10**20,
        "",
        "null",
        TRICKY,
        TAG,
        [],
        {},
        [1, [None, {"a": TAG}]],
        {"set": [1]},
        {"path": "x"},
    ],
)
def test_json(client: Any, prisma: Any, value: object, field: str) -> None:
    made = client.scalars.create({field: prisma.Json(value)})
    assert getattr(made, field) == value
    updated = client.scalars.update(where={"id": made.id}, data={field: prisma.Json([value])})
    assert getattr(updated, field) == [value]


def test_null_is_not_the_json_null(client: Any, prisma: Any) -> None:
    client.scalars.create({"text": "absent"})
    client.scalars.create({"text": "null", "doc": prisma.Json(None)})
    rows = client.query_raw(
        "SELECT text, document IS NULL AS absent, document::text AS shown FROM scalars ORDER BY id"
    )
    assert rows == [
        {"text": "absent", "absent": True, "shown": None},
        {"text": "null", "absent": False, "shown": "null"},
    ]
    found = client.scalars.find_many(where={"doc": {"equals": prisma.Json(None)}})
    assert [row.text for row in found] == ["null"]


def test_json_filters(client: Any, prisma: Any) -> None:
    for value in ({"a": 1}, "text", [1, 2]):
        client.scalars.create({"doc": prisma.Json(value)})
    equal = client.scalars.find_many(where={"doc": {"equals": prisma.Json({"a": 1})}})
    assert [row.doc for row in equal] == [{"a": 1}]
    others = client.scalars.find_many(where={"doc": {"not": prisma.Json("text")}}, order={"id": "asc"})
    assert [row.doc for row in others] == [{"a": 1}, [1, 2]]
    nested = client.scalars.find_many(where={"NOT": [{"OR": [{"doc": {"equals": prisma.Json([1, 2])}}]}]})
    assert len(nested) == 2


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("texts", ["", TRICKY, "a,b", "{}", "NULL", '"']),
        ("flags", [True, False]),
        ("ints", [1, -2]),
        ("bigints", [2**63 - 1, -5]),
        ("numbers", [700.0, 1.5]),
        ("prices", [Decimal("700.0"), Decimal("1e-20")]),
        ("moments", [NOON, dt.datetime(2000, 1, 1, tzinfo=UTC)]),
        ("colours", ["RED", "BLUE"]),
        ("uuids", [UUID]),
    ],
)
def test_list(client: Any, field: str, values: list[Any]) -> None:
    made = client.lists.create({field: values})
    assert getattr(made, field) == values
    assert client.lists.create({}).id != made.id
    assert getattr(client.lists.create({field: []}), field) == []
    pushed = client.lists.update(where={"id": made.id}, data={field: {"push": values[:1]}})
    assert getattr(pushed, field) == [*values, values[0]]
    replaced = client.lists.update(where={"id": made.id}, data={field: {"set": values[:1]}})
    assert getattr(replaced, field) == values[:1]
    for filter in (
        {"has": values[0]},
        {"equals": values[:1]},
        {"has_every": values[:1]},
        {"has_some": values},
    ):
        assert [row.id for row in client.lists.find_many(where={field: filter})] == [made.id], filter
    assert made.id not in [row.id for row in client.lists.find_many(where={field: {"is_empty": True}})]


def test_list_of_bytes(client: Any, prisma: Any) -> None:
    values = [prisma.Base64.encode(item) for item in (b"", b"\x00\xff\\x")]
    made = client.lists.create({"blobs": values})
    assert [item.decode() for item in made.blobs] == [b"", b"\x00\xff\\x"]
    pushed = client.lists.update(where={"id": made.id}, data={"blobs": {"push": values}})
    assert len(pushed.blobs) == 4


@pytest.mark.parametrize("field", ["jsons", "plains"])
def test_list_of_json(client: Any, prisma: Any, field: str) -> None:
    values = [TRICKY, TAG, 1, [], {"a": '"'}]
    made = client.lists.create({field: [prisma.Json(value) for value in values]})
    assert getattr(made, field) == values
    pushed = client.lists.update(where={"id": made.id}, data={field: {"push": [prisma.Json(TAG)]}})
    assert getattr(pushed, field) == [*values, TAG]
    if field == "jsons":
        found = client.lists.find_many(where={field: {"has": prisma.Json(TAG)}})
        assert [row.id for row in found] == [made.id]


RAW = [
    ("1::int2", 1, "int"),
    ("-5::int4", -5, "int"),
    ("9223372036854775807::int8", "9223372036854775807", "bigint"),
    ("4000000000::oid", "4000000000", "bigint"),
    ("1.5::float4", 1.5, "float"),
    ("700::float8", 700.0, "double"),
    ("1e-20::numeric", "0.00000000000000000001", "decimal"),
    ("'$1,234.50'::money", "1234.5", "decimal"),
    ("'-$0.50'::money", "-0.5", "decimal"),
    ("true", True, "bool"),
    ("'x'::text", "x", "string"),
    ("'x'::varchar", "x", "string"),
    ("'ab'::char(4)", "ab  ", "string"),
    ("'n'::name", "n", "string"),
    ("NULL::text", None, "string"),
    ("'\\xdeadbeef'::bytea", "3q2+7w==", "bytes"),
    ("'2024-02-29'::date", "2024-02-29", "date"),
    ("'12:30:15.5'::time", "12:30:15.500", "time"),
    ("'12:30:15+05'::timetz", "12:30:15", "time"),
    ("'12:30:15-05:30'::timetz", "12:30:15", "time"),
    ("'2024-02-29 12:30:15.123456'::timestamp", "2024-02-29T12:30:15.123456+00:00", "datetime"),
    ("'2024-02-29 12:30:15+05:30'::timestamptz", "2024-02-29T07:00:15+00:00", "datetime"),
    (f"'{UUID}'::uuid", UUID, "uuid"),
    ('\'{"$type":"Json","value":"1"}\'::jsonb', {"$type": "Json", "value": "1"}, "json"),
    ("'[1.0]'::json", [1.0], "json"),
    ("'10.0.0.1'::inet", "10.0.0.1", "string"),
    ("B'101'", "101", "string"),
    ("'RED'::\"Colour\"", "RED", "enum"),
    ("ARRAY['RED', NULL]::\"Colour\"[]", ["RED", None], "string-array"),
    ("ARRAY[1, NULL]", [1, None], "int-array"),
    ("ARRAY['a', NULL, 'NULL', '\"']", ["a", None, "NULL", '"'], "string-array"),
    ("ARRAY[1.50]::numeric[]", ["1.5"], "decimal-array"),
    ("ARRAY[1]::int8[]", ["1"], "bigint-array"),
    ("ARRAY['2024-02-29 12:00+01']::timestamptz[]", ["2024-02-29T11:00:00+00:00"], "datetime-array"),
    ("ARRAY['1', '{\"a\": 1}']::jsonb[]", [1, {"a": 1}], "json-array"),
    ("ARRAY['\\xff']::bytea[]", ["/w=="], "bytes-array"),
]


def test_raw_types(engine: Any) -> None:
    seen = []
    for expression, _, _ in RAW:
        answer = engine.sql(f"SELECT {expression} AS value")
        assert "data" in answer, (expression, answer)
        result = answer["data"]["result"]
        seen.append((expression, result["rows"][0][0], result["types"][0]))
    assert [(one, other) for one, other in zip(seen, RAW, strict=True) if one != other] == []


@pytest.mark.parametrize(
    ("expression", "name"),
    [("'1 day'::interval", "interval"), ("'a b'::tsvector", "tsvector"), ("'(1,2)'::point", "point")],
)
def test_raw_types_that_the_engine_refuses(client: Any, prisma: Any, expression: str, name: str) -> None:
    with pytest.raises(prisma.errors.RawQueryError, match=f"Failed to deserialize column of type '{name}'"):
        client.query_raw(f"SELECT {expression} AS value")


def test_raw_parameters(client: Any) -> None:
    (row,) = client.query_raw(
        "SELECT $1::text AS a, $2::int AS b, $3::bigint AS c, $4::float8 AS d, $5::bool AS e, "
        "$6::jsonb AS f, $7::text AS g, $8::timestamp AS h, $9::numeric AS i",
        TRICKY, 1, 2**62, 1.5, True, {"a": [1, None]}, None, "2024-02-29T12:30:15.123Z", "1.25",
    )  # fmt: skip
    assert row == {
        "a": TRICKY,
        "b": 1,
        "c": 2**62,
        "d": 1.5,
        "e": True,
        "f": {"a": [1, None]},
        "g": None,
        "h": "2024-02-29T12:30:15.123+00:00",
        "i": 1.25,
    }


def test_raw_rows_as_models(client: Any, prisma: Any) -> None:
    client.scalars.create({"text": "x", "bigint": 2**60, "price": Decimal("1.5"), "doc": prisma.Json(TAG)})
    row = client.query_first(
        'SELECT id, text, bigint, price, document AS "doc" FROM scalars WHERE text = $1',
        "x",
        model=prisma.models.Scalars,
    )
    assert (row.text, row.bigint, row.price, row.doc) == ("x", 2**60, Decimal("1.5"), TAG)
    assert client.query_first("SELECT 1 WHERE false") is None
    assert client.execute_raw("UPDATE scalars SET text = $1", "y") == 1


@pytest.mark.parametrize(
    ("query", "parameters", "code"),
    [
        ("SELECT nothing", (), "42703"),
        ("SELEC 1", (), "42601"),
        ("SELECT 1; SELECT 2", (), "42601"),
        ("SELECT 1 / $1::int", (0,), "22012"),
    ],
)
def test_raw_errors(client: Any, prisma: Any, query: str, parameters: tuple[Any, ...], code: str) -> None:
    with pytest.raises(prisma.errors.RawQueryError) as raised:
        client.query_raw(query, *parameters)
    assert (raised.value.code, raised.value.meta["code"]) == ("P2010", code)
    with pytest.raises(prisma.errors.RawQueryError):
        client.execute_raw(query, *parameters)
