from __future__ import annotations

from kaven_schema.docs.formats.dbml import to_dbml
from tests.docs.schemas import example, of_text, tricky


def test_columns_keys_and_references_are_the_databases() -> None:
    text = to_dbml(example())
    assert '  "password_hash" "text" [not null, note: \'Bcrypt hashed password (cost factor 12)\']' in text
    assert '  "status" "TenantStatus" [not null' in text
    assert '    ("user_id", "tenant_id") [unique, name: \'user_tenants_user_id_tenant_id_key\']' in text
    assert 'Ref: "subscriptions"."tenant_id" - "tenants"."id" [delete: cascade, update: cascade]' in text
    assert 'Ref: "invoices"."tenant_id" > "tenants"."id" [delete: cascade, update: cascade]' in text


def test_keys_over_several_columns_and_many_to_many() -> None:
    text = to_dbml(tricky())
    keys = 'Ref: "Part".("orderNo", "lineNo") > "Line".("orderNo", "lineNo")'
    assert keys in text
    assert 'Ref: "odd <items>"."id" <> "Tag"."id"' in text
    assert '    ("orderNo", "lineNo") [pk, name: \'Line_pkey\']' in text


def test_what_dbml_has_no_form_for_is_left_out() -> None:
    text = to_dbml(
        of_text(
            """
            model Person {
              id       Int      @id
              friends  Person[] @relation("Friends")
              friendOf Person[] @relation("Friends")
            }
            """
        )
    )
    assert "\nRef" not in text
    assert "// Person.friends ↔ Person.friendOf (many-to-many)" in text


VIEW = """
    model Person {
      id    Int @id
      names Name[]
    }

    view Name {
      personId Int    @unique
      name     String
      person   Person @relation(fields: [personId], references: [id])

      @@index([name])
    }
"""


def test_a_view_is_no_table() -> None:
    text = to_dbml(of_text(VIEW))
    assert text.count("\nTable ") == 1
    assert "\nRef" not in text
    assert "// the view Name: DBML has none\n" in text


def test_the_database_is_the_schemas() -> None:
    text = to_dbml(of_text("model Person {\n  id Int @id\n  at DateTime @db.DateTime(3)\n}", "mysql"))
    assert "database_type: 'MySQL'" in text
    assert '"id" "Int"' in text
    assert '"at" "datetime(3)"' in text
