"""Databases seen from outside: made, marked, looked into, renamed, dropped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.manifest import DatabaseFacts

if TYPE_CHECKING:
    from psycopg import Connection, sql

_MAINTENANCE = ("postgres", "template1")
_LONGEST_NAME = 63
_RESTORES = 72707371
_DATABASES = """\
SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE NOT datistemplate ORDER BY 1"""
_SESSIONS = """\
SELECT coalesce(usename, '?'), coalesce(nullif(application_name, ''), 'unnamed program'), count(*)
FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()
AND coalesce(backend_type, 'client backend') = 'client backend' GROUP BY 1, 2 ORDER BY 1, 2"""
# PostgreSQL writes these as lists of names, which are no text.
_NAME = re.compile(r'"(?:[^"]|"")*"|[^,\s][^,]*')
_LISTS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries")


class State(StrEnum):
    """Of a database beside the one that is used: being filled, whole, or what was used before."""

    FILLING = "filling"
    WHOLE = "whole"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose place a database beside is for, and from which backup; kept as its comment."""

    database: str
    backup: str
    state: State

    def text(self) -> str:
        return json.dumps({"kaven restore": [self.database, self.backup, self.state]})


def read_mark(comment: str | None) -> Mark | None:
    try:
        database, backup, state = json.loads(comment or "")["kaven restore"]
        return Mark(str(database), str(backup), State(state))
    except (ValueError, KeyError, TypeError):
        return None


@contextmanager
def maintenance(url: DatabaseUrl) -> Iterator[Connection]:
    """A connection to the cluster beside its databases. Raises KavenError as `connect` does."""
    options = {name: value for name, value in url.options.items() if name != "schema"}
    beside = replace(url, options=options)
    # Nobody can rename the database that he is connected to.
    first, *others = [name for name in _MAINTENANCE if name != url.database]
    try:
        connection = connect(beside.with_database(first))
    except KavenError as error:
        if error.rule != "database_unknown" or not others:
            raise
        connection = connect(beside.with_database(others[0]))
    with connection:
        yield connection


@contextmanager
def one_restore(connection: Connection, database: str) -> Iterator[None]:
    """Raises KavenError `backup_restore_running`."""
    taken = connection.execute(
        "SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_RESTORES, database]
    ).fetchone()
    if not (taken and taken[0]):
        raise KavenError(
            "backup_restore_running",
            f"another restore of {database} is under way",
            help="wait for it to end, then run the command again",
        )
    yield


def databases(connection: Connection) -> dict[str, Mark | None]:
    return {str(name): read_mark(comment) for name, comment in connection.execute(_DATABASES)}


def beside_name(database: str, word: str, moment: datetime) -> str:
    """`app_restore_20261122171500`, cut as far as PostgreSQL's longest name asks for."""
    end = f"_{word}_{moment:%Y%m%d%H%M%S}"
    return database.encode()[: _LONGEST_NAME - len(end)].decode("utf-8", "ignore") + end


def sessions(connection: Connection, database: str) -> tuple[str, ...]:
    """Who is connected to it, for people."""
    found = connection.execute(_SESSIONS, [database])
    return tuple(
        f"{user} ({program}{f', {number} times' if number > 1 else ''})" for user, program, number in found
    )


def create_database(connection: Connection, name: str, facts: DatabaseFacts, mark: Mark | None) -> None:
    """An empty one like that which was backed up, with what was granted on it and set for it."""
    version = connection.info.server_version // 10_000
    connection.execute(_creation(name, facts, version))
    if mark is not None:
        connection.execute(comment(name, mark))
    for statement in _properties(name, facts):
        connection.execute(statement)


def _creation(name: str, facts: DatabaseFacts, version: int) -> sql.Composed:
    from psycopg import sql

    parts = [
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {}").format(
            sql.Identifier(name), sql.Identifier(facts.owner), sql.Literal(facts.encoding)
        ),
        sql.SQL("LC_COLLATE {} LC_CTYPE {}").format(sql.Literal(facts.collate), sql.Literal(facts.ctype)),
    ]
    if version >= 15:
        parts.append(sql.SQL("LOCALE_PROVIDER {}").format(sql.Identifier(facts.provider)))
    if facts.provider != "libc":
        word = "ICU_LOCALE" if facts.provider == "icu" else "BUILTIN_LOCALE"
        parts.append(sql.SQL(f"{word} {{}}").format(sql.Literal(facts.locale)))
    return sql.SQL(" ").join(parts)


def _properties(name: str, facts: DatabaseFacts) -> Iterator[sql.Composed]:
    from psycopg import sql

    database = sql.Identifier(name)
    if facts.grants is not None:
        yield sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)
    for role, privilege, may_grant in facts.grants or ():
        yield sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
            sql.SQL(_word(privilege)),
            database,
            sql.Identifier(role) if role else sql.SQL("PUBLIC"),
            sql.SQL(" WITH GRANT OPTION" if may_grant else ""),
        )
    for role, setting, value in facts.settings:
        whose = sql.SQL("ROLE {} IN DATABASE {}") if role else sql.SQL("{}DATABASE {}")
        yield sql.SQL("ALTER {} SET {} TO {}").format(
            whose.format(sql.Identifier(role) if role else sql.SQL(""), database),
            sql.SQL(".").join(map(sql.Identifier, setting.split("."))),
            sql.SQL(", ").join(_names(value)) if setting in _LISTS else sql.Literal(value),
        )


def _names(value: str) -> Iterator[sql.Literal]:
    from psycopg import sql

    for part in _NAME.findall(value):
        name = part.strip()
        yield sql.Literal(name[1:-1].replace('""', '"') if name.startswith('"') else name)


def _word(privilege: str) -> str:
    """Raises ValueError for what is no privilege on a database."""
    if privilege not in ("CONNECT", "CREATE", "TEMPORARY"):
        raise ValueError(f"{privilege} is no privilege on a database")
    return privilege


def comment(name: str, mark: Mark | None) -> sql.Composed:
    from psycopg import sql

    text = sql.Literal(mark.text()) if mark else sql.SQL("NULL")
    return sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), text)


def rename(name: str, to: str) -> sql.Composed:
    from psycopg import sql

    return sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to))


def drop_database(connection: Connection, name: str, *, force: bool) -> None:
    from psycopg import sql

    statement = sql.SQL("DROP DATABASE IF EXISTS {}{}")
    connection.execute(statement.format(sql.Identifier(name), sql.SQL(" WITH (FORCE)" if force else "")))
