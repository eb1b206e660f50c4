"""Filling the rows that were there before the plan, in batches, beside everybody who works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect, lost
from kaven_schema.database.expand import journal, rows
from kaven_schema.database.expand.plan import DROP, RENAME, Plan
from kaven_schema.database.expand.rows import Key, PlanTable
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Advance, Progress, silent

if TYPE_CHECKING:
    from psycopg import Connection

BATCH_ROWS = 1000
_PATIENCE = "SET lock_timeout = '5s'"
_TRIES = 20
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOptions:
    """`batch` rows are passed in one transaction; at most `rate` rows are written a second, None is no limit."""

    batch: int = BATCH_ROWS
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """What one run did. `hopeless` rows have a value that cannot be converted, `keys` name the first of them."""

    plan: str
    filled: int = 0
    is_complete: bool = True
    hopeless: int = 0
    keys: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do."""
        return self.is_complete and not self.filled


def backfill(
    url: DatabaseUrl,
    plan: Plan,
    options: BackfillOptions,
    *,
    progress: Progress = silent,
    notify: Callable[[str], None] = lambda _: None,
) -> Backfill:
    """Fill every row that lacks a value; where one cannot be filled, none is.

    Raises KavenError `plan_not_expanded`, `plan_key_missing`, `backfill_refused`, `backfill_blocked`, and as
    `connect` does.
    """
    from psycopg import Error, OperationalError
    from psycopg.errors import InsufficientPrivilege, LockNotAvailable

    if plan.kind == DROP:
        return Backfill(plan=plan.name)
    with connect(url) as connection:
        try:
            connection.execute(_PATIENCE)
            table = rows.open_table(connection, plan)
            if table is None:
                return Backfill(plan=plan.name)
            return _Run(connection, table, options, progress, notify).run()
        except LockNotAvailable:
            raise _blocked(plan) from None
        except OperationalError as error:
            raise lost(url, error) from None
        except InsufficientPrivilege as error:
            raise _refused(
                f"{connection.info.user} may not: {error.diag.message_primary}",
                f"connect as the owner of {plan.table}",
            ) from None
        except Error as error:
            message = f"a row of {plan.table} cannot be written: {error.diag.message_primary or error}"
            raise _refused(message, "mend what it names, then run the command again: it goes on") from None


def _refused(message: str, help: str) -> KavenError:
    return KavenError("backfill_refused", message, help=help, exit_code=ExitCode.PROBLEMS)


def _blocked(plan: Plan) -> KavenError:
    return KavenError(
        "backfill_blocked",
        f"somebody keeps {plan.table}, or rows of it, locked",
        help="end that transaction (select * from pg_stat_activity), then run the command again: it goes on",
        exit_code=ExitCode.PROBLEMS,
    )


@dataclass(slots=True)
class _Run:
    connection: Connection
    table: PlanTable
    options: BackfillOptions
    progress: Progress
    notify: Callable[[str], None]

    def run(self) -> Backfill:
        name = self.table.plan.name
        if not rows.find_unfilled(self.connection, self.table):
            return Backfill(plan=name)
        total = rows.estimated_rows(self.connection, self.table)
        hopeless, keys = self._hopeless(total)
        if hopeless:
            return Backfill(plan=name, is_complete=False, hopeless=hopeless, keys=keys)
        started = journal.open_journal(self.connection, self.table)
        if started.passed:
            self.notify(f"{name} goes on behind row {started.passed}")
        filled = idle = 0
        while True:
            is_first = filled == idle == 0
            title = f"Backfilling {name}" if is_first else f"Backfilling {name}: what others were writing"
            with self.progress(title, total) as advance:
                now = self._pass(advance, skip_locked=is_first)
            filled += now
            left = rows.find_unfilled(self.connection, self.table)
            idle += now == 0
            if not left.waiting or idle > _TRIES:
                return Backfill(
                    plan=name, filled=filled, is_complete=not left, hopeless=left.hopeless, keys=left.keys
                )

    def _hopeless(self, total: int) -> tuple[int, tuple[str, ...]]:
        """Before anything is written, look for values that cannot be converted."""
        count = 0
        keys: tuple[str, ...] = ()
        after: Key | None = None
        if self.table.plan.kind == RENAME:
            return count, keys
        with self.progress(f"Checking {self.table.plan.name}", total) as advance:
            while found := rows.next_bound(self.connection, self.table, after, self.options.batch):
                upto, passed = found
                more = rows.count_rows(
                    self.connection,
                    self.table,
                    self.table.hopeless(),
                    after,
                    upto,
                    wanted=rows.SHOWN_KEYS - len(keys),
                )
                count, keys, after = count + more[0], (*keys, *more[1]), upto
                advance(passed)
        return count, keys

    def _pass(self, advance: Advance, *, skip_locked: bool) -> int:
        """Once through the table, or to the end of the pass that another run is at."""
        began = journal.read_progress(self.connection, self.table)
        advance(began.passed)
        filled, passed = 0, began.passed
        while True:
            begin = time.monotonic()
            batch = self._batch(began.number, skip_locked=skip_locked)
            if batch is None:
                return filled
            filled += batch[1]
            advance(batch[0] - passed)
            passed = batch[0]
            if self.options.rate:
                time.sleep(max(0.0, begin + batch[1] / self.options.rate - time.monotonic()))

    def _batch(self, number: int, *, skip_locked: bool) -> tuple[int, int] | None:
        """The rows that are passed by now, and how many were filled; None at the end of the pass."""
        from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

        for _ in range(_TRIES):
            try:
                with self.connection.transaction():
                    return self._one_batch(number, skip_locked=skip_locked)
            except (DeadlockDetected, LockNotAvailable, SerializationFailure):
                time.sleep(_PAUSE_SECONDS)
        raise _blocked(self.table.plan)

    def _one_batch(self, number: int, *, skip_locked: bool) -> tuple[int, int] | None:
        now = journal.read_progress(self.connection, self.table, lock=True)
        if now.number != number:
            return None
        size = self.options.batch
        if self.options.rate:
            size = max(1, min(size, int(self.options.rate)))
        found = rows.next_bound(self.connection, self.table, now.last, size)
        if found is None:
            journal.end_pass(self.connection, self.table)
            return None
        upto, passed = found
        filled = self._fill(now.last, upto, skip_locked=skip_locked)
        journal.note_batch(self.connection, self.table, upto, passed, filled)
        return now.passed + passed, filled

    def _fill(self, after: Key | None, upto: Key, *, skip_locked: bool) -> int:
        return rows.fill_rows(self.connection, self.table, after, upto, skip_locked=skip_locked)
