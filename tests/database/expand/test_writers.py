"""Plans under load: the application writes all the time, as it was and as it will be."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from kaven_schema.database.expand import rows
from kaven_schema.database.expand.plan import Plan
from tests.database.expand.test_plans import last_step
from tests.database.expand.world import World

if TYPE_CHECKING:
    import psycopg

pytestmark = pytest.mark.xdist_group("postgres")


class Application:
    """Writes rows of its own, and remembers what stands in each of them."""

    def __init__(self, world: World, name: str, column: str, values: Callable[[int], object]) -> None:
        self.written: dict[str, object] = {}
        self.error: Exception | None = None
        self._world, self._name, self._column, self._values = world, name, column, values
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self, mine: Iterator[str] | tuple[str, ...] = ()) -> Application:
        self._mine = list(mine)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        if self.error:
            raise self.error

    def _run(self) -> None:
        try:
            with self._world.connect() as connection:
                number = 0
                while not self._stop.is_set():
                    number += 1
                    self._write(connection, number)
                    self._stop.wait(0.002)
        except Exception as error:  # noqa: BLE001 - `stop` raises it in the test's own thread
            self.error = error

    def _write(self, connection: psycopg.Connection, number: int) -> None:
        value = self._values(number)
        if number % 3 == 0:
            id = f"{self._name}{number}"
            query = f'INSERT INTO users (id, email, "{self._column}") VALUES (%s, %s, %s)'
            connection.execute(query.encode(), [id, id, value])
            self._mine.append(id)
        else:
            if not self._mine:
                return
            id = random.choice(self._mine)
            query = f'UPDATE users SET "{self._column}" = %s WHERE id = %s'
            connection.execute(query.encode(), [value, id])
        self.written[id] = value


@contextmanager
def working(*applications: Application) -> Iterator[None]:
    try:
        yield
    finally:
        for application in applications:
            application.stop()


def seed(world: World, count: int = 600) -> None:
    world.rows(
        "INSERT INTO users (id, email, company)"
        f" SELECT n, n, CASE WHEN n % 5 > 0 THEN 'c' || n END FROM generate_series(1, {count}) n"
    )


def contents(world: World, column: str) -> dict[str, object]:
    return {str(id): value for id, value in world.rows(f"SELECT id, {column} FROM users")}


def test_rename_while_both_applications_write(world: World) -> None:
    """No write fails, and none is lost: of 600 rows each application has its own third."""
    seed(world)
    old = Application(world, "old", "company", lambda n: None if n % 7 == 0 else f"old {n}")
    old.start(str(n) for n in range(1, 201))
    with working(old):
        made = world.expand("rename", "User.company", "organisation")
        assert world.dev() == ()
        new = Application(world, "new", "organisation", lambda n: f"new {n}")
        new.start(str(n) for n in range(201, 401))
        with working(new):
            assert world.fill(made.plan, batch=20, rate=400).is_complete
            assert world.rows("SELECT count(*) FROM users WHERE company IS DISTINCT FROM organisation") == [
                (0,)
            ]
            old.stop()
            last_step(world, made.plan)
            assert world.dev() == ()
    assert world.differences() == ""
    found = contents(world, "organisation")
    expected = {str(n): f"c{n}" if n % 5 else None for n in range(1, 601)} | old.written | new.written
    assert found == expected
    assert len(old.written) > 100
    assert len(new.written) > 50


def test_retype_while_both_applications_write(world: World) -> None:
    """What the old application writes is converted; what the new one writes keeps its fraction."""
    world.edit("  company String? // where they work", "  company String?\n  score Int @default(0)")
    world.dev()
    seed(world)
    world.rows("UPDATE users SET score = id::int")
    old = Application(world, "old", "score", lambda n: n)
    old.start(str(n) for n in range(1, 201))
    with working(old):
        made = world.expand("retype", "User.score", "Float @default(0)")
        assert world.dev() == ()
        new = Application(world, "new", "score_v2", lambda n: n + 0.25)
        new.start(str(n) for n in range(201, 401))
        with working(new):
            assert world.fill(made.plan, batch=20, rate=400).is_complete
            world.contract(made.plan)
            assert world.dev() == ()
            old.stop()
            last_step(world, made.plan)
            assert world.dev() == ()
    assert world.differences() == ""
    found = contents(world, "score_v2")
    assert found == {str(n): float(n) for n in range(1, 601)} | old.written | new.written


def test_require_while_the_old_application_writes_nulls(world: World) -> None:
    world.edit("  company String? // where they work", '  company String? @default("none")')
    world.dev()
    seed(world)
    old = Application(world, "old", "company", lambda n: None if n % 2 else f"old {n}")
    old.start(str(n) for n in range(1, 201))
    with working(old):
        made = world.expand("require", "User.company")
        assert world.dev() == ()
        assert world.fill(made.plan, batch=20).is_complete
        world.contract(made.plan)
        assert world.dev() == ()
        assert world.differences() == ""
    found = contents(world, "company")
    expected = {str(n): f"c{n}" if n % 5 else None for n in range(1, 601)} | old.written
    assert found == {id: "none" if value is None else value for id, value in expected.items()}
    last_step(world, made.plan)
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.lint() == []


def plan_of(world: World) -> Plan:
    made = world.expand("rename", "User.company", "organisation")
    assert world.dev() == ()
    return made.plan


def test_eight_backfills_at_once(world: World) -> None:
    seed(world, 2000)
    plan = plan_of(world)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: world.fill(plan, batch=25), range(8)))
    assert all(one.is_complete for one in done)
    assert sum(one.filled for one in done) == 1600
    assert world.rows("SELECT count(*) FROM users WHERE company IS DISTINCT FROM organisation") == [(0,)]


def test_rows_that_are_being_written_wait_for_nobody(world: World) -> None:
    """A batch passes them by; whoever writes them fills them, and where he gives up the next pass does."""
    seed(world, 100)
    plan = plan_of(world)
    with world.connect() as other, world.connect() as connection:
        other.execute("BEGIN")
        other.execute("UPDATE users SET locale = 'de' WHERE id IN ('1', '2')")
        table = rows.open_table(connection, plan)
        assert table is not None
        bound = rows.next_bound(connection, table, None, 1000)
        assert bound == (("99",), 100)
        assert rows.fill_rows(connection, table, None, bound[0], skip_locked=True) == 78
        other.execute("ROLLBACK")
        assert rows.find_unfilled(connection, table).waiting == 2
    assert world.fill(plan).filled == 2


def test_table_that_was_made_anew_is_gone_through_anew(world: World) -> None:
    """The note of how far a backfill was belongs to the table, not to its name."""
    seed(world, 30)
    plan = plan_of(world)
    world.fill(plan)
    world.rows("UPDATE kaven.backfills SET last_key = ARRAY['zzz']")
    unfill = "UPDATE users SET organisation = NULL"
    world.rows(f"ALTER TABLE users DISABLE TRIGGER USER; {unfill}; ALTER TABLE users ENABLE TRIGGER USER")
    assert world.fill(plan).filled == 24
    assert world.rows("SELECT count(*) FROM users WHERE company IS DISTINCT FROM organisation") == [(0,)]
