"""Refresh tokens in PostgreSQL, through the generated client."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest

from kaven_schema.services.passwords import PasswordHasher, Passwords, password_stamp
from kaven_schema.services.refresh_tokens import (
    LIFETIME,
    OVERLAP,
    IssuedToken,
    RefreshTokens,
    TokenProblem,
    TokenRefusedError,
)
from kaven_schema.services.users import Users
from tests.database.servers import query
from tests.services.project import World, race

pytestmark = pytest.mark.xdist_group("postgres")

SECOND = timedelta(seconds=1)


@pytest.fixture
def tokens(world: World) -> RefreshTokens:
    return RefreshTokens(world.client)


@pytest.fixture
def strict(world: World) -> RefreshTokens:
    """To whom each use that is not at once is a second one."""
    return RefreshTokens(world.client, overlap=timedelta(0))


def issue(world: World, tokens: RefreshTokens, user_id: str | None = None) -> IssuedToken:
    issued: IssuedToken = world.run(tokens.issue(user_id or world.user()))
    return issued


def rotate(world: World, tokens: RefreshTokens, token: str) -> IssuedToken:
    issued: IssuedToken = world.run(tokens.rotate(token))
    return issued


def problem_of(world: World, tokens: RefreshTokens, token: str) -> TokenProblem:
    with pytest.raises(TokenRefusedError) as error:
        rotate(world, tokens, token)
    assert not token or token not in f"{error.value!r}"
    return error.value.problem


def later(by: timedelta, world: World) -> RefreshTokens:
    return RefreshTokens(world.client, clock=lambda: datetime.now(UTC) + by)


def test_256_bits_stored_as_sha_256(world: World, tokens: RefreshTokens) -> None:
    issued = issue(world, tokens)
    assert re.fullmatch(r"[\w-]{43}", issued.token)
    assert issued.token not in repr(issued)
    row = world.run(world.client.refreshtoken.find_unique(where={"id": issued.session_id}))
    assert row.token == sha256(issued.token.encode()).hexdigest()
    assert (row.userId, row.expiresAt) == (issued.user_id, row.createdAt + LIFETIME)
    assert (timedelta(days=7), timedelta(seconds=2)) == (LIFETIME, OVERLAP)


def test_rotated_at_each_use(world: World, tokens: RefreshTokens) -> None:
    first = issue(world, tokens)
    second = rotate(world, later(timedelta(days=3), world), first.token)
    assert (second.session_id, second.user_id) == (first.session_id, first.user_id)
    assert second.expires_at - first.expires_at > timedelta(days=2)
    stored = world.run(world.client.refreshtoken.find_many(where={"userId": first.user_id}))
    assert [row.token for row in stored] == [sha256(second.token.encode()).hexdigest()]
    third = rotate(world, tokens, second.token)
    assert len({first.token, second.token, third.token}) == 3


def test_expired(world: World, tokens: RefreshTokens) -> None:
    issued = issue(world, tokens)
    assert problem_of(world, later(LIFETIME + SECOND, world), issued.token) is TokenProblem.EXPIRED
    assert rotate(world, later(LIFETIME - SECOND, world), issued.token).token


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\0", "é", "\ud83d", "' OR 1=1 --", "x" * 100_000])
def test_unknown(world: World, tokens: RefreshTokens, token: str) -> None:
    assert problem_of(world, tokens, token) is TokenProblem.UNKNOWN
    assert not world.run(tokens.revoke(token))


def test_the_hash_is_no_token(world: World, tokens: RefreshTokens) -> None:
    """What a leaked table holds does not log anybody in."""
    issued = issue(world, tokens)
    assert problem_of(world, tokens, sha256(issued.token.encode()).hexdigest()) is TokenProblem.UNKNOWN


def test_reuse_revokes_what_descends(world: World, tokens: RefreshTokens) -> None:
    user_id = world.user()
    first, other = issue(world, tokens, user_id), issue(world, tokens, user_id)
    second = rotate(world, tokens, first.token)
    third = rotate(world, tokens, second.token)
    with pytest.raises(TokenRefusedError) as error:
        rotate(world, later(OVERLAP + SECOND, world), first.token)
    assert error.value.problem is TokenProblem.REUSED
    assert (error.value.session_id, error.value.user_id) == (first.session_id, user_id)
    for token in (first, second, third):
        assert problem_of(world, tokens, token.token) is TokenProblem.UNKNOWN
    assert rotate(world, tokens, other.token).token, "another login of the user goes on"


def test_reuse_by_whoever_comes_second(world: World, tokens: RefreshTokens) -> None:
    """A thief who is faster than the owner: the owner's use ends the thief's session."""
    stolen = issue(world, tokens)
    thief = rotate(world, tokens, stolen.token)
    assert problem_of(world, tokens, stolen.token) is TokenProblem.OVERTAKEN, (
        "within two seconds it is refused"
    )
    assert problem_of(world, later(OVERLAP + SECOND, world), stolen.token) is TokenProblem.REUSED
    assert problem_of(world, tokens, thief.token) is TokenProblem.UNKNOWN


def test_of_eight_at_once_exactly_one_wins(world: World, tokens: RefreshTokens) -> None:
    for _ in range(5):
        token = issue(world, tokens).token
        results = world.run(race(partial(tokens.rotate, token)))
        winners = [result for result in results if isinstance(result, IssuedToken)]
        losers = [result for result in results if isinstance(result, TokenRefusedError)]
        assert (len(winners), len(losers)) == (1, 7)
        assert {loser.problem for loser in losers} == {TokenProblem.OVERTAKEN}
        assert rotate(world, tokens, winners[0].token).token, "who won stays logged in"


def test_a_moment_later(world: World, tokens: RefreshTokens) -> None:
    """Two tabs, the second of which begins while the first one's answer is on its way, or is just there."""

    async def two(token: str, apart: float) -> tuple[IssuedToken | BaseException, ...]:
        async def second() -> IssuedToken:
            await asyncio.sleep(apart)
            return await tokens.rotate(token)

        return tuple(await asyncio.gather(tokens.rotate(token), second(), return_exceptions=True))

    for milliseconds in (0, 1, 2, 3, 4, 5, 10, 20, 50):
        results = world.run(two(issue(world, tokens).token, milliseconds / 1000))
        (winner,) = (result for result in results if isinstance(result, IssuedToken))
        (loser,) = (result for result in results if isinstance(result, TokenRefusedError))
        assert loser.problem is TokenProblem.OVERTAKEN, milliseconds
        assert rotate(world, tokens, winner.token).token, "nobody was logged out"


