"""The restored database in place of the one in use: two renames in one transaction, so that one of both stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.cluster import Mark, State, comment, maintenance, rename, sessions

if TYPE_CHECKING:
    from threading import Event

    from psycopg import Connection

_END = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()
AND coalesce(backend_type, 'client backend') = 'client backend'"""
_POLL_SECONDS = 0.1


def swap(
    connection: Connection, url: DatabaseUrl, new: str, before: str, backup: str, *, end_sessions: bool
) -> None:
    """`new` gets the name of the URL's database, and that database, if there is one, the name `before`.

    While PostgreSQL renames, it lets nobody in, and waits some seconds for who is in there; with `end_sessions` they
    are ended meanwhile. Raises KavenError `database_in_use`, `backup_sessions_not_ended`, `backup_restore_refused`.
    """
    from psycopg import Error
    from psycopg.errors import InsufficientPrivilege, ObjectInUse

    name = url.database
    with _ending(url, name, wanted=end_sessions and bool(before)) as problems:
        try:
            with connection.transaction():
                if before:
                    connection.execute(rename(name, before))
                    connection.execute(comment(before, Mark(name, backup, State.BEFORE)))
                connection.execute(rename(new, name))
                connection.execute(comment(name, None))
        except ObjectInUse:
            if problems:
                raise _not_ended(name, problems[0], url) from None
            raise in_use(name, sessions(connection, name)) from None
        except InsufficientPrivilege as error:
            raise refused(url, error) from None
        except Error as error:
            raise refused(url, error) from None


@contextmanager
def _ending(url: DatabaseUrl, name: str, *, wanted: bool) -> Iterator[list[str]]:
    """For as long as the block lasts whoever is connected is thrown out; why that fails is in the list."""
    from threading import Event, Thread

    problems: list[str] = []
    if not wanted:
        yield problems
        return
    done = Event()
    thread = Thread(target=_end, args=(url, name, done, problems), daemon=True)
    thread.start()
    try:
        yield problems
    finally:
        done.set()
        thread.join()


def _end(url: DatabaseUrl, name: str, done: Event, problems: list[str]) -> None:
    from psycopg import Error

    try:
        with maintenance(url) as connection:
            while not done.is_set():
                connection.execute(_END, [name])
                done.wait(_POLL_SECONDS)
    except (Error, KavenError) as error:
        problems.append(str(error).strip())


def in_use(name: str, who: Sequence[str]) -> KavenError:
    shown = ", ".join(who[:6]) or "somebody who just left"
    return KavenError(
        "database_in_use",
        f"{name} is in use by {shown}",
        help="stop them, then run the command again; or let it end their sessions: --end-sessions",
        exit_code=ExitCode.ENVIRONMENT,
    )


def _not_ended(name: str, problem: str, url: DatabaseUrl) -> KavenError:
    return KavenError(
        "backup_sessions_not_ended",
        f"{url.user} may not end the sessions in {name}: {problem}",
        help=f'stop them; or let a superuser say: GRANT pg_signal_backend TO "{url.user}"',
    )


def refused(url: DatabaseUrl, error: Exception) -> KavenError:
    return KavenError(
        "backup_restore_refused",
        f"{url.user} may not make or rename databases so: {str(error).strip().splitlines()[0]}",
        help="name in DATABASE_URL a superuser, or who has CREATEDB and is a member of the database's owner",
    )
