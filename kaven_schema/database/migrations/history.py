"""The folder and the table compared: what is applied, what is to come, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kaven_schema.database.migrations.folder import Migration, MigrationsFolder
from kaven_schema.database.migrations.table import Row
from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.source import Span

OUT_OF_ORDER = "migrations_in_order"


@dataclass(frozen=True, slots=True)
class History:
    """`rows` holds for each migration that is applied or failed its last attempt."""

    folder: MigrationsFolder
    rows: dict[str, Row]
    undone: dict[str, Row]

    @classmethod
    def of(cls, folder: MigrationsFolder, rows: Sequence[Row]) -> History:
        current = {row.name: row for row in rows if row.rolled_back_at is None and not row.is_failed}
        current |= {row.name: row for row in rows if row.is_failed}
        return cls(folder, current, {row.name: row for row in rows if row.rolled_back_at is not None})

    @property
    def applied(self) -> tuple[Row, ...]:
        return tuple(sorted((row for row in self.rows.values() if row.is_applied), key=lambda row: row.name))

    @property
    def failed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows.values() if row.is_failed)

    @property
    def pending(self) -> tuple[Migration, ...]:
        return tuple(found for found in self.folder.migrations if found.name not in self.rows)

    @property
    def edited(self) -> tuple[tuple[Migration, Row], ...]:
        pairs = [(self.folder.find(row.name), row) for row in self.applied]
        return tuple((found, row) for found, row in pairs if found and not found.has_checksum(row.checksum))

    @property
    def missing(self) -> tuple[Row, ...]:
        return tuple(row for row in self.applied if self.folder.find(row.name) is None)

    @property
    def out_of_order(self) -> tuple[Migration, ...]:
        last = self.applied[-1].name if self.applied else ""
        return tuple(found for found in self.pending if found.name < last)

    def problems(self) -> tuple[Diagnostic, ...]:
        """Everything that speaks against applying what is pending."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Diagnostic]:
        for row in self.failed:
            yield _failed(row, self.folder.find(row.name))
        for migration, row in self.edited:
            yield _problem(
                "migration_unchanged",
                f"{migration.name} was edited after it was applied ({row.finished_at:%Y-%m-%d %H:%M} UTC)",
                f"restore it from version control and put the change into a new migration; if it changes "
                f"nothing: kaven migrate resolve --edited {migration.name}",
                migration,
            )
        for row in self.missing:
            newer = not self.folder.migrations or row.name > self.folder.migrations[-1].name
            yield _problem(
                "migration_present",
                f"{row.name} is applied in the database, and is not in the folder"
                + (
                    ": it was deleted, or this is an older state of the project"
                    if newer
                    else ": it was deleted"
                ),
                "restore it from version control; in development, start anew: kaven db reset",
            )
        last = self.applied[-1].name if self.applied else ""
        for migration in self.out_of_order:
            yield _problem(
                OUT_OF_ORDER,
                f"{migration.name} is not applied, and comes before {last}, which is",
                "give its folder a later time; if the order does not matter: --allow-out-of-order",
                migration,
            )


def ways_out(name: str) -> str:
    """What to do about a migration that is half done."""
    return (
        f"undo what it did, then: kaven migrate resolve --rolled-back {name}; "
        f"or do the rest by hand, then: kaven migrate resolve --applied {name}"
    )


def _failed(row: Row, migration: Migration | None) -> Diagnostic:
    done = f": {row.logs.strip()}" if row.logs else ": it was killed before its first statement was done"
    return _problem(
        "migration_finished",
        f"{row.name}, started {row.started_at:%Y-%m-%d %H:%M:%S} UTC, was not finished{done}",
        ways_out(row.name),
        migration,
    )


def _problem(rule: str, message: str, help: str, migration: Migration | None = None) -> Diagnostic:
    labels = (Label(migration.source, Span(0, len(migration.source.line_text(1)))),) if migration else ()
    return Diagnostic(rule=rule, severity=Severity.ERROR, message=message, labels=labels, help=help)
