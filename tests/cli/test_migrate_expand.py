"""`kaven migrate expand`, `backfill` and `contract` as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.cli.script import COMMAND
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

DEV = ("migrate", "dev", "--no-client")
PLAN = "rename_user_phone"
USERS = """\
INSERT INTO tenants (id, name, updated_at) VALUES ('t', 't', now());
INSERT INTO users (id, tenant_id, email, phone, updated_at)
SELECT n, 't', n, 'p' || n, now() FROM generate_series(1, {count}) AS n"""


@pytest.fixture
def migrated(project: Project, database: DatabaseUrl, shadow: DatabaseUrl) -> Project:
    """A project on a database of its own."""
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    assert project.run(*DEV).code == 0
    return project


@pytest.fixture
def expanded(migrated: Project) -> Project:
    """User.phone is on its way to telephone."""
    run = migrated.run("migrate", "expand", "rename", "User.phone", "telephone", "--write")
    assert run.code == 0, run.err
    assert migrated.run(*DEV).code == 0
    return migrated


def unfill(database: DatabaseUrl, count: int) -> None:
    """Users from before the plan."""
    query(database, f"ALTER TABLE users DISABLE TRIGGER USER;{USERS.format(count=count)}")
    query(database, "ALTER TABLE users ENABLE TRIGGER USER")


def filled(database: DatabaseUrl) -> int:
    [(count,)] = query(database, "SELECT count(telephone) FROM users")
    return int(str(count))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def test_first_step_prints_what_to_type(migrated: Project) -> None:
    extended = migrated.extended.read_text("utf-8")
    run = migrated.run("migrate", "expand", "rename", "User.phone", "telephone")
    assert run.code == 0, run.err
    assert "+  telephone String?" in run.out
    assert f"prisma/plans/{PLAN}.toml written" in run.err
    assert migrated.extended.read_text("utf-8") == extended
    migrated.edit(migrated.extended, "phone   String?\n", "phone   String?\n  telephone String?\n")
    dev = migrated.run(*DEV)
    assert dev.code == 0, dev.err
    assert "written" not in dev.err
    assert migrated.run("migrate", "diff", "--check").out == "no difference\n"
    assert migrated.run("migrate", "lint").out == "no problems found\n"


def test_contract_waits_for_rows_and_schema(expanded: Project, database: DatabaseUrl) -> None:
    unfill(database, count=100)
    again = f"kaven migrate contract {PLAN}"
    early = expanded.run("migrate", "contract")
    assert early.code == 1
    assert "error[plan_incomplete]: 100 rows of users have no telephone yet" in early.err
    run = expanded.run("migrate", "backfill")
    assert run.code == 0
    assert f"{PLAN}: 100 rows filled, every row has its value" in run.err
    named = expanded.run("migrate", "contract", PLAN)
    assert named.code == 1
    assert "error[plan_column_named]" in named.err
    assert "prisma/schema.extended.prisma:3:3" in named.err
    for typed, then in (
        (
            "+  phone String? @ignore",
            f"next: kaven migrate dev; then, once no running code names User.phone: {again} --write",
        ),
        ("-  phone String? @ignore", f"now: {again}; no kaven migrate dev before that"),
    ):
        run = expanded.run("migrate", "contract", "--write")
        assert f"{then}\n" in run.err
        assert run.code == 0
        assert "error" not in run.err
        assert "still names the column that goes" in run.err
        assert typed in run.out
    dev = expanded.run(*DEV)
    assert dev.code == 1
    assert "every write of the table would fail" in dev.err
    assert f"help: {again}\n" in dev.err


def test_last_step(expanded: Project, database: DatabaseUrl) -> None:
    unfill(database, count=100)
    expanded.run("migrate", "backfill")
    expanded.edit(expanded.extended, "  phone   String?\n", "")
    last = expanded.run("migrate", "contract")
    assert last.code == 0, last.err
    assert "accepted-breaks.toml: accepted" in last.err
    assert expanded.run("migrate", "lint").out == "no problems found\n"
    assert expanded.run("migrate", "deploy").code == 0
    assert expanded.run("migrate", "status").code == 0
    stale = expanded.run("migrate", "diff", "--check")
    assert (stale.code, stale.out) == (0, "no difference\n")
    assert "warning[output_stale]" in stale.err
    expanded.run("merge")
    assert expanded.run("migrate", "diff", "--check").err == ""
    assert expanded.run("migrate", "diff", "--to", "database", "--check").code == 0
    assert query(database, "SELECT count(telephone), max(telephone) FROM users") == [(100, "p99")]
    assert "there is no open plan" in expanded.run("migrate", "contract").err
    again = expanded.run("migrate", "backfill", "--json")
    assert json.loads(again.out)["plans"] == []
    assert "there is no open plan" in expanded.run("migrate", "backfill").err
    assert "nothing to fill" in expanded.run("migrate", "backfill", PLAN).err


@pytest.mark.parametrize(("signal_number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_backfill_that_was_stopped_goes_on(
    expanded: Project,
    database: DatabaseUrl,
    start: Callable[..., subprocess.Popen[str]],
    signal_number: int,
    code: int,
) -> None:
    unfill(database, count=2000)
    slow = ("migrate", "backfill", "--batch-size", "50", "--rate", "300")
    process = start(*slow, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = "SELECT to_regclass('kaven.backfills')"
    until(lambda: query(database, journal)[0][0] and filled(database) > 100)
    process.send_signal(signal_number)
    assert process.wait(timeout=30) == code
    left = filled(database)
    assert 100 < left < 2000
    assert query(database, "SELECT passed FROM kaven.backfills") == [(left,)]
    again = expanded.run("migrate", "backfill", PLAN, "--json")
    assert again.code == 0, again.err
    assert f"{PLAN} goes on behind row {left}" in again.err
    expected = {"plan": PLAN, "filled": 2000 - left, "is_complete": True, "hopeless": 0, "keys": []}
    assert json.loads(again.out) == {"plans": [expected]}
    assert query(database, "SELECT count(*) FROM users WHERE telephone = phone") == [(2000,)]
    drift = expanded.run("migrate", "status")
    assert drift.code == 0, drift.err


def test_progress_on_a_terminal(expanded: Project, database: DatabaseUrl) -> None:
    unfill(database, count=200)
    terminal, end = os.openpty()
    done = subprocess.run(
        [*COMMAND, "migrate", "backfill", "--batch-size", "20"],
        cwd=expanded.root,
        env=expanded.environment,
        stdin=subprocess.DEVNULL,
        stderr=end,
        check=False,
    )
    os.close(end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert done.returncode == 0, shown
    assert f"Backfilling {PLAN}  [" in shown
    assert "100%" in shown


def test_values_that_cannot_be_converted(migrated: Project, database: DatabaseUrl) -> None:
    query(database, USERS.format(count=20))
    run = migrated.run("migrate", "expand", "retype", "User.phone", "BigInt")
    assert run.code == 1
    assert "error[plan_values_refused]: 20 rows of users cannot be converted" in run.err
    assert "id=1; id=10; id=11; id=12; id=13 …" in run.err
    using = ("--using", "substr(phone, 2)::bigint", "--back", "'p' || phone_v2")
    assert migrated.run("migrate", "expand", "retype", "User.phone", "BigInt", *using, "--write").code == 0
    assert migrated.run(*DEV).code == 0
    query(database, "UPDATE users SET phone = 'none' WHERE id = '7'")
    run = migrated.run("migrate", "backfill")
    assert run.code == 1
    assert "1 row cannot be converted: id=7" in run.err
    assert "nothing was written" in run.err
    query(database, "UPDATE users SET phone_v2 = 99 WHERE id = '7'")
    assert migrated.run("migrate", "backfill").code == 0
    found = "SELECT phone, phone_v2 FROM users WHERE id IN ('7', '8') ORDER BY id"
    assert query(database, found) == [("p99", 99), ("p8", 8)]


def test_field_of_base(migrated: Project) -> None:
    run = migrated.run("migrate", "expand", "rename", "User.email", "mail")
    assert run.code == 1
    assert "error[plan_base_field]: User.email is base's (prisma/schema.base.prisma:27)" in run.err
    assert " --> prisma/schema.base.prisma:27:3" in run.err
    assert not (migrated.root / "prisma" / "plans").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("backfill",), 0, "there is no open plan"),
        (("backfill", "x"), 2, "error[plan_unknown]"),
        (("backfill", "--rate", "0"), 2, "--rate"),
        (("backfill", "--batch-size", "0"), 2, "--batch-size"),
        (("contract",), 0, "there is no open plan"),
        (("contract", "x"), 2, "error[plan_unknown]"),
        (("abandon", "x"), 2, "error[plan_unknown]"),
        (("expand", "rename", "User.fone", "x"), 2, "did you mean User.phone?"),
        (("expand", "rename", "User.phone"), 2, "NEW_NAME"),
    ],
)
def test_wrong_use(migrated: Project, arguments: tuple[str, ...], code: int, words: str) -> None:
    run = migrated.run("migrate", *arguments)
    assert run.code == code
    assert words in run.err


def test_required_field_and_a_field_that_goes(migrated: Project, database: DatabaseUrl) -> None:
    """Two plans at once, of the developer's own model."""
    query(database, USERS.format(count=1))
    query(
        database,
        "INSERT INTO tickets (id, tenant_id, author_id, subject, updated_at)"
        " SELECT n, 't', '1', 's' || n, now() FROM generate_series(1, 30) AS n",
    )
    assert migrated.run("migrate", "expand", "rename", "Ticket.subject", "title", "--write").code == 0
    assert migrated.run(*DEV).code == 0
    dropping = migrated.run("migrate", "expand", "drop", "User.phone", "--write")
    assert dropping.code == 0, dropping.err
    assert "kaven migrate contract drop_user_phone" in dropping.err
    assert "say which plan" in migrated.run("migrate", "contract").err
    assert migrated.run("migrate", "backfill").code == 0
    step = migrated.run("migrate", "contract", "rename_ticket_subject", "--write")
    assert step.code == 0, step.err
    assert "+  title String" in step.out
    assert migrated.run(*DEV).code == 0
    assert migrated.run("migrate", "contract", "rename_ticket_subject", "--write").code == 0
    assert migrated.run("migrate", "contract", "rename_ticket_subject").code == 0
    assert migrated.run("migrate", "contract", "drop_user_phone", "--write").code == 0
    assert migrated.run("migrate", "contract", "drop_user_phone").code == 0
    dev = migrated.run(*DEV)
    assert dev.code == 0, dev.err
    assert "prisma/migrations/" not in dev.err
    assert migrated.run("migrate", "lint").out == "no problems found\n"
    assert query(database, "SELECT count(title) FROM tickets") == [(30,)]


