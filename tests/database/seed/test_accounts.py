from __future__ import annotations

import bcrypt
import pytest

from kaven_schema.database.seed.accounts import (
    ACCOUNTS,
    REGULAR_USER,
    SUPER_ADMIN,
    TENANT_ADMIN,
    Passwords,
    are_demo_passwords,
    hash_passwords,
)
from kaven_schema.diagnostics import ExitCode, KavenError


def refusal(passwords: Passwords) -> KavenError:
    with pytest.raises(KavenError) as raised:
        passwords.of(SUPER_ADMIN, is_embedded=False)
    assert raised.value.exit_code == ExitCode.WRONG_USE
    assert SUPER_ADMIN.variable in raised.value.help
    return raised.value


def test_variables() -> None:
    assert [account.variable for account in ACCOUNTS] == [
        "KAVEN_SEED_SUPER_ADMIN_PASSWORD",
        "KAVEN_SEED_TENANT_ADMIN_PASSWORD",
        "KAVEN_SEED_REGULAR_USER_PASSWORD",
    ]


def test_given_wins_over_asked_and_over_the_demo_password() -> None:
    passwords = Passwords({SUPER_ADMIN.variable: "given"}, lambda account: f"asked for {account.email}")
    assert passwords.of(SUPER_ADMIN, is_embedded=True) == "given"
    assert passwords.of(TENANT_ADMIN, is_embedded=True) == "TenantAdmin123!"
    assert passwords.of(TENANT_ADMIN, is_embedded=False) == "asked for admin@demo.com"


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", "seed_password_missing"),
        ("SuperAdmin123!", "seed_password_public"),
        ("User123!", "seed_password_public"),
        ("é" * 37, "seed_password_invalid"),
        ("a\0b", "seed_password_invalid"),
    ],
)
def test_not_in_a_database_of_others(password: str, rule: str) -> None:
    error = refusal(Passwords({SUPER_ADMIN.variable: password}))
    assert error.rule == rule
    assert not password or password not in error.message + error.help


def test_longest_password_that_bcrypt_takes() -> None:
    (hashed,) = hash_passwords(["é" * 36])
    assert hashed.startswith("$2b$12$")
    assert bcrypt.checkpw(("é" * 36).encode(), hashed.encode())


def test_which_still_have_the_demo_password() -> None:
    demo, own = hash_passwords([SUPER_ADMIN.demo_password, "another"])
    found = are_demo_passwords({SUPER_ADMIN: demo, TENANT_ADMIN: own, REGULAR_USER: "no hash"})
    assert found == {SUPER_ADMIN: True, TENANT_ADMIN: False, REGULAR_USER: False}
