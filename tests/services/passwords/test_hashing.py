"""bcrypt: known answers, its limits, and that it is waited for elsewhere."""

from __future__ import annotations

import asyncio

import bcrypt
import pytest

from kaven_schema.services.passwords import MAX_BYTES, PasswordHasher, PasswordProblem, PasswordRefusedError

QUICK = PasswordHasher(4)
LONG = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ANSWERS = [
    # crypt_blowfish's own
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    (LONG, "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
    # OpenBSD's
    ("Kk4DQuMMfZL9o", "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm"),
]


@pytest.mark.parametrize(("password", "hashed"), ANSWERS)
def test_known_answers(password: str, hashed: str) -> None:
    assert asyncio.run(QUICK.verify(password, hashed))
    assert not asyncio.run(QUICK.verify(f"{password}x"[: MAX_BYTES - 1], hashed))


def test_specification_s_cost() -> None:
    hashed = asyncio.run(PasswordHasher().hash("correct horse"))
    assert hashed.startswith("$2b$12$")
    assert asyncio.run(PasswordHasher().verify("correct horse", hashed))
    assert not PasswordHasher().needs_rehash(hashed)
    assert PasswordHasher(13).needs_rehash(hashed)
    assert not PasswordHasher(4).needs_rehash(hashed)


@pytest.mark.parametrize("password", ["a", "x" * MAX_BYTES, "ä" * 36, "😀" * 18, "Grüße, 世界", " "])
def test_of_up_to_72_bytes(password: str) -> None:
    hashed = asyncio.run(QUICK.hash(password))
    assert bcrypt.checkpw(password.encode(), hashed.encode())
    assert asyncio.run(QUICK.verify(password, hashed))
    assert not asyncio.run(QUICK.verify(password[:-1] + "?", hashed))


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordProblem.EMPTY),
        ("x" * (MAX_BYTES + 1), PasswordProblem.TOO_LONG),
        ("ä" * 37, PasswordProblem.TOO_LONG),
        ("before\0after", PasswordProblem.NOT_TEXT),
        ("half \ud83d", PasswordProblem.NOT_TEXT),
    ],
)
def test_what_is_refused(password: str, problem: PasswordProblem) -> None:
    with pytest.raises(PasswordRefusedError) as refused:
        asyncio.run(QUICK.hash(password))
    assert refused.value.problem is problem
    assert refused.value.__context__ is None


def test_longer_ones_of_other_libraries_still_verify() -> None:
    """They hashed the first 72 bytes, whatever came then."""
    password = "é" * 50
    hashed = bcrypt.hashpw(password.encode()[:MAX_BYTES], bcrypt.gensalt(4)).decode()
    assert asyncio.run(QUICK.verify(password, hashed))
    assert not asyncio.run(QUICK.verify("e" * 100, hashed))


@pytest.mark.parametrize(
    "hashed", [None, "", "none", "$2b$04$short", "$2b$99$" + "." * 53, "ä" * 60, "$1$a$b"]
)
@pytest.mark.parametrize("password", ["", "x", "x" * 200, "\ud83d", "a\0b"])
def test_no_hash_is_no_password(hashed: str | None, password: str) -> None:
    assert not asyncio.run(QUICK.verify(password, hashed))


@pytest.mark.parametrize("stored", [None, 4, 5, 6, 7])
def test_equal_work_for_every_refusal(stored: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted where bcrypt works, in its rounds."""
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(stored)).decode() if stored else None
    rounds = []
    check = bcrypt.checkpw

    def counting(password: bytes, target: bytes) -> bool:
        rounds.append(2 ** int(target[4:6]))
        return check(password, target)

    monkeypatch.setattr(bcrypt, "checkpw", counting)
    assert not asyncio.run(PasswordHasher(7).verify("wrong", hashed))
    assert sum(rounds) == 2**7


def test_the_event_loop_goes_on() -> None:
    """While one waits for a hash, another coroutine gets its turn again and again."""

    async def main() -> int:
        hashing = asyncio.create_task(PasswordHasher().hash("correct horse"))
        turns = 0
        while not hashing.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(main()) > 100
