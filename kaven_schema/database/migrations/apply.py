"""Running one migration, and recording it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kaven_schema.database.migrations.extensions import lacks_extension, missing_extension
from kaven_schema.database.migrations.folder import Migration
from kaven_schema.database.migrations.history import ways_out
from kaven_schema.database.migrations.plan import Step, plan_steps
from kaven_schema.database.migrations.session import Session
from kaven_schema.database.migrations.statements import Statement, split_statements
from kaven_schema.database.migrations.table import begin_row, finish_row, log_row, record_undone
from kaven_schema.database.row_level_security.names import is_ours
from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.source import Span

if TYPE_CHECKING:
    from psycopg import Connection, Error

Tell = Callable[[int], None]
"""Called with the number of statements that were done since the last call."""

_DISK_FULL = "disk_full"
_NOT_IN_TRANSACTION = "25001"
_VALUE_NOT_COMMITTED = "55P04"
_OTHERS_DEPEND = "2BP01"


class MigrationError(Exception):
    """A statement was refused: where it stands, and what is left of the migration."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class _RefusedError(Exception):
    def __init__(self, statement: Statement, error: Error) -> None:
        super().__init__(str(error))
        self.statement = statement
        self.error = error


def apply_migration(connection: Connection, migration: Migration, tell: Tell) -> None:
    """Run it and record it: all of it and its record, or nothing, where PostgreSQL takes it in a transaction.

    Raises MigrationError, and psycopg's OperationalError where the connection is lost.
    """
    statements = split_statements(migration.sql)
    session = Session.of(connection)
    alone: set[int] = set()
    while True:
        steps = plan_steps(statements, alone)
        try:
            if len(steps) <= 1 and not any(step.alone for step in steps):
                _apply_whole(session, migration, steps, tell)
            else:
                _apply_stepwise(session, migration, steps, tell)
        except _RefusedError as refused:
            again = _alone_next_time(refused, statements, alone)
            if again is None:
                raise _undone(session, migration, refused) from None
            alone = again
        else:
            return


def _alone_next_time(
    refused: _RefusedError, statements: Sequence[Statement], alone: set[int]
) -> set[int] | None:
    """PostgreSQL said that the transaction was the fault, and took it back: no statement is done yet."""
    if refused.error.sqlstate == _NOT_IN_TRANSACTION and refused.statement.start not in alone:
        return alone | {refused.statement.start}
    if refused.error.sqlstate == _VALUE_NOT_COMMITTED:
        added = {found.start for found in statements if found.words[:2] == ("ALTER", "TYPE")}
        return alone | added if added - alone else None
    return None


def _apply_whole(session: Session, migration: Migration, steps: Sequence[Step], tell: Tell) -> None:
    try:
        with session.transaction():
            id = begin_row(session.connection, migration)
            for step in steps:
                _run(session.connection, step, tell)
            session.unbind()
            finish_row(session.connection, id)
    except _RefusedError as refused:
        if refused.error.sqlstate in (_NOT_IN_TRANSACTION, _VALUE_NOT_COMMITTED):
            raise
        raise _undone(session, migration, refused) from None
    session.forget()


def _undone(session: Session, migration: Migration, refused: _RefusedError) -> MigrationError:
    session.forget()
    record_undone(session.connection, migration, _log(migration, refused))
    mend = "free some space on the server's disk" if _is_disk_full(refused) else "mend the script"
    left = f"PostgreSQL took the whole migration back; {mend}, then deploy again"
    return MigrationError(_diagnostic(migration, refused, left))


def _apply_stepwise(session: Session, migration: Migration, steps: Sequence[Step], tell: Tell) -> None:
    """Committed in parts; the record says how far it is, for whoever finds it unfinished."""
    connection = session.connection
    with connection.transaction():
        id = begin_row(connection, migration)
        log_row(connection, id, _progress(migration, steps, 0))
    for number, step in enumerate(steps):
        try:
            if step.alone:
                _run(connection, step, tell)
                if session.is_idle:
                    with session.transaction():
                        session.unbind()
                        log_row(connection, id, _progress(migration, steps, number + 1))
            else:
                with session.transaction():
                    _run(connection, step, tell)
                    session.unbind()
                    log_row(connection, id, _progress(migration, steps, number + 1))
        except _RefusedError as refused:
            session.forget()
            left = _progress(migration, steps, number)
            log_row(connection, id, f"{_log(migration, refused)}\n{left}")
            help = f"{left}; {ways_out(migration.name)}"
            raise MigrationError(_diagnostic(migration, refused, help)) from None
    session.forget()
    finish_row(connection, id)


def _run(connection: Connection, step: Step, tell: Tell) -> None:
    from psycopg import Error, InterfaceError, OperationalError

    for statement in step.statements:
        try:
            connection.execute(statement.text.encode())
        except OperationalError as error:
            if connection.broken or error.sqlstate is None:
                raise
            raise _RefusedError(statement, error) from None
        except InterfaceError:
            raise
        except Error as error:
            raise _RefusedError(statement, error) from None
        tell(1)


def _progress(migration: Migration, steps: Sequence[Step], begun: int) -> str:
    """How far it is after so many steps."""
    total = sum(len(step.statements) for step in steps)
    done = sum(len(step.statements) for step in steps[:begun])
    if begun == len(steps):
        return f"all {total} statements are done"
    line = migration.source.position(steps[begun].statements[0].start).line
    unsure = " and may be done or begun: PostgreSQL takes it in no transaction" if steps[begun].alone else ""
    place = f"{migration.source.path}:{line}"
    return f"{done} of {total} statements are done, the next one is at {place}{unsure}"


def _log(migration: Migration, refused: _RefusedError) -> str:
    place = migration.source.position(_place(refused).start)
    return f"{migration.source.path}:{place.line}: {_said(refused.error)}"


def _said(error: Error) -> str:
    parts = [error.diag.message_primary or str(error).strip()]
    if error.diag.message_detail:
        parts.append(error.diag.message_detail)
    return f"{'; '.join(parts)} ({error.sqlstate})"


def _place(refused: _RefusedError) -> Span:
    """What PostgreSQL points to, or the statement's first line."""
    statement, position = refused.statement, refused.error.diag.statement_position
    if position and position.isdigit():
        start = int(position) - 1
        rest = statement.text[start:]
        length = len(rest) - len(rest.lstrip('"' + _WORD)) if rest[:1] != '"' else rest.find('"', 1) + 1
        return Span(start, start + max(length, 1)).shifted(statement.start)
    return Span(0, len(statement.text.split("\n", 1)[0])).shifted(statement.start)


_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"


def _is_disk_full(refused: _RefusedError) -> bool:
    return refused.error.sqlstate == "53100"


def _diagnostic(migration: Migration, refused: _RefusedError, left: str) -> Diagnostic:
    said = refused.error.diag.message_hint
    hint = f"; PostgreSQL's hint: {said}" if said else ""
    if extension := missing_extension(str(refused.error)):
        left = f"{lacks_extension(extension)}: set DATABASE_URL to one that has it"
        hint = ""
    elif refused.error.sqlstate == _OTHERS_DEPEND and is_ours(refused.error.diag.message_detail or ""):
        left = (
            f"what `kaven rls` made names it: run kaven rls, rename the folder that it writes so that it comes before"
            f" {migration.name}, then: kaven migrate deploy"
        )
        hint = ""
    return Diagnostic(
        rule=_DISK_FULL if _is_disk_full(refused) else "migration_applies",
        severity=Severity.ERROR,
        message=f"{migration.name}: {_said(refused.error)}",
        labels=(Label(migration.source, _place(refused)),),
        help=f"{left}{hint}",
    )
