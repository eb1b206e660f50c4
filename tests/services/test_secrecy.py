"""No secret in any log, exception, repr, output or table: everything is done, and everything that is said is read."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pyotp
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.diagnostics import KavenError
from kaven_schema.keyring.encoding import to_text
from kaven_schema.keyring.keys import new_key
from kaven_schema.services.passwords import PasswordHasher, Passwords
from kaven_schema.services.refresh_tokens import RefreshTokens, clean_up
from kaven_schema.services.secrets import KEYS_VARIABLE, Key, KeyRing, load_key_ring, rotate_secrets
from kaven_schema.services.two_factor import TwoFactor
from tests.database.seed.examples import contents
from tests.database.servers import query, superuser
from tests.services.project import World, a_database, connected

pytestmark = pytest.mark.xdist_group("postgres")

PASSWORD, LONG_PASSWORD = "correct-horse-battery-staple", "correct-horse-" * 9
HALF_CHARACTER = "correct-horse-\ud83d"


class Witness:
    """Does what it is told, and notes what was said about it; `secrets` may be in none of that."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.said: list[str] = []
        self.secrets: list[str] = [PASSWORD, LONG_PASSWORD, "correct-horse"]

    def do(self, work: Awaitable[Any]) -> Any:
        try:
            result = self.world.run(work)  # type: ignore[arg-type] # they are all coroutines
        except Exception as error:  # noqa: BLE001 - whatever it is, it is read
            self.read(error)
            return None
        self.said.append(f"{result!r} {result!s}")
        return result

    def read(self, error: BaseException | None) -> None:
        """The exception as a log shows it, and what hangs on it that a log might show."""
        while error:
            self.said.append("".join(traceback.format_exception(error)))
            self.said.append(f"{error!r} {error.args!r} {vars(error)!r}")
            error = error.__cause__ or error.__context__


def do_everything(witness: Witness, ring: KeyRing) -> None:
    log_in(witness)
    protect(witness, ring)
    stay_logged_in(witness)


def log_in(witness: Witness) -> None:
    world = witness.world
    passwords, user_id = Passwords(world.client, hasher=PasswordHasher(4)), world.user()
    email = world.row(user_id).email
    witness.said.append(repr(passwords))
    for password in (PASSWORD, LONG_PASSWORD, HALF_CHARACTER, ""):
        witness.do(passwords.set(user_id, password))
        witness.do(passwords.check(email, password))
        witness.do(passwords.verify(email, password))
        witness.do(passwords.change(user_id, PASSWORD, password))
    witness.do(Passwords(world.client, hasher=PasswordHasher(5)).check(email, PASSWORD))
    witness.do(passwords.check("nobody@example.com", PASSWORD))


def protect(witness: Witness, ring: KeyRing) -> None:
    world, user_id = witness.world, witness.world.user()
    two_factor, others = (
        TwoFactor(world.client, keys, "Kaven") for keys in (ring, KeyRing((Key("other", bytes(64)),)))
    )
    witness.said += [repr(two_factor), str(ring), repr(ring.current)]
    enrolment = witness.do(two_factor.enrol(user_id))
    generator = pyotp.TOTP(enrolment.secret)
    witness.secrets += [enrolment.secret, enrolment.uri]
    codes = witness.do(two_factor.confirm(user_id, generator.now()))
    witness.secrets += [*codes.codes, *(code.replace("-", "") for code in codes.codes)]
    for service in (two_factor, others):
        witness.do(service.verify(user_id, generator.at(datetime.now(UTC) + timedelta(seconds=30))))
        witness.do(service.use_backup_code(user_id, codes.codes[0]))
        witness.do(service.enrol(user_id))
        fresh = witness.do(service.new_backup_codes(user_id))
        witness.secrets += fresh.codes
    witness.do(rotate_secrets(world.client, KeyRing((Key("next", bytes(range(64))), *ring.keys))))
    row = world.row(user_id)
    world.change(
        user_id, twoFactorSecret=row.twoFactorSecret[:-4], backupCodes=json.dumps(row.backupCodes[4:])
    )
    witness.do(two_factor.verify(user_id, generator.now()))
    witness.do(two_factor.use_backup_code(user_id, codes.codes[1]))
    witness.do(rotate_secrets(world.client, ring))
    witness.do(two_factor.disable(user_id))