def test_dev_waits_for_what_a_plan_said_to_type(migrated: Project, database: DatabaseUrl) -> None:
    """Without it the next migration would take back what the plan's has done."""
    migrated.run("migrate", "expand", "rename", "Ticket.subject", "title")
    before = sorted((migrated.root / "prisma" / "migrations").iterdir())
    run = migrated.run(*DEV)
    assert run.code == 1
    assert "error[plan_open]: the plan rename_ticket_subject is open" in run.err
    assert "to give the plan up: kaven migrate abandon rename_ticket_subject\n" in run.err
    assert "+  title String?" in run.out
    assert sorted((migrated.root / "prisma" / "migrations").iterdir()) == before
    migrated.edit(migrated.extended, *line_below(migrated, "  subject ", "  title String?"))
    assert migrated.run(*DEV).code == 0
    assert migrated.run("migrate", "contract").code == 0
    loose = migrated.run(*DEV)
    assert loose.code == 1
    assert "+  title String\n" in loose.out


def test_a_plan_that_is_given_up(expanded: Project, database: DatabaseUrl) -> None:
    unfill(database, count=3)
    before = expanded.files()
    printed = expanded.run("migrate", "abandon", PLAN)
    assert printed.code == 1
    assert "-  telephone String?" in printed.out
    assert "or have it typed: the same command with --write" in printed.err
    assert expanded.files() == before
    forced_out(expanded)
    done = expanded.run("migrate", "abandon", PLAN, "--write")
    assert done.code == 0, done.err
    assert "accepted object_not_dropped, column_not_dropped" in done.err
    assert f"prisma/plans/{PLAN}.toml removed" in done.err
    dev = expanded.run(*DEV)
    assert (dev.code, "written" in dev.err) == (0, False), dev.err
    assert expanded.run("migrate", "diff", "--check").code == 0
    assert expanded.run("migrate", "lint").out == "no problems found\n"
    query(database, "UPDATE users SET phone = 'x'")


