from __future__ import annotations

from kaven_schema.docs.samples import sample_rows
from kaven_schema.docs.schema import Relation
from tests.docs.schemas import FIXTURES, TOP, example, of_text, tricky


def relation(child: str, field: str) -> Relation:
    return next(r for r in tricky().relations if (r.child, r.child_field) == (child, field))


def test_every_field_comes_from_the_line_that_declares_it() -> None:
    for schema, root in ((example(), TOP), (tricky(), FIXTURES / "tricky")):
        texts: dict[str, list[str]] = {}
        for model in schema.models:
            own = [(field.name, field.origin, field.is_yours) for field in model.fields]
            own += [(field.name, field.origin, field.is_yours) for field in model.relation_fields]
            for name, (path, line), is_yours in own:
                lines = texts.setdefault(path, (root / path).read_text(encoding="utf-8").split("\n"))
                assert lines[line - 1].split()[0] == name
                assert is_yours is ("extended" in path)
            for index in model.indexes:
                written = texts[index.origin.path][index.origin.line - 1]
                assert (
                    written.strip().startswith(("@@", "/// @kaven.index"))
                    or "@id" in written
                    or "@unique" in written
                )


def test_whose_a_model_is() -> None:
    models = example().by_name
    assert (models["Ticket"].is_yours, models["Ticket"].is_extended) == (True, False)
    assert (models["User"].is_yours, models["User"].is_extended) == (False, True)
    assert (models["Order"].is_yours, models["Order"].is_extended) == (False, False)
    assert [field.name for field in models["Tenant"].fields if field.is_yours] == ["country"]


def test_what_the_specification_says_of_its_tables() -> None:
    note = example().by_name["User"].note
    assert note.purpose == "Store user accounts"
    assert "2FA TOTP support with backup codes" in note.features
    assert note.security == (
        "Passwords NEVER stored in plain text",
        "2FA secrets encrypted at rest",
        "Backup codes encrypted and validated once",
    )
    assert dict(note.important)["passwordHash"] == "Bcrypt with cost factor 12"
    assert all(model.note.purpose for model in example().models if not model.is_yours)


def test_another_bases_user_is_not_the_specifications() -> None:
    schema = of_text("model User {\n  id Int @id\n  email Int\n}\n")
    assert schema.by_name["User"].note.purpose == ""
    assert sample_rows(schema)["User"].sql.endswith("VALUES\n  (1, 1);")


def test_what_tags_say() -> None:
    assert tricky().by_name["Shelf"].note.features == ("Rows of shelves", "One room each")
    assert tricky().by_name["Item"].note.purpose == "What is <i>sold</i>"
    assert tricky().by_name["Item"].note.text.startswith('<script>alert("model")</script>')


def test_columns_marks_and_types() -> None:
    item = tricky().by_name["Item"]
    assert item.table == "odd <items>"
    found = {field.name: (field.column, field.sql_type, field.marks, field.targets) for field in item.fields}
    assert found["id"] == ("id", "uuid", ("PK",), ())
    assert found["parentId"] == ("parent id", "uuid", ("FK",), ("Item",))
    assert found["kinds"] == ("kinds", '"Kind"[]', (), ())
    line = {field.name: field.marks for field in tricky().by_name["Line"].fields}
    assert line == {"orderNo": ("PK",), "lineNo": ("PK",), "itemId": ("FK",)}
    assert tricky().by_name["Twin"].fields[0].marks == ("PK", "FK")
    everything = {field.name: field.sql_type for field in tricky().by_name["Everything"].fields}
    assert everything["moment"] == "timestamptz(6)"
    assert everything["maybe"] == "tsvector"
    assert everything["tagged"] == "varchar(9)[]"
    assert everything["double"] == "double precision"


def test_comments_above_and_behind_fields_and_above_keys() -> None:
    item = tricky().by_name["Item"]
    label = item.field("label")
    assert label
    assert label.text == "</textarea><img src=x onerror=alert(2)>"
    key = next(index for index in item.indexes if index.kind == "unique")
    assert (key.name, key.text) == ("one 'label'", "The same <label> once & no more")


def test_partial_indexes_are_told_with_their_condition() -> None:
    item = tricky().by_name["Item"]
    found = [index for index in item.indexes if index.where]
    assert [(index.kind, index.fields, index.where, index.is_yours) for index in found] == [
        ("partial unique", ("id",), "note <> '<b>' AND id IS NOT NULL", True)
    ]
    assert found[0].name == "odd <items>_id_partial_key"
    identity = item.field("id")
    assert identity
    assert identity.marks == ("PK",)


def test_relations_have_both_ends_and_their_actions() -> None:
    line = relation("Line", "item")
    assert (line.parent, line.parent_field, line.kind) == ("Item", "lines", "one-to-many")
    assert (line.on_delete, line.on_update, line.is_default) == ("NoAction", "Restrict", ())
    assert line.constraint == "Line_itemId_fkey"
    tree = relation("Item", "parent")
    assert (tree.on_delete, tree.on_update, tree.is_default) == (
        "SetNull",
        "Cascade",
        ("onDelete", "onUpdate"),
    )
    assert relation("Twin", "item").kind == "one-to-one"
    assert relation("Part", "line").fields == ("orderNo", "lineNo")
    many = [r for r in tricky().relations if r.is_many_to_many]
    assert [(r.parent, r.child, r.parent_end, r.child_end) for r in many] == [("Item", "Tag", "0..n", "0..n")]
    assert (relation("Item", "shelf").is_yours, line.is_yours) == (True, False)


def test_enums_know_their_values_and_who_uses_them() -> None:
    kind = tricky().enums_by_name["Kind"]
    assert [(value.name, value.stored, value.is_yours) for value in kind.values] == [
        ("SMALL", "SMALL", False),
        ("BIG", "b<ig>", False),
        ("HUGE", "HUGE", True),
    ]
    assert kind.values[1].text == 'The "big" <one>'
    assert kind.used_by == (("Item", "kind"), ("Item", "kinds"))


def test_whose_rows_a_model_holds() -> None:
    models = example().by_name
    assert models["Tenant"].scope == "The tenant itself."
    assert models["InvoiceItem"].scope == "A tenant's own rows, told by `invoice.tenantId`."
    assert "rows without a tenant" in models["User"].scope
    assert tricky().by_name["Item"].scope == ""  # there are no tenants


def test_what_a_database_does_not_know_of_a_view() -> None:
    schema = of_text(
        """
        model Person {
          id    Int @id
          names Name[]
        }

        view Name {
          personId Int    @unique
          name     String
          person   Person @relation(fields: [personId], references: [id])
        }
        """
    )
    (found,) = schema.relations
    assert (found.constraint, found.on_delete, found.on_update, found.is_default) == ("", "", "", ())
    assert found.described == "Name.personId → Person.id (one-to-one)"
    assert schema.by_name["Name"].indexes == ()
