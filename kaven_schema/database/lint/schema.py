"""The schema that migrations build up, as far as rules need it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kaven_schema.database.lint.types import ColumnType


@dataclass(frozen=True, slots=True)
class Column:
    """`made_in` names the migration that made it."""

    type: ColumnType
    made_in: str
    is_required: bool = False
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """`not_null` names the column that it alone already proves to hold no null."""

    kind: str
    made_in: str
    columns: tuple[str, ...] = ()
    is_valid: bool = True
    not_null: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    table: str
    made_in: str
    is_unique: bool = False


@dataclass(slots=True)
class Table:
    made_in: str
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Type:
    """An enum's `values`; other types have none. `first_name` is what it was called before this migration."""

    made_in: str
    values: tuple[str, ...] = ()
    first_name: str = ""


@dataclass(slots=True)
class Schema:
    """What stands at one moment; only `applying` changes it.

    `functions` holds the columns of a trigger's row that each names, `triggers` the function of each, by its table
    and name.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    functions: dict[str, frozenset[str]] = field(default_factory=dict)
    triggers: dict[tuple[str, str], str] = field(default_factory=dict)

    def column(self, table: str, name: str) -> Column | None:
        found = self.tables.get(table)
        return found.columns.get(name) if found else None

    def constraint(self, table: str, name: str) -> Constraint | None:
        found = self.tables.get(table)
        return found.constraints.get(name) if found else None

    def triggers_naming(self, table: str, column: str) -> tuple[tuple[str, str], ...]:
        """The triggers of a table whose function names a column, each with its function."""
        return tuple(
            (name, function)
            for (own, name), function in self.triggers.items()
            if own == table and column in self.functions.get(function, ())
        )

    def is_new_table(self, table: str, migration: str) -> bool:
        """Whether the migration itself made it: then no row and no reader depends on it."""
        found = self.tables.get(table)
        return found is not None and found.made_in == migration

    def enum_values(self) -> dict[str, tuple[str, ...]]:
        return {name: found.values for name, found in self.types.items() if found.values}

    def begin_migration(self) -> None:
        self.types = {name: replace(found, first_name=name) for name, found in self.types.items()}
