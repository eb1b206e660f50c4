from __future__ import annotations

from kaven_schema.docs.formats.mermaid import to_mermaid
from tests.docs.schemas import example, of_text, tricky


def test_cardinalities() -> None:
    lines = to_mermaid(example()).splitlines()
    assert '  "Tenant" |o--o{ "User" : "users"' in lines
    assert '  "Tenant" ||--o| "Subscription" : "subscription"' in lines
    assert '  "Item" }o--o{ "Tag" : "tags"' in to_mermaid(tricky()).splitlines()


def test_fields_have_types_marks_and_comments() -> None:
    lines = to_mermaid(example()).splitlines()
    assert '    String email UK "Unique email address (used for login)"' in lines
    assert '    String company "optional, yours"' in lines
    assert "    Kind[] kinds" in to_mermaid(tricky()).splitlines()


def test_no_text_of_the_schema_breaks_its_line() -> None:
    for line in to_mermaid(tricky()).splitlines():
        assert line.count('"') % 2 == 0 or line.startswith("title:")
        assert "%%{" not in line


def test_names_that_mermaid_takes_for_marks() -> None:
    text = to_mermaid(of_text("enum UK {\n  A\n}\nmodel M {\n  pk Int @id\n  fk UK\n}\n"))
    assert "    Int pk_ PK\n" in text
    assert "    UK_ fk_\n" in text
