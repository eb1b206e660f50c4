"""The three users of the demo data, and their passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

from kaven_schema.diagnostics import ExitCode, KavenError

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

COST = 12
"""bcrypt's, as the specification has it."""

_LONGEST = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`demo_password` is in the specification, so everybody knows it."""

    title: str
    email: str
    demo_password: str

    @property
    def variable(self) -> str:
        return f"KAVEN_SEED_{self.title.upper().replace(' ', '_')}_PASSWORD"


SUPER_ADMIN = Account(title="Super Admin", email="admin@kaven.io", demo_password="SuperAdmin123!")  # noqa: S106
TENANT_ADMIN = Account(title="Tenant Admin", email="admin@demo.com", demo_password="TenantAdmin123!")  # noqa: S106
REGULAR_USER = Account(title="Regular User", email="user@demo.com", demo_password="User123!")  # noqa: S106
ACCOUNTS = (SUPER_ADMIN, TENANT_ADMIN, REGULAR_USER)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Where passwords come from: `given` by the names of their variables, else those that `ask` returns."""

    given: Mapping[str, str]
    ask: Callable[[Account], str] | None = None

    def of(self, account: Account, *, is_embedded: bool) -> str:
        """Raises KavenError `seed_password_missing`, `seed_password_public`, `seed_password_invalid`."""
        password = self.given.get(account.variable) or (account.demo_password if is_embedded else "")
        if not password and self.ask:
            password = self.ask(account)
        if not password:
            raise _missing(account)
        if not is_embedded and password in {known.demo_password for known in ACCOUNTS}:
            raise _invalid(
                account, "is that of the specification, which everybody knows", "seed_password_public"
            )
        if len(password.encode()) > _LONGEST or "\0" in password:
            raise _invalid(account, f"has more than {_LONGEST} bytes or a NUL, which bcrypt does not take")
        return password


def hash_passwords(passwords: Sequence[str]) -> list[str]:
    """Their bcrypt hashes; side by side, for each takes a quarter of a second."""
    bcrypt = _bcrypt()
    return _beside(
        lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode(), passwords
    )


def are_demo_passwords(hashes: Mapping[Account, str]) -> dict[Account, bool]:
    """Which of these accounts still have the password of the specification."""
    bcrypt = _bcrypt()

    def check(account: Account) -> bool:
        try:
            return bool(bcrypt.checkpw(account.demo_password.encode(), hashes[account].encode()))
        except ValueError:  # no hash of bcrypt's
            return False

    return dict(zip(hashes, _beside(check, list(hashes)), strict=True))


def _beside(work: Callable[[_Given], _Made], items: Sequence[_Given]) -> list[_Made]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=len(ACCOUNTS)) as pool:
        return list(pool.map(work, items))


def _bcrypt() -> ModuleType:
    try:
        import bcrypt
    except ImportError:
        raise KavenError(
            "bcrypt_missing",
            "passwords are hashed by the Python package bcrypt, which is not installed",
            help="pip install 'kaven-schema[database]'",
        ) from None
    return bcrypt


def _missing(account: Account) -> KavenError:
    return KavenError(
        "seed_password_missing",
        f"{account.email} needs a password: that of the specification is for the embedded database alone",
        help=f"set {account.variable}, or write it into a file: kaven seed --passwords-file FILE",
        exit_code=ExitCode.WRONG_USE,
    )


def _invalid(account: Account, problem: str, rule: str = "seed_password_invalid") -> KavenError:
    return KavenError(
        rule,
        f"the password of {account.email} {problem}",
        help=f"choose another: {account.variable}",
        exit_code=ExitCode.WRONG_USE,
    )
