"""The example application, up on loopback with a database of its own, and people who use it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import httpx

from examples.story.browser import Answer, Browser, Mailbox
from kaven_schema.database.embedded import EmbeddedServer, Role
from tests.cli.script import write_script
from tests.database.servers import query

ROUNDS = "X-Bcrypt-Rounds"
DOMAIN = "shop.localhost"
PASSWORD = "correct horse battery staple"
TOP = Path(__file__).resolve().parents[2]
_NUMBERS = count(1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Verified and logged in."""

    browser: Browser
    email: str
    id: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """With its administrator, who is logged in there."""

    admin: Person
    id: str
    slug: str

    @property
    def host(self) -> str:
        return f"{self.slug}.{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Served:
    project: Path
    address: str
    log: Path
    server: EmbeddedServer
    http: httpx.Client

    @property
    def mailbox(self) -> Mailbox:
        return Mailbox(self.project / "outbox")

    def sql(self, text: str) -> list[tuple[object, ...]]:
        """As whoever owns the tables, and sees all rows."""
        return query(self.server.url(Role.OWNER), text)

    def browser(self) -> Browser:
        return Browser(self.http, self.address, DOMAIN)

    def new_email(self) -> str:
        return f"user-{next(_NUMBERS)}@example.com"

    def sign_up(self, browser: Browser, email: str, password: str = PASSWORD) -> Answer:
        form = {"email": email, "name": "Somebody", "password": password}
        return browser.call("POST", "/account", form)

    def person(self) -> Person:
        browser, email = self.browser(), self.new_email()
        assert self.sign_up(browser, email).status == 202
        form = {"token": self.mailbox.newest(email), "password": PASSWORD}
        assert browser.call("POST", "/account/verification", form).status == 200
        assert browser.log_in(email, PASSWORD).status == 200
        return Person(browser, email, browser.call("GET", "/account")["id"])

    def tenant(self, admin: Person | None = None) -> Tenant:
        founder, slug = admin or self.person(), f"tenant-{next(_NUMBERS)}"
        made = founder.browser.call("POST", "/tenants", {"name": slug, "slug": slug})
        assert made.status == 201, made
        assert founder.browser.enter(slug).status == 200
        return Tenant(founder, made["id"], slug)

    def member(self, tenant: Tenant, person: Person | None = None) -> Person:
        """Joined, and in the tenant."""
        found = person or self.person()
        seen = len(self.mailbox.mails(found.email))
        assert tenant.admin.browser.work("POST", "/members/invitations", {"email": found.email}).status == 202
        form = {"token": self.mailbox.newest(found.email, seen)}
        assert found.browser.call("POST", "/tenants/joining", form).status == 200
        assert found.browser.enter(tenant.slug).status == 200
        return found


ORDER = {"lines": [{"description": "Widget", "price": "12.50", "quantity": 2}]}


def at_once(work: Callable[[], T], times: int = 8) -> list[T]:
    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(times)]]


@contextmanager
def serving(folder: Path, factory: str = "tests.examples.served:make") -> Iterator[Served]:
    project = folder / "project"
    project.mkdir()
    programs = write_script(folder / "bin", TOP).parent
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {name: text for name, text in os.environ.items() if not name.endswith("DATABASE_URL")}
    environment |= {"PATH": path, "SHOP_DOMAIN": DOMAIN, "SHOP_OUTBOX": str(project / "outbox")}
    prepare(project, environment)
    server = EmbeddedServer(project)
    try:
        with _up(project, environment, server, factory) as served:
            yield served
    finally:
        server.down()


def prepare(project: Path, environment: dict[str, str]) -> None:
    """As `make example` does."""
    done = subprocess.run(
        ["sh", str(TOP / "examples" / "prepare.sh"), str(project)],
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@contextmanager
def _up(project: Path, environment: dict[str, str], server: EmbeddedServer, factory: str) -> Iterator[Served]:
    port, log = _free_port(), project / "shop.log"
    variables = {
        "PYTHONPATH": os.pathsep.join(map(str, (project, TOP / "examples", TOP))),
        "DATABASE_URL": str(server.url(Role.APP)),
        "AUTHENTICATION_DATABASE_URL": str(server.url(Role.AUTHENTICATION)),
        "KAVEN_TOKEN_KEYS_FILE": "token-keys",
        "KAVEN_SECRET_KEYS_FILE": "secret-keys",
        "SHOP_ORIGIN": f"http://{DOMAIN}:{port}",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port)),
                *("--no-server-header", "--no-proxy-headers"),
            ],
            cwd=project,
            env=environment | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, log)
        with httpx.Client(timeout=60) as http:
            yield Served(project, address, log, server, http)
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/openapi.json")
        except httpx.TransportError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