def until_one_waits(world: World) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not query(world.url(), waiting):
        time.sleep(0.01)


def test_overtaken_for_as_long_as_it_takes(world: World, strict: RefreshTokens) -> None:
    """A request that saw the token in its session ends nothing, however late the other one is done."""
    first = issue(world, strict)
    slow = RefreshTokens(
        world.client, overlap=timedelta(0), clock=lambda: datetime.now(UTC) + timedelta(hours=1)
    )

    async def main() -> None:
        async with world.client.tx() as inside:
            await RefreshTokens(inside).rotate(first.token)
            second = asyncio.create_task(slow.rotate(first.token))
            await asyncio.to_thread(until_one_waits, world)
        await second

    with pytest.raises(TokenRefusedError) as error:
        world.run(main())
    assert error.value.problem is TokenProblem.OVERTAKEN
    assert len(world.run(strict.sessions(first.user_id))) == 1


def test_no_session_of_an_old_password(world: World, tokens: RefreshTokens) -> None:
    """However long the login takes, the change ends it; with the password that is there, a session begins."""
    user_id = world.user(passwordHash="first")
    issued = world.run(tokens.issue(user_id, stamp=password_stamp("first")))
    assert rotate(world, tokens, issued.token).token
    world.change(user_id, passwordHash="second")
    world.run(tokens.revoke_all(user_id))
    for stamp in (password_stamp("first"), "", "second"):
        with pytest.raises(TokenRefusedError) as error:
            world.run(tokens.issue(user_id, stamp=stamp))
        assert (error.value.problem, error.value.user_id) == (TokenProblem.PASSWORD_CHANGED, user_id)
    assert world.run(tokens.sessions(user_id)) == []
    assert world.run(tokens.issue(user_id, stamp=password_stamp("second"))).token


