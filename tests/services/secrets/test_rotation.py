"""Secrets encrypted anew, beside an application that works on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pyotp
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.engines.progress import Advance, Progress
from kaven_schema.services.secrets import Key, KeyRing, rotate_secrets
from kaven_schema.services.secrets.contexts import codes_context, secret_context
from kaven_schema.services.two_factor import BackupCodes, TwoFactor
from tests.database.servers import query
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")

OLD, NEW = Key("old", bytes(64)), Key("new", bytes(range(64)))
BEFORE, BETWEEN, AFTER = KeyRing((OLD,)), KeyRing((NEW, OLD)), KeyRing((NEW,))


def protected(world: World, ring: KeyRing = BEFORE) -> tuple[str, BackupCodes]:
    """A user with two-factor, and the backup codes."""
    user_id, service = world.user(), TwoFactor(world.client, ring, "Kaven")
    secret = world.run(service.enrol(user_id)).secret
    codes = world.run(service.confirm(user_id, pyotp.TOTP(secret).now()))
    assert codes
    return user_id, codes


def test_rotation(own_world: World) -> None:
    users = [protected(own_world) for _ in range(7)]
    own_world.user()
    waiting = own_world.user()
    own_world.run(TwoFactor(own_world.client, BEFORE, "Kaven").enrol(waiting))
    done = own_world.run(rotate_secrets(own_world.client, BETWEEN, batch=3))
    assert (done.users, done.rewritten, done.unreadable) == (8, 8, ())
    assert own_world.row(waiting).twoFactorSecret.startswith("k1.new.")
    service = TwoFactor(own_world.client, AFTER, "Kaven")
    for user_id, codes in users:
        assert own_world.run(service.use_backup_code(user_id, codes.codes[0]))
        row = own_world.row(user_id)
        assert row.twoFactorSecret.startswith("k1.new.")
        assert row.backupCodes.startswith("k1.new.")
    again = own_world.run(rotate_secrets(own_world.client, AFTER))
    assert (again.users, again.rewritten) == (8, 0)


class StoppedError(Exception):
    pass


def test_interrupted_it_goes_on(own_world: World) -> None:
    for _ in range(6):
        protected(own_world)

    @contextmanager
    def stopping(_title: str, steps: int) -> Iterator[Advance]:
        assert steps == 6
        left = iter(range(4))

        def advance(_done: int) -> None:
            if next(left) == 3:
                raise StoppedError

        yield advance

    with pytest.raises(StoppedError):
        own_world.run(rotate_secrets(own_world.client, BETWEEN, batch=2, progress=stopping))
    rest = own_world.run(rotate_secrets(own_world.client, BETWEEN))
    assert (rest.users, rest.rewritten) == (6, 2)


def test_unreadable_secrets_stay(own_world: World) -> None:
    lost, _ = protected(own_world, KeyRing((Key("lost", bytes(64)),)))
    tampered, _ = protected(own_world)
    own_world.change(tampered, backupCodes=json.dumps("k1.old.AAAA.AAAA.AAAA"))
    fine, _ = protected(own_world)
    before = [own_world.row(user_id) for user_id in (lost, tampered)]
    done = own_world.run(rotate_secrets(own_world.client, BETWEEN))
    assert set(done.unreadable) == {lost, tampered}
    assert done.rewritten == 1
    assert own_world.row(fine).twoFactorSecret.startswith("k1.new.")
    assert [own_world.row(user_id) for user_id in (lost, tampered)] == before


def test_beside_users_who_log_in(own_world: World) -> None:
    """Codes are used while everything is encrypted anew, twice at once: none comes back, none is lost."""
    users = [protected(own_world) for _ in range(8)]
    service = TwoFactor(own_world.client, BETWEEN, "Kaven")

    async def main() -> list[bool]:
        uses = [
            service.use_backup_code(user_id, code) for user_id, codes in users for code in codes.codes[:5]
        ]
        rotations = [rotate_secrets(own_world.client, BETWEEN, batch=2) for _ in range(2)]
        used, _ = await asyncio.gather(asyncio.gather(*uses), asyncio.gather(*rotations))
        return used

    assert all(own_world.run(main()))
    own_world.run(rotate_secrets(own_world.client, BETWEEN))
    after = TwoFactor(own_world.client, AFTER, "Kaven")
    for user_id, codes in users:
        assert own_world.run(after.backup_codes_left(user_id)) == 5
        assert not own_world.run(after.use_backup_code(user_id, codes.codes[0]))
        assert own_world.run(after.use_backup_code(user_id, codes.codes[9]))


@contextmanager
def changing(world: World, user_id: str, change: str) -> Iterator[Progress]:
    """Progress that changes a row once, when the first one is done."""
    left = [f"UPDATE users SET {change} WHERE id = '{user_id}'"]

    @contextmanager
    def progress(_title: str, _steps: int) -> Iterator[Advance]:
        def advance(_done: int) -> None:
            if left:
                query(world.url(Role.OWNER), left.pop())

        yield advance

    yield progress
    assert not left


def test_codes_that_are_used_meanwhile_stay_used(own_world: World) -> None:
    """After their row was read, and before it is written."""
    _, user_id = sorted(protected(own_world)[0] for _ in range(2))
    sealed = BETWEEN.seal("[]", codes_context(user_id, 2))
    change = f"backup_codes = to_jsonb('{sealed}'::text), backup_codes_serial = 2"
    with changing(own_world, user_id, change) as progress:
        own_world.run(rotate_secrets(own_world.client, BETWEEN, progress=progress))
    assert own_world.run(TwoFactor(own_world.client, AFTER, "Kaven").backup_codes_left(user_id)) == 0


def test_a_secret_that_is_replaced_meanwhile_stays(own_world: World) -> None:
    _, user_id = sorted(protected(own_world)[0] for _ in range(2))
    sealed = BEFORE.seal("another", secret_context(user_id, 2))
    change = f"two_factor_secret = '{sealed}', two_factor_serial = 2"
    with changing(own_world, user_id, change) as progress:
        own_world.run(rotate_secrets(own_world.client, BETWEEN, progress=progress))
    assert AFTER.open(own_world.row(user_id).twoFactorSecret, secret_context(user_id, 2)) == "another"


def test_deleted_users_too(own_world: World) -> None:
    """Else their key could never be thrown away."""
    user_id, _ = protected(own_world)
    own_world.change(user_id, deletedAt=datetime.now(UTC))
    assert own_world.run(rotate_secrets(own_world.client, BETWEEN)).rewritten == 1
