"""Where we see nothing that touches the database, Prisma's schema engine has nothing to do, and the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kaven_schema.compare import compare
from kaven_schema.engines.schema_engine import SchemaEngineSession, SchemaFiles
from kaven_schema.source import Source
from kaven_schema.syntax.document import read_document

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "compare"
# The others are not whole schemas: they show what one side alone can hold.
CASES = {
    "column_taken_over": False,
    "columns": False,
    "documentation": True,
    "enum_values": False,
    "native_types": False,
    "nothing_but_layout": True,
    "possibly_renamed": False,
    "relations": False,
    "renamed_in_code_only": True,
}
IN_CODE_ONLY = {
    *("model_renamed", "view_renamed", "enum_renamed", "field_renamed", "enum_value_renamed"),
    *("relation_renamed", "relation_name_changed", "documentation_changed"),
}
HEAD = """\
datasource db {
  provider = "postgresql"
  url      = "postgresql://nobody@nowhere/nothing"
}

generator other {
  provider        = "prisma-client-js"
  previewFeatures = ["views"]
}

"""


@pytest.fixture(scope="module")
def engine() -> Iterator[SchemaEngineSession]:
    with SchemaEngineSession.start() as session:
        yield session


@pytest.mark.parametrize("case", CASES)
def test_migration_is_empty(engine: SchemaEngineSession, case: str) -> None:
    texts = [(FIXTURES / case / f"{side}.prisma").read_text(encoding="utf-8") for side in ("old", "new")]
    old, new = (text if "datasource" in text else HEAD + text for text in texts)
    script = engine.script(SchemaFiles((("schema.prisma", old),)), SchemaFiles((("schema.prisma", new),)))
    changes = compare(read_document(Source("old.prisma", old)), read_document(Source("new.prisma", new)))
    assert {change.kind for change in changes}.issubset(IN_CODE_ONLY) is CASES[case]
    assert (script.strip() == "") is CASES[case]
