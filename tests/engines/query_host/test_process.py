"""The host as a process: how it starts, what it says, whom it serves, and when it goes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.client.engine import use_engine

pytestmark = pytest.mark.xdist_group("query_host")

COUNT = "query { result: aggregateUser { _count { _all } } }"
PASSWORD = "s3cret-word"
VERSION = "query-engine 393aa359c9ad4a4bb28630fb5613f9c281cde053\n"


def test_version_needs_no_node(launcher: Path) -> None:
    done = subprocess.run(
        [launcher, "--version"], env={"PATH": ""}, capture_output=True, text=True, check=True
    )
    assert done.stdout == VERSION


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (["--nonsense"], {}, "cannot make sense of --nonsense"),
        (["-p"], {}, "cannot make sense of -p"),
        (["-p", "x"], {}, "the port is a number"),
        (["--host", "0.0.0.0"], {}, "only this machine's own addresses"),
        ([], {"PRISMA_DML_PATH": ""}, "no schema"),
        ([], {"PRISMA_DML_PATH": "/does/not/exist"}, "cannot read the schema /does/not/exist: ENOENT"),
        ([], {"QUERY_HOST_URL": ""}, "Environment variable resolved to an empty string: QUERY_HOST_URL"),
        ([], {"QUERY_HOST_URL": f"mysql://u:{PASSWORD}@h/d"}, "P1013"),
        ([], {"QUERY_HOST_URL": f"postgresql://u:{PASSWORD}@h:x/d"}, "P1013"),
        ([], {"QUERY_HOST_URL": f"postgresql://u:{PASSWORD}@h/d?connection_limit=many"}, "connection_limit"),
        ([], {"QUERY_HOST_URL": "postgresql://h/d?sslcert=/none&sslmode=require"}, "sslcert"),
        ([], {"QUERY_HOST_URL": "postgresql://h/d?kaven_isolation=none"}, "isolation level"),
        ([], {"OVERWRITE_DATASOURCES": "{nonsense"}, "OVERWRITE_DATASOURCES"),
    ],
)
def test_wrong_use(start: Any, arguments: list[str], variables: dict[str, str], told: str) -> None:
    engine = start("postgresql://postgres@localhost/none", *arguments, connected=False, **variables)
    output, errors = engine.process.communicate(timeout=20)
    assert engine.process.returncode == 1
    assert output == ""
    assert told in errors
    assert PASSWORD not in errors
    assert "    at " not in errors


def test_schema_of_another_database(start: Any, tmp_path: Path) -> None:
    schema = tmp_path / "schema.prisma"
    schema.write_text('datasource db {\n  provider = "sqlite"\n  url = "file:x"\n}\n', encoding="utf-8")
    engine = start(connected=False, PRISMA_DML_PATH=str(schema))
    assert "the schema has sqlite datasource" in engine.process.communicate(timeout=20)[1]


def test_port_that_is_taken(engine: Any, start: Any) -> None:
    second = start("", "--port", str(engine.port), connected=False)
    assert f"cannot listen on port {engine.port}: EADDRINUSE" in second.process.communicate(timeout=20)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_it(start: Any, database: Any, number: int) -> None:
    engine = start()
    opened = engine.http.post("/transaction/start", json={"timeout": 60_000, "max_wait": 1000}).json()["id"]
    engine.ask('mutation { result: createOneUser(data: { email: "signal" }) { id } }', transaction=opened)
    engine.process.send_signal(number)
    assert engine.process.wait(timeout=5) == 0
    assert database.sql("""SELECT count(*) FROM "User" WHERE email = 'signal'""") == "0"


def test_it_goes_when_its_parent_dies(launcher: Path, database: Any, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(60)"
    )
    variables = {
        "PRISMA_DML_PATH": str(Path(__file__).parent / "fixtures/schema.prisma"),
        "QUERY_HOST_URL": database.url(),
    }
    with subprocess.Popen(
        [sys.executable, "-c", code, str(launcher), "-p", "0"],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        engine = int(parent.stdout.readline())
        time.sleep(0.5)
        assert is_running(engine)
        parent.kill()
    deadline = time.monotonic() + 10
    while is_running(engine):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_only_this_machine_and_no_browser(engine: Any) -> None:
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {place.split(":")[0] for place in listening if place.endswith(f":{engine.port:04X}")}
    assert "00000000" not in addresses
    assert "0100007F" in addresses
    body = json.dumps({"query": COUNT, "variables": {}})
    answer = engine.http.post("/", content=body, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_routes(engine: Any) -> None:
    assert engine.http.get("/status").json() == {"status": "ok", "pid": engine.process.pid}
    assert engine.http.get("/server_info").json()["commit"] in VERSION
    assert engine.http.get("/nothing").status_code == 404
    assert engine.http.post("/transaction/x/y").status_code == 400
    assert engine.http.post("/", content=b"{").status_code == 422
    assert engine.http.post("/", content=b"{}").status_code == 422
    assert (
        engine.http.get("/metrics?format=json").json()["counters"][0]["key"] == "prisma_client_queries_total"
    )


def test_features_are_off_unless_asked_for(start: Any) -> None:
    engine = start(features=())
    assert engine.http.get("/metrics").status_code == 404
    assert engine.error(engine.sql("SELECT 1"))["error_code"] == "P2009"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("query { result: findManyUser { id }", "query parse error"),
        ("query { result: findManyUser(where: {) { id } }", "query parse error"),
        ("subscription { result: findManyUser { id } }", "Unsupported feature"),
        ("query { result: findManyUser(take: $n) { id } }", "Unsupported feature"),
        ("query { result: findManyUser { ...fields } }", "Unsupported feature"),
        ("query { result: findManyNothing { id } }", "Field does not exist"),
        ('query { result: findManyUser(where: {id: "\\x"}) { id } }', "Malformed string"),
        (
            "query { result: findManyUser { id } } query { result: findManyUser { id } }",
            "Expected one operation",
        ),
    ],
)
def test_queries_that_are_none(engine: Any, query: str, told: str) -> None:
    assert told in engine.error(engine.ask(query))["message"]
    assert "data" in engine.ask(COUNT)


def test_crash_of_the_engine_is_survived(start: Any) -> None:
    engine = start("", "--enable-debug-mode")
    opened = engine.http.post("/transaction/start", json={"timeout": 60_000, "max_wait": 1000}).json()["id"]
    engine.ask('mutation { result: createOneUser(data: { email: "crash" }) { id } }', transaction=opened)
    error = engine.error(engine.ask(COUNT, **{"x-debug-non-fatal": "1"}))
    assert error["is_panic"] is True
    assert "data" in engine.ask(COUNT)
    assert engine.http.post(f"/transaction/{opened}/commit").status_code == 404


def test_query_log(start: Any) -> None:
    engine = start("", LOG_QUERIES="y")
    engine.sql("SELECT $1::text, $2::int", "given", 5)
    lines = [json.loads(line) for line in engine.stop()[0].splitlines()]
    (logged,) = [line["fields"] for line in lines if "given" in line["fields"]["params"]]
    assert (logged["query"], logged["params"]) == ("SELECT $1::text, $2::int", '["given",5]')
    assert logged["duration_ms"] >= 0


def test_plain_log(start: Any) -> None:
    engine = start("", LOG_QUERIES="1", RUST_LOG_FORMAT="", RUST_LOG="info")
    engine.sql("SELECT 1")
    output = engine.stop()[0]
    assert f"Started query engine http server on http://127.0.0.1:{engine.port}" in output
    assert "SELECT 1 params=[]" in output


def test_password_is_kept_to_itself(start: Any, database: Any) -> None:
    url = database.url(user=f"locked:{PASSWORD}")
    engine = start(url, LOG_QUERIES="y", RUST_LOG="trace")
    assert engine.sql("SELECT current_user::text AS u")["data"]["result"]["rows"] == [["locked"]]
    assert PASSWORD not in Path(f"/proc/{engine.process.pid}/cmdline").read_text()
    assert PASSWORD not in "".join(engine.stop())


def test_wrong_password(start: Any, database: Any) -> None:
    engine = start(database.url(user=f"locked:{PASSWORD}x"), connected=False)
    error = engine.status(503).json()
    assert error["error_code"] == "P1000"
    assert "`locked` are not valid" in error["message"]
    assert PASSWORD not in "".join(engine.stop())


def test_unknown_database(start: Any, database: Any) -> None:
    engine = start(database.url(database="nowhere"), connected=False)
    assert engine.status(503).json()["error_code"] == "P1003"
    assert engine.error(engine.ask(COUNT))["error_code"] == "P1003"


def test_client_tells_why_it_cannot_connect(prisma: Any, environment: None, capfd: Any) -> None:
    from datetime import timedelta

    client = prisma.Prisma(
        datasource={"url": "postgresql://postgres@127.0.0.1:9/x"}, connect_timeout=timedelta(seconds=1)
    )
    with pytest.raises(prisma.engine.errors.EngineConnectionError) as raised:
        client.connect()
    assert "P1001" in str(raised.value.__cause__)
    assert "Can't reach database server at `127.0.0.1`:`9`" in capfd.readouterr().err


def test_database_that_comes_up_later(start: Any, wire: Any) -> None:
    wire.cut()
    engine = start(wire.url, connected=False)
    assert engine.status(503).json()["error_code"] == "P1001"
    wire.lay()
    engine.status()
    assert "data" in engine.ask(COUNT)


def test_database_that_goes_and_comes_back(start: Any, wire: Any) -> None:
    engine = start(wire.url)
    assert "data" in engine.ask(COUNT)
    wire.cut()
    assert engine.error(engine.ask(COUNT))["error_code"] in ("P1001", "P1017")
    assert engine.error(engine.ask(COUNT))["error_code"] == "P1001"
    wire.lay()
    assert "data" in engine.ask(COUNT)


def test_server_that_never_answers(start: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=1"
        engine = start(url, connected=False)
        assert engine.status(503).json()["error_code"] == "P1001"


def test_tls_that_the_server_lacks(start: Any, wire: Any) -> None:
    engine = start(f"{wire.url}?sslmode=require", connected=False)
    assert engine.status(503).json()["error_code"] == "P1011"
    for mode in ("prefer", "disable"):
        assert "data" in start(f"{wire.url}?sslmode={mode}").ask(COUNT)


CERTIFICATE = Path(__file__).parent / "fixtures" / "tls" / "certificate.pem"


@pytest.mark.parametrize(
    "options",
    [
        "",
        "sslmode=require",
        f"sslmode=require&sslaccept=strict&sslcert={CERTIFICATE}",
        "sslcert=tls/certificate.pem",
    ],
)
def test_tls(start: Any, encrypted_wire: Any, options: str) -> None:
    assert "data" in start(f"{encrypted_wire.url}?{options}").ask(COUNT)
    assert encrypted_wire.encrypted


def test_tls_with_a_stranger(start: Any, encrypted_wire: Any) -> None:
    engine = start(f"{encrypted_wire.url}?sslmode=require&sslaccept=strict", connected=False)
    error = engine.status(503).json()
    assert error["error_code"] == "P1011"
    assert "self-signed certificate" in error["message"]


def test_socket_timeout(start: Any, database: Any) -> None:
    engine = start(database.url("socket_timeout=1"))
    assert engine.error(engine.sql("SELECT pg_sleep(5)::text"))["error_code"] == "P1008"
    assert "data" in engine.ask(COUNT)


def test_schema_option(start: Any, database: Any) -> None:
    quoted = '"Other one"'
    database.sql(f'CREATE SCHEMA {quoted}; CREATE TABLE {quoted}."Category" (id int, name text)')
    database.sql(f"INSERT INTO {quoted}.\"Category\" VALUES (7, 'other')")
    engine = start(database.url("schema=Other%20one"))
    assert engine.ask("query { result: findManyCategory { id } }") == {"data": {"result": [{"id": 7}]}}
    assert engine.sql('SELECT id FROM "Category"')["data"]["result"]["rows"] == [[7]]
    database.sql(f"DROP SCHEMA {quoted} CASCADE")


@pytest.mark.parametrize("options", ["pgbouncer=true", "statement_cache_size=0", "statement_cache_size=2"])
def test_prepared_statements(start: Any, database: Any, options: str) -> None:
    engine = start(database.url(f"{options}&connection_limit=1&application_name=kaven-test"))
    for _ in range(2):
        for number in range(5):
            assert engine.sql(f"SELECT {number} AS n, $1::int AS m", 1)["data"]["result"]["rows"] == [
                [number, 1]
            ]
    prepared = engine.sql("SELECT count(*)::int FROM pg_prepared_statements")["data"]["result"]["rows"][0][0]
    assert prepared == (2 if "=2" in options else 0)
    assert engine.sql("SHOW application_name")["data"]["result"]["rows"] == [["kaven-test"]]


def test_connection_limit(start: Any, database: Any) -> None:
    engine = start(database.url("connection_limit=2&application_name=limited"))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: engine.sql("SELECT pg_sleep(0.02)::text"), range(20)))
    assert database.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'limited'") == "2"


def test_idle_connections_are_closed(start: Any, database: Any) -> None:
    engine = start(database.url("max_idle_connection_lifetime=1&application_name=idle"))
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'idle'"
    assert database.sql(count) == "1"
    deadline = time.monotonic() + 10
    while database.sql(count) != "0":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "data" in engine.ask(COUNT)


@pytest.mark.parametrize("encoded", [False, True])
def test_datasource_override(start: Any, database: Any, encoded: bool) -> None:
    from base64 import b64encode

    text = json.dumps([{"name": "db", "url": database.url("application_name=overridden")}])
    override = b64encode(text.encode()).decode() if encoded else text
    engine = start("postgresql://nobody@127.0.0.1:9/x", OVERWRITE_DATASOURCES=override)
    assert engine.sql("SHOW application_name")["data"]["result"]["rows"] == [["overridden"]]


def test_users_own_engine_wins(monkeypatch: pytest.MonkeyPatch, launcher: Path) -> None:
    monkeypatch.setenv("PRISMA_QUERY_ENGINE_BINARY", "/opt/native/query-engine")
    assert use_engine() == Path("/opt/native/query-engine")
    assert os.environ["PRISMA_QUERY_ENGINE_BINARY"] == "/opt/native/query-engine"
    monkeypatch.setenv("PRISMA_QUERY_ENGINE_BINARY", "")
    assert use_engine() == launcher
    assert os.environ["PRISMA_QUERY_ENGINE_BINARY"] == str(launcher)