def forced_out(expanded: Project) -> None:
    """Where the plan's file was removed by hand the lint stands in, and what it says leads back."""
    plan = expanded.root / "prisma" / "plans" / f"{PLAN}.toml"
    texts = plan.read_text("utf-8"), expanded.extended.read_text("utf-8")
    plan.unlink()
    expanded.edit(expanded.extended, "  telephone String?\n", "")
    dev = expanded.run(*DEV)
    assert dev.code == 1
    assert "error[trigger_columns_kept]: drops users.telephone" in dev.err
    assert f'DROP TRIGGER "kaven_{PLAN}" ON "users"; DROP FUNCTION "kaven_{PLAN}"();' in dev.err
    assert "[[break]]" not in dev.err
    plan.write_text(texts[0], encoding="utf-8")
    pending = expanded.run("migrate", "abandon", PLAN)
    assert "error[plan_column_dropped]" in pending.err
    folder = pending.err.partition("rm -r ")[2].partition(";")[0]
    shutil.rmtree(expanded.root / folder)
    expanded.extended.write_text(texts[1], encoding="utf-8")


def test_contract_does_not_send_to_a_deploy_that_finds_nothing(
    migrated: Project, database: DatabaseUrl
) -> None:
    migrated.run("migrate", "expand", "rename", "Ticket.subject", "title", "--write")
    migrated.run(*DEV)
    migrated.run("migrate", "contract", "--write")
    pending = migrated.run("migrate", "contract")
    assert "help: kaven migrate deploy\n" in pending.err
    assert migrated.run(*DEV).code == 0
    query(database, "ALTER TABLE tickets ALTER title DROP NOT NULL")
    undone = migrated.run("migrate", "contract")
    assert undone.code == 1
    assert "error[plan_not_tightened]: tickets.title takes null" in undone.err
    assert "is applied, and was undone later" in undone.err


def test_refusal_is_told_at_a_line_that_is_there(migrated: Project, database: DatabaseUrl) -> None:
    required = migrated.run("migrate", "expand", "require", "User.phone", "--using", "''", "--write")
    assert required.code == 1
    assert " --> prisma/schema.extended.prisma:3:3" in required.err
    assert "  phone   String?\n" in required.err
    assert "write `phone String?`" not in required.err
    renamed = migrated.run("migrate", "expand", "rename", "User.phone", "class")
    assert renamed.code == 1
    assert " --> prisma/schema.extended.prisma:3:3" in renamed.err
    assert "class String?" not in renamed.err


def line_below(project: Project, start: str, added: str) -> tuple[str, str]:
    lines = project.extended.read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith(start))
    return line, f"{line}\n{added}"
