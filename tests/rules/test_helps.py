"""What helps tell people to type, where the fixtures show places alone."""

from __future__ import annotations

import pytest

from tests.rules.compiling import compile_texts
from tests.rules.test_convergence import BASE, IDENTITY

CLIENT = 'generator client {\n  provider = "prisma-client-py"\n}\n'


def helps(extended: str, *slugs: str, base: str = BASE) -> list[str]:
    texts = {"base.prisma": base, "extended.prisma": extended}
    return [found.help for found in compile_texts(texts).diagnostics(*slugs)]


def model(*lines: str) -> str:
    return "\n  ".join(["model Invoice {", IDENTITY, *lines]) + "\n}\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("integer", "Int"),
        ("INT", "Int"),
        ("text", "String"),
        ("VARCHAR", "String"),
        ("UUID", "String @db.Uuid"),
        ("timestamp", "DateTime"),
        ("datetime", "DateTime"),
        ("date", "DateTime"),
        ("bool", "Boolean"),
        ("double", "Float"),
        ("numeric", "Decimal"),
        ("jsonb", "Json"),
        ("Strin", "String"),
    ],
)
def test_types_of_other_languages(written: str, meant: str):
    assert helps(model(f"x {written}"), "type_known") == [f"did you mean `{meant}`?"]


def test_a_uuid_of_a_database_that_has_none():
    base = BASE.replace("postgresql", "mysql")
    assert helps(model("x uuid"), "type_known", base=base) == ["did you mean `String`?"]


def test_a_relation_without_a_key_is_completed_on_the_side_where_it_was_written():
    assert helps(model("tenant Tenant"), "relation_has_opposite") == [
        (
            "write `tenantId String @db.Uuid` and"
            " `tenant Tenant @relation(fields: [tenantId], references: [id])` in `Invoice`,"
            " and `invoices Invoice[]` in `Tenant`"
        )
    ]


def test_a_key_that_is_there_already_is_not_asked_for():
    (line,) = helps(model("tenantId String @db.Uuid", "tenant Tenant?"), "relation_has_opposite")
    assert line.startswith("write `tenant Tenant? @relation(fields: [tenantId], references: [id])` in")


def test_a_relation_of_a_model_to_itself_gets_a_name():
    (line,) = helps(model("parent Invoice?"), "relation_has_opposite")
    assert '`parent Invoice? @relation("InvoiceParent", fields: [parentId], references: [id])`' in line
    assert '`invoices Invoice[] @relation("InvoiceParent")` in `Invoice`' in line


def test_a_list_alone_asks_for_a_typed_key_on_the_other_side_or_for_a_list():
    """Rows of base's model that exist have nothing in a new field."""
    assert helps(model('tenants Tenant[] @relation("Payers")'), "relation_has_opposite") == [
        (
            'add `invoice Invoice? @relation("Payers", fields: [invoiceId], references: [id])`'
            " and the field `invoiceId String? @db.Uuid` to `Tenant`"
            '; or, if each has many of the other, `invoices Invoice[] @relation("Payers")`'
        )
    ]


@pytest.mark.parametrize(
    "typed",
    [
        (
            "  invoice   Invoice? @relation(fields: [invoiceId], references: [id])\n  invoiceId String?  @db.Uuid\n"
            "\n  @@index([invoiceId])\n"
        ),
        "  invoices Invoice[]\n",
    ],
)
def test_either_of_both_mends_it(typed: str):
    assert helps(model("tenants Tenant[]") + f"model Tenant {{\n{typed}}}\n", "relation_has_opposite") == []
    assert (
        helps(model("tenants Tenant[]") + f"model Tenant {{\n{typed}}}\n", "relation_optional_like_fields")
        == []
    )


def test_a_relation_of_which_both_sides_are_there_gets_a_typed_key():
    extended = model("tenant Tenant") + "model Tenant {\n  invoices Invoice[]\n}\n"
    assert helps(extended, "relation_has_fields") == [
        (
            "add `tenantId String @db.Uuid` to `Invoice`, and write"
            " `@relation(fields: [tenantId], references: [id])` behind the type of `Invoice.tenant`"
        )
    ]


def test_a_missing_key_is_given_its_type():
    written = model("co Tenant? @relation(fields: [coId], references: [id])")
    assert helps(written, "relation_fields_known") == [
        "add `coId String? @db.Uuid` to `Invoice`, or name a field that it has"
    ]


def test_a_model_named_as_a_scalar_has_one_error():
    base = BASE.replace("  slug ", "  first Json?\n  second Json?\n  count Int\n  slug ")
    extended = "".join(f"model {name} {{\n  {IDENTITY}\n}}\n" for name in ("Json", "Int"))
    found = compile_texts({"base.prisma": base, "extended.prisma": extended}).diagnostics()
    assert [one.rule for one in found if one.severity.value == "error"] == ["name_is_valid"] * 2


def test_a_generator_of_base_is_the_vendors_to_change():
    (line,) = helps(model("total Decimal"), "client_safe_name", base=BASE + CLIENT)
    assert line == (
        "tell the vendor of base: write `enable_experimental_decimal = true` in generator `client`;"
        " or set `client = false` in kaven.toml, or under [tool.kaven] in pyproject.toml"
    )


def test_a_generator_of_the_developers_is_theirs_to_change():
    assert helps(CLIENT + model("total Decimal"), "client_safe_name") == [
        "write `enable_experimental_decimal = true` in generator `client`"
    ]


@pytest.mark.parametrize(
    ("provider", "is_judged"),
    [
        ('"prisma-client-py"', True),
        ('"./node_modules/.bin/prisma-client-py"', True),
        ('"prisma-client-js"', False),
        ('env("GENERATOR")', False),  # nobody knows what it is, and Prisma takes the schema
    ],
)
def test_only_a_generator_of_python_is_judged(provider: str, is_judged: bool):
    named = CLIENT.replace('"prisma-client-py"', provider)
    assert bool(helps(named + model("total Decimal"), "client_safe_name")) is is_judged
