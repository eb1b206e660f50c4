"""Passwords of users in PostgreSQL, through the generated client."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from time import process_time
from typing import Any

import bcrypt
import pytest

from kaven_schema.services.passwords import (
    PasswordHasher,
    PasswordRefusedError,
    Passwords,
    VerifiedPassword,
    password_stamp,
)
from tests.services.project import World, race

pytestmark = pytest.mark.xdist_group("postgres")

QUICK = PasswordHasher(4)


@pytest.fixture
def passwords(world: World) -> Passwords:
    return Passwords(world.client, hasher=QUICK)


def account(world: World, password: str, cost: int = 4) -> tuple[str, str]:
    """The id and e-mail of a user with this password."""
    hashed = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()
    user_id = world.user(passwordHash=hashed)
    return user_id, world.row(user_id).email


def test_check(world: World, passwords: Passwords) -> None:
    user_id, email = account(world, "right")
    hashed = world.row(user_id).passwordHash
    assert world.run(passwords.check(email, "right")) == user_id
    assert world.run(passwords.check(email, "wrong")) is None
    assert world.run(passwords.check("nobody@example.com", "right")) is None
    assert world.row(user_id).passwordHash == hashed


def test_verify(world: World, passwords: Passwords) -> None:
    """With a stamp that changes with the password, and tells neither it nor its hash."""
    user_id, email = account(world, "right")
    verified = world.run(passwords.verify(email, "right"))
    assert (verified.user_id, verified.stamp) == (user_id, password_stamp(world.row(user_id).passwordHash))
    assert world.run(passwords.verify(email, "right")) == verified
    assert verified.stamp not in repr(verified)
    assert world.row(user_id).passwordHash not in verified.stamp
    assert world.run(passwords.verify(email, "wrong")) is None
    world.run(passwords.set(user_id, "right"))
    assert world.run(passwords.verify(email, "right")).stamp != verified.stamp


def test_deleted_users_are_unknown(world: World, passwords: Passwords) -> None:
    user_id, email = account(world, "right")
    world.change(user_id, deletedAt=datetime.now(UTC))
    assert world.run(passwords.check(email, "right")) is None
    assert not world.run(passwords.change(user_id, "right", "new"))
    assert not world.run(passwords.set(user_id, "new"))


def test_users_without_a_password(world: World, passwords: Passwords) -> None:
    user_id = world.user(passwordHash="")
    assert world.run(passwords.check(world.row(user_id).email, "")) is None


def test_set_and_change(world: World, passwords: Passwords) -> None:
    user_id, email = account(world, "first")
    assert world.run(passwords.set(user_id, "second"))
    assert world.run(passwords.check(email, "first")) is None
    assert not world.run(passwords.change(user_id, "first", "third"))
    assert world.run(passwords.change(user_id, "second", "third"))
    assert world.run(passwords.check(email, "third")) == user_id
    with pytest.raises(PasswordRefusedError):
        world.run(passwords.set(user_id, "x" * 73))
    with pytest.raises(PasswordRefusedError):
        world.run(passwords.change(user_id, "third", ""))
    assert world.run(passwords.check(email, "third")) == user_id
    assert not world.run(passwords.set("nobody", "password"))
    assert not world.run(passwords.change("nobody", "first", "second"))


def refused_logins(world: World) -> dict[str, tuple[str, str]]:
    """Whoever asks must not be able to tell these from each other."""
    deleted, email = account(world, "right", cost=5)
    world.change(deleted, deletedAt=datetime.now(UTC))
    without = world.row(world.user(passwordHash="")).email
    return {
        "wrong": (account(world, "right", cost=5)[1], "wrong"),
        "wrong, of an older hash": (account(world, "right")[1], "wrong"),
        "unknown": ("nobody@example.com", "wrong"),
        "no address": ("\N{SNOWMAN}'; --", "wrong"),
        "deleted": (email, "right"),
        "without a password": (without, "wrong"),
        "too long": (account(world, "right", cost=5)[1], "x" * 500),
        "empty": (account(world, "right", cost=5)[1], ""),
    }


def test_every_refusal_takes_the_same_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bcrypt's rounds, and in questions to the database."""
    service = Passwords(world.client, hasher=PasswordHasher(5))
    rounds: list[int] = []
    questions: list[str] = []
    check, ask = bcrypt.checkpw, type(world.client)._execute

    def checking(password: bytes, target: bytes) -> bool:
        rounds.append(2 ** int(target[4:6]))
        return check(password, target)

    async def asking(client: Any, **query: Any) -> Any:
        questions.append(query["method"])
        return await ask(client, **query)

    logins = refused_logins(world)
    monkeypatch.setattr(bcrypt, "checkpw", checking)
    monkeypatch.setattr(type(world.client), "_execute", asking)
    work = {}
    for name, (email, password) in logins.items():
        rounds.clear()
        questions.clear()
        assert world.run(service.check(email, password)) is None
        work[name] = sum(rounds), tuple(questions)
    assert set(work.values()) == {(2**5, ("find_unique",))}, work


