"""The layout of docs/production.md with a real PgBouncer, and what the doctor says where it is another."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.embedded.identity import server_identity
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.operations.health.finding import Finding
from tests.operations.health.conftest import Look, coloured, only
from tests.operations.health.production import Production, bouncer, forget_roles

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("postgres")]
Bouncer = Callable[..., AbstractContextManager[Production]]


@pytest.fixture
def run(shared_server: EmbeddedServer, protected: DatabaseUrl) -> Iterator[Bouncer]:
    """PgBouncer with the page's settings, or with some changed."""
    yield lambda **changes: bouncer(shared_server, protected.database, changes)
    forget_roles(shared_server)


def seen(look: Look, production: Production, name: str = "pooler", **given: object) -> list[Finding]:
    told: dict[str, object] = {
        "application": str(production.app),
        "direct": str(production.owner),
        "pooler": str(production.monitor),
    }
    return look(name, **(told | given))


def test_the_layout_of_the_page_is_well(look: Look, run: Bouncer) -> None:
    with run() as production:
        for name in ("database", "engine", "roles", "policies", "pooler", "connections", "timeouts", "tls"):
            found = seen(look, production, name)
            assert found
            assert {finding.colour.value for finding in found} == {"green"}, coloured(found)
        assert "in transaction mode" in seen(look, production)[0].what


def test_two_tenants_on_one_connection(run: Bouncer, protected: DatabaseUrl) -> None:
    """With one connection of the server's for all, no tenant is left on it."""
    with run(default_pool_size="1", reserve_pool_size="0") as production:
        url = str(replace(production.app, options={}))
        clients = [psycopg.connect(url, prepare_threshold=None, autocommit=True) for _ in range(2)]
        backends = set()
        for number in range(10):
            client, tenant = clients[number % 2], f"tenant {number}"
            with client.transaction():
                client.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
                row = client.execute("SELECT current_setting('app.tenant_id'), pg_backend_pid()").fetchone()
            assert row
            assert row[0] == tenant
            backends.add(row[1])
            assert client.execute("SELECT current_setting('app.tenant_id', true)").fetchone() in (
                ("",),
                (None,),
            )
        assert len(backends) == 1
        for client in clients:
            client.close()


def test_url_that_does_not_say_so(look: Look, run: Bouncer) -> None:
    with run() as production:
        silent = replace(production.app, options={})
        found = [finding for finding in seen(look, production, application=str(silent)) if finding.do]
        assert "prepared statements break" in found[0].what
        assert {finding.colour.value for finding in found} == {"red"}


def test_migrations_through_the_pooler(look: Look, run: Bouncer) -> None:
    with run() as production:
        found = [finding for finding in seen(look, production, direct=str(production.app)) if finding.do]
        assert "migrations would go through" in only(found, "red").what


@pytest.mark.parametrize(
    ("changes", "colour", "word"),
    [
        ({"pool_mode": "session"}, "yellow", "session mode"),
        ({"pool_mode": "statement"}, "red", "statement mode"),
        ({"default_pool_size": "200"}, "red", "more than the server's"),
        ({"max_client_conn": "5"}, "red", "wants 10 connections of the 5"),
    ],
    ids=["session", "statement", "pool", "clients"],
)
def test_settings_that_are_not_the_pages(
    look: Look, run: Bouncer, changes: dict[str, str], colour: str, word: str
) -> None:
    with run(**changes) as production:
        found = [finding for finding in seen(look, production) if finding.do]
        assert word in only(found, colour).what


def test_console_that_is_closed(look: Look, run: Bouncer) -> None:
    with run() as production:
        found = seen(look, production, pooler="")
        assert "PgBouncer's settings cannot be seen" in only(found, "yellow").what


@pytest.fixture
def certificate(public_folder: Path, shared_server: EmbeddedServer) -> Path:
    """A certificate for whoever answers at kaven.test; its key is beside it, for the server's user."""
    path = public_folder / "server.crt"
    subject = ["-subj", "/CN=kaven.test", "-addext", "subjectAltName=DNS:kaven.test"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(
        [*command, "-keyout", path.with_suffix(".key"), "-out", path], check=True, capture_output=True
    )
    server_identity(shared_server.layout.data).give(path.with_suffix(".key"))
    return path


def test_encryption(look: Look, run: Bouncer, certificate: Path) -> None:
    """The embedded PostgreSQL has none; PgBouncer has: believed without a look, then verified."""
    settings = {
        "client_tls_sslmode": "allow",
        "client_tls_cert_file": str(certificate),
        "client_tls_key_file": str(certificate.with_suffix(".key")),
    }
    with run(**settings) as production:
        # libpq takes the name for the certificate, and the address for the way.
        outside = replace(production.app, host="kaven.test", options={"hostaddr": "127.0.0.1"})

        def tls(**given: object) -> list[Finding]:
            return seen(look, production, "tls", **given)[:1]

        plain = replace(outside, options={**outside.options, "sslmode": "disable"})
        assert "not encrypted" in only(tls(application=str(plain)), "red").what
        believed = replace(outside, options={**outside.options, "sslmode": "require"})
        assert "whoever answers is believed" in only(tls(application=str(believed)), "yellow").what
        verified = {"sslmode": "verify-full", "sslrootcert": str(certificate)}
        checked = replace(outside, options={**outside.options, **verified})
        assert "shows its certificate" in only(tls(application=str(checked)), "green").what