def stay_logged_in(witness: Witness) -> None:
    world = witness.world
    tokens = RefreshTokens(world.client, overlap=timedelta(0))
    witness.said.append(repr(tokens))
    first = witness.do(tokens.issue(world.user()))
    second = witness.do(tokens.rotate(first.token))
    witness.secrets += [first.token, second.token]
    for token in (first.token, second.token, HALF_CHARACTER):
        witness.do(tokens.rotate(token))
        witness.do(tokens.revoke(token))
    third = witness.do(tokens.issue(world.user()))
    witness.secrets.append(third.token)
    witness.do(clean_up(world.client, clock=lambda: datetime.now(UTC) + timedelta(days=8)))


def fail_everywhere(witness: Witness, ring: KeyRing) -> None:
    """The same with a database that refuses to write, and with a client that is not connected."""
    world, user_id = witness.world, witness.world.user()
    token = world.run(RefreshTokens(world.client).issue(user_id)).token
    witness.secrets.append(token)
    query(
        world.url(Role.OWNER), "REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM kaven_app"
    )
    for client in (world.client, world.package.Prisma()):
        witness.do(Passwords(client, hasher=PasswordHasher(4)).set(user_id, PASSWORD))
        witness.do(TwoFactor(client, ring, "Kaven").enrol(user_id))
        witness.do(RefreshTokens(client).issue(user_id))
        witness.do(RefreshTokens(client).rotate(token))
        witness.do(RefreshTokens(client).revoke(token))


@pytest.fixture
def loud_world(services_server: EmbeddedServer, services_package: ModuleType):
    """Its server logs every statement with its values."""
    with a_database(services_server) as name:
        with superuser(services_server) as connection:
            connection.execute(f"ALTER DATABASE {name} SET log_statement = 'all'".encode())
        with connected(services_server, name, services_package) as world:
            yield world


def test_no_secret_is_said(
    loud_world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    line = new_key("test")
    ring = load_key_ring({KEYS_VARIABLE: line})
    witness = Witness(loud_world)
    do_everything(witness, ring)
    rows = json.dumps(contents(loud_world.url(Role.OWNER)), ensure_ascii=False)
    fail_everywhere(witness, ring)
    material = ring.current.material
    witness.secrets += [
        line,
        line.partition(":")[2],
        to_text(material[:32]),
        material.hex(),
        repr(material)[2:20],
    ]
    log, output = loud_world.server.layout.log.read_text(encoding="utf-8"), capfd.readouterr()
    assert "UPDATE" in log
    assert "updateManyUser" in caplog.text
    assert len(witness.said) > 50
    places = {
        "what was said": "\n".join(witness.said),
        "logs": caplog.text,
        "output": output.out + output.err,
        "tables": rows,
        "the server's log": log,
    }
    found = {
        (place, secret[:4]) for place, text in places.items() for secret in witness.secrets if secret in text
    }
    assert found == set()
    loud = [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    assert not any("$2b$" in message or "k1.test" in message for message in loud), "not even what is stored"


@pytest.mark.parametrize(
    "entry", ["a:c2VjcmV0LWtleS1tYXRlcmlhbA", "c2VjcmV0LWtleS1tYXRlcmlhbA", "a b:c2VjcmV0"]
)
def test_keys_that_cannot_be_read_are_not_said(entry: str) -> None:
    with pytest.raises(KavenError) as error:
        load_key_ring({KEYS_VARIABLE: entry})
    assert "c2Vjcm" not in "".join(traceback.format_exception(error.value)) + error.value.help
