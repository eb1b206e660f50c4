"""What Prisma's own engine says about columns: types, defaults and indexes exactly as its migrations have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kaven_schema.catalog.partial_indexes import SIGN
from kaven_schema.database.expand.declared import Declared
from kaven_schema.database.expand.scripts import NewColumn
from kaven_schema.database.expand.subject import Subject
from kaven_schema.database.expand.texts import Texts
from kaven_schema.database.migrations.statements import split_statements
from kaven_schema.database.migrations.states import Comparison, schema_state
from kaven_schema.engines.schema_engine import Migrations, SchemaFiles
from kaven_schema.rules.fixing import add_lines
from kaven_schema.source import Source

_NAME = r'"[^"]*"'
_ADDED = re.compile(rf"ALTER TABLE (?:{_NAME}\.)?{_NAME} ADD COLUMN\s+{_NAME} (?P<type>.*)", re.DOTALL)
_DEFAULT = re.compile(
    rf"ALTER TABLE (?:{_NAME}\.)?{_NAME} ALTER COLUMN {_NAME} SET DEFAULT (?P<value>.*)", re.DOTALL
)
_INDEX = re.compile(r"(CREATE (?:UNIQUE )?INDEX )(?:IF NOT EXISTS )?(?=\")")
_MARK = "COMMENT ON INDEX "
_PROBE = "kavenProbe"


class NewIndexes(NamedTuple):
    """Statements: `marks` say of partial ones that a declaration made them."""

    creations: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Engine:
    """Asks with fields added to a project's texts; use it inside of `comparing`."""

    comparison: Comparison
    texts: Texts
    migrations: Path
    """The folder, which leads to what `texts` merge to."""

    def state(self, *lines: str, subject: Subject) -> SchemaFiles:
        return state_of(self.texts.edited([add_lines(subject.part, lines)]) if lines else self.texts)

    def column(self, subject: Subject, declared: Declared) -> NewColumn:
        """Its type and default, whatever the field is called."""
        probe = Declared(_PROBE, declared.type, declared.arity, declared.attributes).without("unique", "map")
        probe = probe.without("ignore", "updatedAt").optional()
        nothing = self.state(subject=subject)
        bare = self.state(str(probe.bare()), subject=subject)
        added = split_statements(self.comparison.script(nothing, bare))[0].text
        found = _ADDED.fullmatch(added)
        assert found, added
        return NewColumn(" ".join(found["type"].split()), self._default(subject, probe, bare))

    def _default(self, subject: Subject, probe: Declared, bare: SchemaFiles) -> str:
        if not probe.has("default"):
            return ""
        script = self.comparison.script(bare, self.state(str(probe), subject=subject))
        values = [_DEFAULT.fullmatch(one.text) for one in split_statements(script)]
        return values[0]["value"] if values and values[0] else ""

    def indexes(self, after: Texts) -> NewIndexes:
        """The statements for the indexes that come, each built without keeping writers waiting.

        None says IF NOT EXISTS: what was left of one that failed is not to count as built. A partial one is tried
        first in the shadow database. Raises KavenError `partial_index_refused`.
        """
        merged = after.compile().text
        before = Migrations(self.migrations) if SIGN in merged else state_of(self.texts)
        script = self.comparison.script(before, state_of(after))
        found = [one.text for one in split_statements(script)]
        return NewIndexes(
            tuple(
                _INDEX.sub(lambda head: f"{head[1]}CONCURRENTLY ", text, count=1)
                for text in found
                if _INDEX.match(text)
            ),
            tuple(text for text in found if text.startswith(_MARK)),
        )


def state_of(texts: Texts) -> SchemaFiles:
    return schema_state(Source("schema.prisma", texts.compile().text))
