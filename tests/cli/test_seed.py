"""`kaven seed` as a user runs it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import termios
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import bcrypt
import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Folder, Project
from tests.cli.script import COMMAND
from tests.database.seed.examples import (
    PASSWORDS,
    app,
    contents,
    counts,
    example,
    make_example,
    owner,
    template,
)
from tests.database.servers import query, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["app", "example", "owner", "shared_server", "template"]

FORCED = ("seed", "--force")
SUMMARY = """\
Seed Data Summary:
   Super Admin: admin@kaven.io / SuperAdmin123!
   Tenant Admin: admin@demo.com / TenantAdmin123!
   Regular User: user@demo.com / User123!
   Demo Tenant: demo.saas.com
"""
OWN_SUMMARY = """\
Seed Data Summary:
   Super Admin: admin@kaven.io / (a password of your own)
   Tenant Admin: admin@demo.com / (a password of your own)
   Regular User: user@demo.com / (a password of your own)
   Demo Tenant: demo.saas.com
"""


@pytest.fixture
def place(example: Path, app: DatabaseUrl, environment: dict[str, str]) -> Folder:
    """The example on a database that is not its embedded one."""
    kept = {name: value for name, value in environment.items() if not name.startswith("KAVEN_SEED_")}
    return Folder(example, {**kept, "DATABASE_URL": str(app)})


@pytest.fixture
def knowing(place: Folder) -> Folder:
    """The same, with passwords in the environment."""
    place.environment |= PASSWORDS
    return place


def fields(owner: DatabaseUrl) -> dict[object, str]:
    return {email: str(found) for email, found in query(owner, "SELECT email, password_hash FROM users")}


_COUNTED = "set role kaven_super_admin; select count(*) from users"


def test_no_database_is_made_for_the_seed_alone(tmp_path: Path, environment: dict[str, str]) -> None:
    """A secret that is missing is not to look like a seeded database."""
    root = make_example(tmp_path / "project", "seed_nowhere")
    place = Folder(root, {name: value for name, value in environment.items() if "DATABASE_URL" not in name})
    unmade = place.run("seed")
    assert (unmade.code, EmbeddedServer(root).exists) == (2, False)
    assert "error[database_not_chosen]" in unmade.err
    assert "make the embedded one: kaven migrate deploy --embedded" in unmade.err
    assert "error[database_url_empty]" in place.run("seed", DATABASE_URL="").err


def test_on_the_embedded_database(tmp_path: Path, environment: dict[str, str]) -> None:
    """From a fresh clone: the migrations that it holds, then the seed."""
    root = make_example(tmp_path / "project", "seed_embedded")
    place = Folder(root, {name: value for name, value in environment.items() if "DATABASE_URL" not in name})
    try:
        assert place.run("db", "up").code == 0
        early = place.run("seed")
        assert early.code == 1
        assert "error[database_not_migrated]" in early.err
        assert "kaven migrate deploy" in early.err
        assert place.run("migrate", "deploy").code == 0
        first = place.run("seed")
        assert (first.code, first.out) == (0, SUMMARY)
        assert "created super admin: admin@kaven.io\n" in first.err
        assert "database seeded\n" in first.err
        place.run("db", "psql", "-c", "delete from users where email = 'user@demo.com'")
        second = place.run("seed", KAVEN_SEED_REGULAR_USER_PASSWORD="another")
        own = SUMMARY.replace("User123!", "(a password of your own)")
        assert (second.code, second.out) == (0, own)
        place.run("db", "psql", "-c", "revoke select on users from kaven_app")
        denied = place.run("seed")
        assert denied.code == 1
        assert "permission denied" in denied.err
        place.run("db", "psql", "-c", "grant select on users to kaven_app")
        assert place.run("rls").code == place.run("migrate", "deploy").code == 0
        protected = place.run("seed", "--users", "9")
        assert (protected.code, protected.out.startswith(SUMMARY[:20])) == (0, True), protected.err
        counted = place.run("db", "psql", "--role", "owner", "-qAtc", _COUNTED)
        assert counted.out == "12\n"
    finally:
        EmbeddedServer(root).down()


def test_migrations_of_the_example_give_its_schema(example: Path, place: Folder, owner: DatabaseUrl) -> None:
    run = place.run("migrate", "diff", "--from", "database", "--check", DATABASE_URL=str(owner))
    assert (run.code, run.out) == (0, "no difference\n")


def test_refuses_another_database(knowing: Folder, owner: DatabaseUrl, app: DatabaseUrl) -> None:
    run = knowing.run("seed")
    assert run.code == 2
    assert "error[database_not_embedded]" in run.err
    assert "kaven seed --force" in run.err
    assert app.password not in run.err
    assert counts(owner) == {}


def test_without_passwords(place: Folder, owner: DatabaseUrl) -> None:
    run = place.run(*FORCED)
    assert run.code == 2
    assert "error[seed_password_missing]" in run.err
    assert "KAVEN_SEED_SUPER_ADMIN_PASSWORD" in run.err
    place.environment |= PASSWORDS
    public = place.run(*FORCED, KAVEN_SEED_REGULAR_USER_PASSWORD="User123!")
    assert public.code == 2
    assert "error[seed_password_public]" in public.err
    assert counts(owner) == {}


def test_passwords_of_the_environment(knowing: Folder, owner: DatabaseUrl) -> None:
    run = knowing.run(*FORCED)
    assert (run.code, run.out) == (0, OWN_SUMMARY)
    assert not any(password in run.out + run.err for password in PASSWORDS.values())
    hashes = fields(owner)
    secret = PASSWORDS["KAVEN_SEED_SUPER_ADMIN_PASSWORD"]
    assert bcrypt.checkpw(secret.encode(), hashes["admin@kaven.io"].encode())
    for name in PASSWORDS:
        del knowing.environment[name]
    again = knowing.run(*FORCED)
    assert "nothing to do" in again.err
    assert (again.code, again.out) == (0, OWN_SUMMARY)  # who is there needs no password
    assert fields(owner) == hashes


def test_passwords_file(place: Folder, owner: DatabaseUrl, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("".join(f"{name}='{value}$HOME'\n" for name, value in PASSWORDS.items()))
    run = place.run(*FORCED, "--passwords-file", file, KAVEN_SEED_REGULAR_USER_PASSWORD="not this one")
    assert run.code == 0, run.err
    secret = PASSWORDS["KAVEN_SEED_REGULAR_USER_PASSWORD"] + "$HOME"
    assert bcrypt.checkpw(secret.encode(), fields(owner)["user@demo.com"].encode())
    missing = place.run(*FORCED, "--passwords-file", "nowhere")
    assert missing.code == 2
    assert "error[file_not_found]" in missing.err


def test_passwords_on_standard_input(place: Folder, owner: DatabaseUrl) -> None:
    given = "".join(f"{name}={value}\n" for name, value in PASSWORDS.items())
    done = subprocess.run(
        [*COMMAND, *FORCED, "--passwords-file", "-"],
        cwd=place.root,
        env=place.environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(fields(owner)) == 3


def test_passwords_are_asked_for_on_a_terminal(place: Folder, owner: DatabaseUrl) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *FORCED],
        cwd=place.root,
        env=place.environment,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    ) as process:
        os.close(slave)
        shown, answers = b"", 0
        with suppress(OSError):  # how a terminal ends whose other side has gone
            while piece := os.read(master, 1024):
                shown += piece
                while answers < shown.count(b"Password for") + shown.count(b"Repeat for"):
                    os.write(master, b"asked for\n")
                    answers += 1
    os.close(master)
    assert process.returncode == 0, shown
    assert answers == 6
    for hashed in fields(owner).values():
        assert bcrypt.checkpw(b"asked for", hashed.encode())


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux: it looks into /proc")
def test_secrets_stay_out_of_the_list_of_processes(
    place: Folder, app: DatabaseUrl, start_seed: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start_seed("--users", "500")
    seen = set()
    while process.poll() is None:
        seen |= command_lines(process.pid)
        time.sleep(0.02)
    assert process.returncode == 0
    assert any("main.mjs" in line for line in seen), seen
    for secret in (*PASSWORDS.values(), app.password):
        assert not any(secret in line for line in seen)


def command_lines(session: int) -> set[str]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == session:
                found.add((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.fixture
def start_seed(knowing: Folder):
    started: list[subprocess.Popen[str]] = []

    def launch(*arguments: str) -> subprocess.Popen[str]:
        command = (*FORCED, *arguments)
        started.append(knowing.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    yield launch
    for process in started:
        with process:
            process.kill()


def test_two_at_once(knowing: Folder, owner: DatabaseUrl) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: knowing.run(*FORCED, "--json"), range(2)))
    assert [run.code for run in runs] == [0, 0], [run.err for run in runs]
    assert sorted(json.loads(run.out)["changed"] for run in runs) == [False, True]
    assert counts(owner)["invoices"] == counts(owner)["orders"] == 1


def test_killed_while_it_works(
    place: Folder, owner: DatabaseUrl, start_seed: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start_seed("--tenants", "2", "--users", "100000")
    deadline = time.monotonic() + 60
    while query(owner, "SELECT count(*) FROM order_items") < [(1000,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 130
    deadline = time.monotonic() + 30
    while query(
        owner, "SELECT 1 FROM pg_stat_activity WHERE usename = 'kaven_app' AND datname = current_database()"
    ):
        assert time.monotonic() < deadline, "its connections stay"
        time.sleep(0.05)
    users = query(owner, "SELECT count(*) FROM users WHERE email LIKE '%example'")[0][0]
    assert isinstance(users, int)
    rest = place.run(*FORCED, "--json", "--tenants", "2", "--users", str(users))
    assert rest.code == 0
    assert json.loads(rest.out)["load"]["User"] == 0
    without = (
        "SELECT count(*) FROM users u WHERE email LIKE '%example' AND NOT EXISTS (SELECT FROM {} r WHERE {})"
    )
    assert query(owner, without.format("orders", "r.customer_id = u.id")) == [(0,)]
    assert query(owner, without.format("audit_logs", "r.user_id = u.id")) == [(0,)]


def test_json_and_load_data(knowing: Folder, owner: DatabaseUrl, app: DatabaseUrl) -> None:
    arguments = (*FORCED, "--tenants", "2", "--users", "3", "--json")
    run = knowing.run(*arguments)
    found = json.loads(run.out)
    assert found["database"] == app.shown()
    assert (found["embedded"], found["changed"]) == (False, True)
    assert found["steps"][0] == {"what": "tenant", "name": "demo", "created": True}
    assert found["load"]["Tenant"] == 2
    assert "Adding 2 tenants and 3 users" in run.err
    before = contents(owner)
    assert not json.loads(knowing.run(*arguments).out)["changed"]
    assert contents(owner) == before


def test_users_alone_get_a_tenant(knowing: Folder) -> None:
    run = knowing.run(*FORCED, "--users", "2", "--random-seed", "5")
    assert "created 1 Tenant rows" in run.err
    assert knowing.run("seed", "--tenants", "0", "--users", "2").code == 2


def test_schema_that_is_another(project: Project) -> None:
    project.run("generate")
    run = project.run(*FORCED, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert run.code == 1
    assert "error[seed_schema_lacks]" in run.err
    assert "Tenant.slug" in run.err
    assert "Invoice" in run.err


def test_values(knowing: Folder, tmp_path: Path) -> None:
    file = tmp_path / "values.json"
    for text, problem in (
        ("{", "holds no values"),
        ('{"User": 1}', "no object of objects"),
        ('{"User": {"regoin": "EU"}}', "User.regoin"),
    ):
        file.write_text(text)
        run = knowing.run(*FORCED, "--values", file)
        assert run.code == 2
        assert "error[seed_values_invalid]" in run.err
        assert problem in run.err


def test_database_out_of_reach(knowing: Folder) -> None:
    run = knowing.run(*FORCED, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert run.code == 3
    assert "error[database_unreachable]" in run.err


def test_help(place: Folder) -> None:
    shown = place.run("seed", "--help").out
    assert "kaven seed --tenants 100 --users 10000" in shown
    assert "KAVEN_SEED_SUPER_ADMIN_PASSWORD" in shown
