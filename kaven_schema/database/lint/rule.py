"""What a rule of migrations is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.schema import Schema
from kaven_schema.diagnostics import Severity


class Finding(NamedTuple):
    message: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`schema` as it stands before the act; `enums_before` as the migration found them.

    `acts` are all those of the migration, `number` is the place of the judged one among them.
    """

    migration: str
    schema: Schema
    enums_before: Mapping[str, tuple[str, ...]]
    acts: tuple[Act, ...]
    number: int

    def is_new_table(self, act: Act) -> bool:
        return self.schema.is_new_table(act.table, self.migration)

    def is_new_column(self, act: Act) -> bool:
        """Whether the migration itself made the column, or its table."""
        column = self.schema.column(act.table, act.name)
        return self.is_new_table(act) or (column is not None and column.made_in == self.migration)

    @property
    def later(self) -> tuple[Act, ...]:
        return self.acts[self.number + 1 :]

    @property
    def earlier(self) -> tuple[Act, ...]:
        return self.acts[: self.number]


class Rule(NamedTuple):
    """`slug` states the invariant; its page is docs/migration-rules/<slug>.md. `verbs` are the acts it judges."""

    slug: str
    severity: Severity
    summary: str
    verbs: tuple[str, ...]
    check: Callable[[Act, Context], Iterable[Finding]]
