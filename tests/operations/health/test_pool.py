"""Connections and timeouts without a pooler; PgBouncer itself is in test_pgbouncer.py."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.target import Target
from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.operations.health.checks.pool import _set_timeout, connection_limit, console_findings
from tests.database.servers import query, superuser
from tests.operations.health.conftest import Login, Look, only

pytestmark = pytest.mark.xdist_group("postgres")
POOLED = parse_url("postgresql://u@h/d?pgbouncer=true", "test")
TRANSACTION = {"pool_mode": "transaction", "max_prepared_statements": "200"}


def test_no_pooler(look: Look, application: DatabaseUrl) -> None:
    only(look("pooler"), "green")
    pooled = replace(application, options={"pgbouncer": "true"})
    assert "leads to the server itself" in only(look("pooler", application=str(pooled)), "yellow").what


@pytest.mark.parametrize(
    ("settings", "url", "colours"),
    [
        (TRANSACTION, "postgresql://u@h/d", ["green"]),
        (TRANSACTION | {"max_prepared_statements": "0"}, "postgresql://u@h/d", ["green", "red"]),
        ({"pool_mode": "transaction"}, "postgresql://u@h/d?pgbouncer=true", ["green"]),
        ({"pool_mode": "session"}, "postgresql://u@h/d?pgbouncer=true", ["yellow"]),
        ({"pool_mode": "statement"}, "postgresql://u@h/d?pgbouncer=true", ["red"]),
    ],
    ids=["prepared", "not prepared", "older", "session", "statement"],
)
def test_what_the_console_says(settings: dict[str, str], url: str, colours: list[str]) -> None:
    found = console_findings(settings, "PgBouncer 1.18.0", parse_url(url, "test"))
    assert [finding.colour.value for finding in found] == colours


def test_limit_of_connections() -> None:
    assert connection_limit(parse_url("postgresql://u@h/d?connection_limit=7", "test")) == 7
    assert connection_limit(POOLED) == connection_limit(
        parse_url("postgresql://u@h/d?connection_limit=many", "test")
    )


def test_more_than_the_server_has(look: Look, application: DatabaseUrl) -> None:
    only(look("connections"), "green")
    greedy = replace(application, options={"connection_limit": "1000"})
    assert "may want 1000" in only(look("connections", application=str(greedy)), "red").what


def test_server_that_is_nearly_full(look: Look, application: DatabaseUrl) -> None:
    with ExitStack() as stack:
        for _ in range(78):
            stack.enter_context(psycopg.connect(str(application)))
        assert "are taken" in only(look("connections"), "red").what


def test_console_that_does_not_answer(look: Look) -> None:
    """Whoever names one is told, also where the application does not go through it."""
    found = look("pooler", pooler="postgresql://monitor@127.0.0.1:1/pgbouncer")
    assert "PgBouncer's settings cannot be seen: " in only(found, "yellow").what


def test_timeout_of_the_embedded_database(shared_server: EmbeddedServer) -> None:
    """The owner may not set it, the role itself may."""
    embedded = Target(shared_server.url(Role.APP), "", is_embedded=True)
    do = _set_timeout(embedded, "statement_timeout = '30s'")
    assert do == "kaven db psql --role app -c \"ALTER ROLE kaven_app SET statement_timeout = '30s'\""
    sql = do.split('"')[1]
    name = sql.split()[2]
    try:
        query(shared_server.url(Role.APP), sql)
    finally:
        query(shared_server.url(Role.APP), f"ALTER ROLE {name} RESET statement_timeout")


def test_timeouts(look: Look, login: Login, shared_server: EmbeddedServer) -> None:
    assert [finding.colour.value for finding in look("timeouts")] == ["yellow", "yellow"]
    url = login("")
    with superuser(shared_server) as connection:
        for setting in ("statement_timeout = '30s'", "idle_in_transaction_session_timeout = '1min'"):
            connection.execute(f"ALTER ROLE {url.user} SET {setting}".encode())
    found = look("timeouts", application=str(url))
    assert [finding.colour.value for finding in found] == ["green", "green"]
    assert "1min" in found[0].what
