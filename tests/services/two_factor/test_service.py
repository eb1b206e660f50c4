"""Two-factor of users in PostgreSQL, through the generated client."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from functools import partial

import pyotp
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.secrets import Key, KeyRing, SecretProblem, SecretUnreadableError
from kaven_schema.services.two_factor import BackupCodes, Totp, TwoFactor, TwoFactorError, TwoFactorProblem
from tests.database.servers import query
from tests.services.project import World, race

pytestmark = pytest.mark.xdist_group("postgres")

RING = KeyRing((Key("test", bytes(range(64))),))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STEP = timedelta(seconds=30)


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(world: World, clock: Clock) -> TwoFactor:
    return TwoFactor(world.client, RING, "Kaven", clock=clock)


class Holder:
    """A user with an authenticator."""

    def __init__(self, world: World, service: TwoFactor, clock: Clock) -> None:
        self.world, self.service, self.clock = world, service, clock
        self.id = world.user()
        self.secret, self.codes = "", BackupCodes(())

    def enrol(self) -> Holder:
        self.secret = self.world.run(self.service.enrol(self.id)).secret
        codes = self.world.run(self.service.confirm(self.id, self.code()))
        assert codes
        self.codes = codes
        return self

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now + steps * STEP)

    def verify(self, code: str) -> bool:
        return bool(self.world.run(self.service.verify(self.id, code)))

    def use(self, code: str) -> bool:
        return bool(self.world.run(self.service.use_backup_code(self.id, code)))

    def left(self) -> int:
        return int(self.world.run(self.service.backup_codes_left(self.id)))


@pytest.fixture
def holder(world: World, service: TwoFactor, clock: Clock) -> Holder:
    """Enrolled, one step ago."""
    made = Holder(world, service, clock).enrol()
    clock.now += STEP
    return made


def test_enrolment(world: World, service: TwoFactor, clock: Clock) -> None:
    user_id = world.user()
    enrolment = world.run(service.enrol(user_id))
    parsed = pyotp.parse_uri(enrolment.uri)
    assert (parsed.secret, parsed.issuer, parsed.name) == (
        enrolment.secret,
        "Kaven",
        world.row(user_id).email,
    )
    assert not world.run(service.is_enabled(user_id))
    code = pyotp.TOTP(enrolment.secret).at(clock.now)
    assert not world.run(service.verify(user_id, code))
    assert world.run(service.confirm(user_id, "000000" if code != "000000" else "000001")) is None
    codes = world.run(service.confirm(user_id, code))
    assert len(codes.codes) == 10
    assert world.run(service.is_enabled(user_id))
    assert world.run(service.backup_codes_left(user_id)) == 10
    assert world.run(service.confirm(user_id, code)) is None
    assert not world.run(service.verify(user_id, code)), "the code that enabled it is used"


def test_qr_code(world: World, service: TwoFactor) -> None:
    enrolment = world.run(service.enrol(world.user()))
    picture = enrolment.qr_svg()
    assert enrolment.secret not in picture
    element = ET.fromstring(picture)
    assert element.tag.endswith("svg")
    assert int(element.attrib["width"]) == int(element.attrib["height"]) > 100


def test_stored_encrypted(world: World, holder: Holder) -> None:
    row = world.row(holder.id)
    assert row.twoFactorSecret.startswith("k1.test.")
    assert row.backupCodes.startswith("k1.test.")
    shown = repr(row)
    assert not any(secret in shown for secret in (holder.secret, *holder.codes.codes))


def test_each_step_once(holder: Holder) -> None:
    code = holder.code()
    assert holder.verify(code)
    assert not holder.verify(code)
    assert holder.verify(holder.code(1)), "a clock that is ahead"
    assert not holder.verify(code)
    holder.clock.now += 2 * STEP
    assert not holder.verify(holder.code(-1)), "that step is used"
    assert holder.verify(holder.code())
    assert not holder.verify(holder.code(-1)), "an earlier step"
    assert not holder.verify(holder.code(2))
    assert not holder.verify(holder.code(-2))


def test_a_step_is_used_once_by_eight_at_once(holder: Holder) -> None:
    for _ in range(5):
        code = holder.code()
        assert holder.world.run(race(partial(holder.service.verify, holder.id, code))).count(True) == 1
        holder.clock.now += STEP


def test_confirmed_once_by_eight_at_once(world: World, service: TwoFactor, clock: Clock) -> None:
    user_id = world.user()
    code = pyotp.TOTP(world.run(service.enrol(user_id)).secret).at(clock.now)
    codes = [found for found in world.run(race(lambda: service.confirm(user_id, code))) if found]
    assert len(codes) == 1
    assert world.run(service.use_backup_code(user_id, codes[0].codes[9]))


def test_enrolled_by_eight_at_once(world: World, service: TwoFactor, clock: Clock) -> None:
    """Of eight secrets that were shown, the one that was stored last counts, and no other."""
    user_id = world.user()
    secrets = [found.secret for found in world.run(race(lambda: service.enrol(user_id)))]
    assert len(set(secrets)) == 8
    assert world.row(user_id).twoFactorSerial == 8, "no two of them have one serial"
    confirmed = [
        world.run(service.confirm(user_id, pyotp.TOTP(secret).at(clock.now))) is not None
        for secret in secrets
    ]
    assert confirmed.count(True) == 1


def test_backup_codes(holder: Holder) -> None:
    first, second, *_ = holder.codes.codes
    assert holder.use(first)
    assert not holder.use(first)
    assert holder.use(second.lower().replace("-", ""))
    assert not holder.use("0000-0000-0000-0000")
    assert holder.left() == 8


def test_a_backup_code_is_used_once_by_eight_at_once(holder: Holder) -> None:
    for code in holder.codes.codes[:3]:
        used = holder.world.run(race(partial(holder.service.use_backup_code, holder.id, code)))
        assert used.count(True) == 1
        assert used.count(False) == 7
    assert holder.left() == 7


def test_eight_backup_codes_at_once(holder: Holder) -> None:
    codes = iter(holder.codes.codes)
    used = holder.world.run(race(lambda: holder.service.use_backup_code(holder.id, next(codes)), 10))
    assert used == [True] * 10
    assert holder.left() == 0


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_code_of_a_secret_that_is_replaced_meanwhile(world: World, clock: Clock, confirmed: bool) -> None:
    """The code is right, and before that is written down, another authenticator is set up."""

    class Late(Totp):
        def matching_step(self, secret: str, code: str, at: datetime) -> int | None:
            replace = f"UPDATE users SET two_factor_serial = two_factor_serial + 1 WHERE id = '{owner.id}'"
            query(world.url(Role.OWNER), replace)
            return super().matching_step(secret, code, at)

    owner = Holder(world, TwoFactor(world.client, RING, "Kaven", clock=clock), clock)
    late = TwoFactor(world.client, RING, "Kaven", clock=clock, totp=Late())
    if confirmed:
        owner.enrol()
        clock.now += STEP
        assert not world.run(late.verify(owner.id, owner.code()))
    else:
        owner.secret = world.run(owner.service.enrol(owner.id)).secret
        assert world.run(late.confirm(owner.id, owner.code())) is None
        assert not world.run(owner.service.is_enabled(owner.id))


def test_new_backup_codes(holder: Holder) -> None:
    fresh = holder.world.run(holder.service.new_backup_codes(holder.id))
    assert not holder.use(holder.codes.codes[0])
    assert holder.use(fresh.codes[0])
    assert holder.left() == 9


def test_disable(world: World, holder: Holder) -> None:
    assert world.run(holder.service.disable(holder.id))
    row = world.row(holder.id)
    assert (row.twoFactorEnabled, row.twoFactorSecret, row.backupCodes) == (False, None, None)
    assert not holder.verify(holder.code())
    assert not holder.use(holder.codes.codes[0])
    assert holder.left() == 0
    again = holder.enrol()
    assert holder.use(again.codes.codes[0])


def problem_of(world: World, work: object) -> TwoFactorProblem:
    with pytest.raises(TwoFactorError) as error:
        world.run(work)  # type: ignore[arg-type] # whichever coroutine
    return error.value.problem


def test_what_does_not_fit(world: World, service: TwoFactor, holder: Holder) -> None:
    assert problem_of(world, service.enrol(holder.id)) is TwoFactorProblem.ALREADY_ENABLED
    assert problem_of(world, service.enrol("nobody")) is TwoFactorProblem.UNKNOWN_USER
    assert problem_of(world, service.new_backup_codes(world.user())) is TwoFactorProblem.NOT_ENABLED
    for user_id in ("nobody", world.user()):
        assert not world.run(service.is_enabled(user_id))
        assert not world.run(service.verify(user_id, "000000"))
        assert not world.run(service.use_backup_code(user_id, "0000-0000-0000-0000"))
        assert world.run(service.confirm(user_id, "000000")) is None
    assert not world.run(service.disable("nobody"))


def test_deleted_users(world: World, holder: Holder) -> None:
    world.change(holder.id, deletedAt=datetime.now(UTC))
    assert not holder.verify(holder.code())
    assert not holder.use(holder.codes.codes[0])
    assert problem_of(world, holder.service.enrol(holder.id)) is TwoFactorProblem.UNKNOWN_USER


def unreadable(holder: Holder, call: object) -> SecretProblem:
    with pytest.raises(SecretUnreadableError) as error:
        holder.world.run(call)  # type: ignore[arg-type] # whichever coroutine
    return error.value.problem


def test_another_user_s_secret_is_of_no_use(
    world: World, service: TwoFactor, clock: Clock, holder: Holder
) -> None:
    """Somebody who may write to the table puts the ciphertexts of his own account into another."""
    thief = Holder(world, service, clock).enrol()
    row = world.row(thief.id)
    world.change(holder.id, twoFactorSecret=row.twoFactorSecret, backupCodes=json.dumps(row.backupCodes))
    clock.now += STEP
    assert unreadable(holder, service.verify(holder.id, thief.code())) is SecretProblem.NOT_AUTHENTIC
    code = thief.codes.codes[0]
    assert unreadable(holder, service.use_backup_code(holder.id, code)) is SecretProblem.NOT_AUTHENTIC


def test_replayed_backup_codes(world: World, holder: Holder) -> None:
    """The array from before a code was used, put back."""
    before = world.row(holder.id).backupCodes
    assert holder.use(holder.codes.codes[0])
    world.change(holder.id, backupCodes=json.dumps(before))
    code = holder.codes.codes[0]
    assert unreadable(holder, holder.service.use_backup_code(holder.id, code)) is SecretProblem.NOT_AUTHENTIC


def test_replayed_secret(world: World, holder: Holder) -> None:
    """The secret of the authenticator that was lost, put back."""
    lost, before = holder.secret, world.row(holder.id).twoFactorSecret
    world.run(holder.service.disable(holder.id))
    holder.enrol()
    world.change(holder.id, twoFactorSecret=before)
    code = pyotp.TOTP(lost).at(holder.clock.now)
    assert unreadable(holder, holder.service.verify(holder.id, code)) is SecretProblem.NOT_AUTHENTIC


@pytest.mark.parametrize(
    "stored", ["", "JBSWY3DPEHPK3PXP", "k1.test.AAAA.AAAA.AAAA", "k1.gone.AAAA.AAAA.AAAA"]
)
def test_tampered(world: World, holder: Holder, stored: str) -> None:
    world.change(holder.id, twoFactorSecret=stored, backupCodes=json.dumps(stored))
    assert unreadable(holder, holder.service.verify(holder.id, "000000"))
    assert unreadable(holder, holder.service.use_backup_code(holder.id, "0000-0000-0000-0000"))


def test_truncated(world: World, holder: Holder) -> None:
    whole = world.row(holder.id).twoFactorSecret
    world.change(holder.id, twoFactorSecret=whole[:-1])
    assert unreadable(holder, holder.service.verify(holder.id, holder.code()))


def test_another_kind_of_authenticator(world: World, clock: Clock) -> None:
    totp = Totp(digits=8, interval=60, algorithm="sha256")
    service = TwoFactor(world.client, RING, "Kaven", totp=totp, clock=clock)
    user_id = world.user()
    generator = pyotp.parse_uri(world.run(service.enrol(user_id)).uri)
    assert isinstance(generator, pyotp.TOTP)
    assert world.run(service.confirm(user_id, generator.at(clock.now)))