@pytest.mark.long
def test_every_refusal_takes_as_long(world: World) -> None:
    """As the processor sees it, at the specification's cost, and twice as long at most."""
    service = Passwords(world.client)
    logins = {
        "wrong": (account(world, "right", cost=12)[1], "wrong"),
        "wrong, of an older hash": (account(world, "right", cost=10)[1], "wrong"),
        "unknown": ("nobody@example.com", "wrong"),
    }
    took: dict[str, list[float]] = {name: [] for name in logins}
    for _ in range(7):
        for name, (email, password) in logins.items():
            began = process_time()
            assert world.run(service.check(email, password)) is None
            took[name].append(process_time() - began)
    medians = {name: median(times) for name, times in took.items()}
    assert max(medians.values()) < 2 * min(medians.values()), medians


def test_rehash_when_the_cost_rose(world: World) -> None:
    user_id, email = account(world, "right")
    raised = Passwords(world.client, hasher=PasswordHasher(5))
    assert world.run(raised.check(email, "wrong")) is None
    assert world.row(user_id).passwordHash.startswith("$2b$04$")
    assert world.run(raised.check(email, "right")) == user_id
    hashed = world.row(user_id).passwordHash
    assert hashed.startswith("$2b$05$")
    assert world.run(raised.check(email, "right")) == user_id
    assert world.row(user_id).passwordHash == hashed


def test_the_stamp_is_of_the_hash_that_stays(world: World) -> None:
    """Also where a hash of a lower cost is replaced by several logins at once."""
    user_id, email = account(world, "right")
    raised = Passwords(world.client, hasher=PasswordHasher(5))
    found = world.run(race(lambda: raised.verify(email, "right"), 4))
    expected = VerifiedPassword(user_id=user_id, stamp=password_stamp(world.row(user_id).passwordHash))
    assert found == [expected] * 4


def test_rehash_leaves_what_was_cut_off(world: World) -> None:
    """A password that another library cut to 72 bytes logs in, and keeps its hash."""
    user_id, email = account(world, "x" * 100)
    hashed = world.row(user_id).passwordHash
    assert world.run(Passwords(world.client, hasher=PasswordHasher(5)).check(email, "x" * 100)) == user_id
    assert world.row(user_id).passwordHash == hashed


def test_of_two_changes_at_once_one_holds(world: World, passwords: Passwords) -> None:
    user_id, email = account(world, "first")
    numbers = iter(range(8))

    async def change() -> str | None:
        password = f"password {next(numbers)}"
        return password if await passwords.change(user_id, "first", password) else None

    chosen = [password for password in world.run(race(change)) if password]
    assert len(chosen) == 1
    assert world.run(passwords.check(email, chosen[0])) == user_id


def test_rehash_never_undoes_a_change(world: World) -> None:
    """A login with the old password, which is found good just before it is changed."""
    user_id, email = account(world, "old")

    class Late(PasswordHasher):
        async def verify(self, password: str, hashed: str | None) -> bool:
            matches = await super().verify(password, hashed)
            await Passwords(world.client, hasher=QUICK).set(user_id, "new")
            return matches

    assert world.run(Passwords(world.client, hasher=Late(5)).check(email, "old")) is None
    assert world.run(Passwords(world.client, hasher=QUICK).check(email, "old")) is None
    assert world.run(Passwords(world.client, hasher=QUICK).check(email, "new")) == user_id