@pytest.mark.parametrize("stamp", [None, password_stamp("none")], ids=["any password", "one password"])
def test_no_session_of_a_user_who_is_gone(world: World, tokens: RefreshTokens, stamp: str | None) -> None:
    deleted = world.user(deletedAt=datetime.now(UTC))
    for user_id in (deleted, "nobody"):
        with pytest.raises(TokenRefusedError) as error:
            world.run(tokens.issue(user_id, stamp=stamp))
        assert error.value.problem is TokenProblem.USER_GONE
    assert world.run(world.client.refreshtoken.count(where={"userId": deleted})) == 0


def test_no_login_escapes_a_change_of_password(world: World, tokens: RefreshTokens) -> None:
    """Logins with the old one, at every moment of the change."""
    passwords, user_id = Passwords(world.client, hasher=PasswordHasher(4)), world.user()
    email = world.row(user_id).email

    async def log_in(after: float) -> IssuedToken | None:
        await asyncio.sleep(after)
        verified = await passwords.verify(email, "old")
        return await tokens.issue(verified.user_id, stamp=verified.stamp) if verified else None

    async def change() -> None:
        await asyncio.sleep(0.003)
        assert await passwords.change(user_id, "old", "new")
        await tokens.revoke_all(user_id)

    async def main() -> list[Any]:
        await passwords.set(user_id, "old")
        logins = (log_in(step / 1000) for step in range(8))
        return await asyncio.gather(change(), *logins, return_exceptions=True)

    for _ in range(10):
        changed, *found = world.run(main())
        assert changed is None
        assert all(one is None or isinstance(one, (IssuedToken, TokenRefusedError)) for one in found), found
        assert world.run(world.client.refreshtoken.count(where={"userId": user_id})) == 0


def test_whoever_deletes_a_user_waits_for_a_login(world: World, tokens: RefreshTokens) -> None:
    """And then ends its session."""
    users = Users(world.client)

    async def main(user_id: str) -> None:
        await asyncio.gather(tokens.issue(user_id), users.delete(user_id, by=user_id), return_exceptions=True)

    for _ in range(10):
        user_id = world.user()
        world.run(main(user_id))
        assert world.row(user_id).deletedAt is not None
        assert world.run(world.client.refreshtoken.count(where={"userId": user_id})) == 0
    first = issue(world, tokens)
    second = rotate(world, tokens, first.token)
    patient = RefreshTokens(world.client, overlap=timedelta(seconds=10))
    assert problem_of(world, patient, first.token) is TokenProblem.OVERTAKEN
    third = rotate(world, tokens, second.token)
    late = RefreshTokens(
        world.client, overlap=timedelta(seconds=10), clock=lambda: datetime.now(UTC) + timedelta(seconds=20)
    )
    assert problem_of(world, late, first.token) is TokenProblem.REUSED
    assert problem_of(world, tokens, third.token) is TokenProblem.UNKNOWN


def test_expired_ones_that_were_used_tell_nothing(world: World, tokens: RefreshTokens) -> None:
    """As after a cleanup, which takes them away."""
    first = issue(world, tokens)
    second = rotate(world, later(LIFETIME - SECOND, world), first.token)
    assert problem_of(world, later(LIFETIME + SECOND, world), first.token) is TokenProblem.EXPIRED
    assert rotate(world, tokens, second.token).token


def test_logout(world: World, tokens: RefreshTokens) -> None:
    issued = issue(world, tokens)
    assert world.run(tokens.revoke(issued.token))
    assert not world.run(tokens.revoke(issued.token))
    assert problem_of(world, tokens, issued.token) is TokenProblem.UNKNOWN


def test_logout_with_a_token_that_was_just_rotated(world: World, tokens: RefreshTokens) -> None:
    first = issue(world, tokens)
    second = rotate(world, tokens, first.token)
    assert world.run(tokens.revoke(first.token))
    assert problem_of(world, tokens, second.token) is TokenProblem.UNKNOWN


