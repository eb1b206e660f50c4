"""The embedded server, each time a real one of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.process import is_alive
from kaven_schema.diagnostics import KavenError
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path)
    yield server
    server.down()


def test_life(server: EmbeddedServer) -> None:
    assert server.running() is None
    first = server.up()
    assert server.up() == first
    assert server.running() == first
    query(server.url(Role.OWNER), "CREATE TABLE kept (id int)")
    assert server.down()
    assert not server.down()
    assert not is_alive(first.pid)
    server.up()
    assert query(server.url(Role.OWNER), "SELECT count(*) FROM kept") == [(0,)]
    server.reset()
    assert query(server.url(Role.OWNER), "SELECT to_regclass('kept')") == [(None,)]


def test_roles(shared_server: EmbeddedServer) -> None:
    found = query(
        shared_server.url(Role.OWNER),
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles"
        " WHERE rolname LIKE 'kaven%' ORDER BY 1",
    )
    assert found == [
        ("kaven_app", False, False, False),
        ("kaven_authentication", False, False, False),
        ("kaven_backup", False, True, False),
        ("kaven_login", False, False, False),
        ("kaven_owner", False, False, True),
        ("kaven_super_admin", False, False, False),
    ]


def test_what_each_role_may(shared_server: EmbeddedServer) -> None:
    owner, app, backup = (shared_server.url(role) for role in (Role.OWNER, Role.APP, Role.BACKUP))
    query(owner, "CREATE TABLE notes (id serial PRIMARY KEY, text text)")
    query(app, "INSERT INTO notes (text) VALUES ('one')")
    query(app, "UPDATE notes SET text = 'two'")
    assert query(backup, "SELECT text FROM notes") == [("two",)]
    for url, statement in (
        (app, "CREATE TABLE mine (id int)"),
        (app, "ALTER TABLE notes ADD more int"),
        (app, "TRUNCATE notes"),
        (app, "CREATE DATABASE mine"),
        (backup, "DELETE FROM notes"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(url, statement)
    query(owner, "DROP TABLE notes")


def test_row_level_security_binds_the_application(shared_server: EmbeddedServer) -> None:
    owner, app, backup = (shared_server.url(role) for role in (Role.OWNER, Role.APP, Role.BACKUP))
    query(owner, "CREATE TABLE secrets (id int); INSERT INTO secrets VALUES (1)")
    query(
        owner, "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY; ALTER TABLE secrets FORCE ROW LEVEL SECURITY"
    )
    assert query(app, "SELECT * FROM secrets") == []
    assert query(backup, "SELECT * FROM secrets") == [(1,)]
    query(owner, "DROP TABLE secrets")


def test_passwords(shared_server: EmbeddedServer) -> None:
    """They are asked for, random, and readable by their owner alone."""
    file = shared_server.layout.credentials
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({str(shared_server.url(role).password) for role in Role}) == len(Role)
    wrong = shared_server.url(Role.APP)
    with pytest.raises(KavenError, match="password authentication failed") as caught:
        connect(
            type(wrong)(host=wrong.host, port=wrong.port, user=wrong.user, password="x", database="kaven")
        )
    assert caught.value.rule == "database_login_refused"


def test_two_at_once(server: EmbeddedServer, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: EmbeddedServer(tmp_path).up(), range(3)))
    assert len({running.pid for running in found}) == 1


@pytest.mark.parametrize("number", ["its own", "another's"])
def test_killed_server(server: EmbeddedServer, number: str) -> None:
    """The file that it leaves behind may name a process that has nothing to do with it."""
    found = server.up()
    query(server.url(Role.OWNER), "CREATE TABLE kept AS SELECT 1 AS id")
    os.kill(found.pid, signal.SIGKILL)
    if number == "another's":
        text = server.layout.pid_file.read_text(encoding="utf-8")
        server.layout.pid_file.write_text(text.replace(str(found.pid), str(os.getpid()), 1), encoding="utf-8")
    assert server.up().pid not in (found.pid, os.getpid())
    assert query(server.url(Role.OWNER), "SELECT id FROM kept") == [(1,)]


def test_lost_socket(server: EmbeddedServer) -> None:
    """The server of a folder that was removed while it was up removes its socket's path later: the next one's."""
    server.up().socket.unlink()
    server.up()
    assert query(server.url(Role.APP), "SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["long" * 30, 'it\'s "a" $PATH, `true`'])
def test_path_that_is_no_socket_s(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    server = EmbeddedServer(folder)
    try:
        found = server.up()
        assert not found.socket_folder.is_relative_to(folder)
        assert stat.S_IMODE(found.socket_folder.stat().st_mode) == 0o700
        assert query(server.url(Role.APP), "SELECT 1") == [(1,)]
    finally:
        server.down()
    assert not found.socket_folder.exists()


def test_port(server: EmbeddedServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(KavenError, match=f"port {port} is in use") as caught:
            server.up(port=port)
        assert caught.value.rule == "port_taken"
    server.up(port=port)
    assert (server.url(Role.APP).host, server.url(Role.APP).port) == ("127.0.0.1", str(port))
    assert query(server.url(Role.APP), "SELECT inet_server_port()") == [(port,)]
    with pytest.raises(KavenError, match="not on port") as caught:
        server.up(port=1 if port != 1 else 2)
    assert caught.value.rule == "database_is_up"


def test_killed_between_start_and_roles(server: EmbeddedServer) -> None:
    server.up()
    server.down()
    running = server._start(None, lambda _title, _steps: pytest.fail("nothing is made anew"))
    with server._superuser(running) as superuser:
        superuser.execute("DROP DATABASE kaven")
    server.up()
    assert query(server.url(Role.APP), "SELECT current_user") == [("kaven_app",)]


def test_made_before_there_were_all_roles(server: EmbeddedServer) -> None:
    """As an earlier release left it: roles, passwords and the right to connect are completed, nothing else moves."""
    server.up()
    file = server.layout.credentials
    known = json.loads(file.read_bytes())
    early = {name: word for name, word in known.items() if not name.endswith(("authentication", "admin"))}
    file.write_text(json.dumps(early), encoding="ascii")
    running = server.running()
    assert running is not None
    with server._superuser(running) as superuser:
        superuser.execute("REVOKE CONNECT ON DATABASE kaven FROM kaven_authentication, kaven_super_admin")
        superuser.execute("DROP ROLE kaven_authentication")
        superuser.execute("ALTER ROLE kaven_super_admin NOLOGIN PASSWORD NULL")
    assert query(server.url(Role.APP), "SELECT 1") == [(1,)]
    server.up()
    for role in Role:
        assert query(server.url(role), "SELECT current_user") == [(role.user,)]
    assert json.loads(file.read_bytes()).items() > early.items()


def test_lost_passwords(server: EmbeddedServer) -> None:
    server.up()
    server.layout.credentials.unlink()
    with pytest.raises(KavenError) as caught:
        server.url(Role.APP)
    assert caught.value.rule == "database_credentials_missing"
    assert server.down()


def test_data_of_another_version(server: EmbeddedServer) -> None:
    server.layout.data.mkdir(parents=True)
    (server.layout.data / "PG_VERSION").write_text("15\n", encoding="ascii")
    with pytest.raises(KavenError, match="of PostgreSQL 15, this one is 16") as caught:
        server.up()
    assert caught.value.rule == "database_version_wrong"


def test_damaged_data(server: EmbeddedServer) -> None:
    server.up()
    server.down()
    (server.layout.data / "global" / "pg_control").unlink()
    with pytest.raises(KavenError, match="could not find the database system") as caught:
        server.up()
    assert caught.value.rule == "database_failed"


def test_whose_url(shared_server: EmbeddedServer) -> None:
    url = shared_server.url(Role.APP)
    assert shared_server.is_mine(url)
    assert not shared_server.is_mine(url.with_database("other"))
    elsewhere = type(url)(host="example.org", port="5432", user="u", password="p", database="kaven")
    assert not shared_server.is_mine(elsewhere)