def test_revoke_one_session(world: World, tokens: RefreshTokens) -> None:
    user_id = world.user()
    first, second = issue(world, tokens, user_id), issue(world, tokens, user_id)
    there = {session.id for session in world.run(tokens.sessions(user_id))}
    assert there == {first.session_id, second.session_id}
    assert world.run(tokens.revoke_session(first.session_id))
    assert not world.run(tokens.revoke_session(first.session_id))
    assert problem_of(world, tokens, first.token) is TokenProblem.UNKNOWN
    assert rotate(world, tokens, second.token).token


def test_revoke_all(world: World, tokens: RefreshTokens) -> None:
    user_id, other = world.user(), issue(world, tokens)
    issued = [issue(world, tokens, user_id) for _ in range(3)]
    last = rotate(world, tokens, issued[0].token)
    assert world.run(tokens.revoke_all(user_id)) == 3
    for one in (*issued, last):
        assert problem_of(world, tokens, one.token) is TokenProblem.UNKNOWN
    assert world.run(tokens.sessions(user_id)) == []
    assert rotate(world, tokens, other.token).token


def test_no_rotation_escapes_a_revocation(world: World, tokens: RefreshTokens) -> None:
    """Whichever comes first in the database, no token is left."""
    user_id = world.user()

    async def both(token: str) -> None:
        await asyncio.gather(tokens.rotate(token), tokens.revoke_all(user_id), return_exceptions=True)

    for _ in range(20):
        world.run(both(issue(world, tokens, user_id).token))
        assert world.run(world.client.refreshtoken.count(where={"userId": user_id})) == 0


def test_racing_reuse_is_refused_and_nothing_else(world: World, strict: RefreshTokens) -> None:
    """Also where the session ends between one request's questions and another's answer."""
    for _ in range(5):
        first = world.run(strict.issue(world.user()))
        world.run(strict.rotate(first.token))
        results = world.run(race(lambda: strict.rotate(first.token), 24))  # noqa: B023 - called at once
        problems = {one.problem for one in results if isinstance(one, TokenRefusedError)}
        assert all(isinstance(one, TokenRefusedError) for one in results), results
        assert problems <= {TokenProblem.REUSED, TokenProblem.UNKNOWN}


def test_users_who_are_removed_meanwhile(world: World, tokens: RefreshTokens) -> None:
    async def both(user_id: str, token: str) -> Any:
        return await asyncio.gather(
            world.client.user.delete(where={"id": user_id}), tokens.rotate(token), return_exceptions=True
        )

    for _ in range(10):
        user_id = world.user()
        _, rotated = world.run(both(user_id, world.run(tokens.issue(user_id)).token))
        assert isinstance(rotated, (IssuedToken, TokenRefusedError)), rotated


def test_deleted_users(world: World, tokens: RefreshTokens) -> None:
    issued = issue(world, tokens)
    world.change(issued.user_id, deletedAt=datetime.now(UTC))
    assert problem_of(world, tokens, issued.token) is TokenProblem.USER_GONE
    assert world.run(world.client.refreshtoken.count(where={"userId": issued.user_id})) == 0


def test_inside_of_a_transaction(world: World, tokens: RefreshTokens) -> None:
    """What the caller takes back, the rotation takes back with it."""
    issued = issue(world, tokens)

    class TakenBackError(Exception):
        pass

    async def main() -> None:
        async with world.client.tx() as inside:
            await RefreshTokens(inside).rotate(issued.token)
            raise TakenBackError

    with pytest.raises(TakenBackError):
        world.run(main())
    assert rotate(world, tokens, issued.token).token


def test_a_rotation_is_done_or_not(world: World, tokens: RefreshTokens) -> None:
    """Where its record cannot be written, the old token stays what it was."""
    issued = issue(world, tokens)
    digest = sha256(issued.token.encode()).hexdigest()
    record = {"token": digest, "sessionId": issued.session_id, "expiresAt": issued.expires_at}
    made = world.run(world.client.spentrefreshtoken.create(data=record))
    with pytest.raises(world.package.errors.UniqueViolationError) as error:
        rotate(world, tokens, issued.token)
    assert issued.token not in f"{error.value!r}"
    world.run(world.client.spentrefreshtoken.delete(where={"id": made.id}))
    assert rotate(world, tokens, issued.token).token
