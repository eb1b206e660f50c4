"""kaven seed, as a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaven_schema.client.generated import read_project
from kaven_schema.config import Settings
from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.seed import demo
from kaven_schema.database.seed import load as loading
from kaven_schema.database.seed.accounts import (
    ACCOUNTS,
    Account,
    Passwords,
    are_demo_passwords,
    hash_passwords,
)
from kaven_schema.database.seed.client import Client, connected_client
from kaven_schema.database.seed.load import LoadSize
from kaven_schema.database.seed.schema import SeedSchema, Values
from kaven_schema.database.target import Target, find_target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedOptions:
    """`values` are for required fields of the developer's own; `force` allows another than the embedded database."""

    passwords: Passwords
    load: LoadSize | None = None
    values: Values = field(default_factory=dict)
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRun:
    """What there is now. `demo_passwords` are the accounts of the embedded database that have them."""

    target: Target
    steps: tuple[demo.Step, ...]
    demo_passwords: frozenset[Account]
    load: Mapping[str, int] | None

    @property
    def slug(self) -> str:
        """The demo tenant's."""
        return next(step.name for step in self.steps if step.what == "tenant")

    @property
    def changed(self) -> bool:
        return any(step.created for step in self.steps) or any((self.load or {}).values())


def seed(settings: Settings, options: SeedOptions, *, progress: Progress = silent) -> SeedRun:
    """Make the demo data, in one transaction, then the load data in batches; what is there stays as it is.

    Raises KavenError: `database_not_embedded`, `database_not_migrated`, `seed_schema_lacks`,
    `seed_value_missing`, `seed_values_invalid`, `seed_password_…`, `seed_rows_hidden`, `seed_conflict`,
    `seed_failed`, and what
    `find_target`, `connect`, `read_project` and `connected_client` raise.
    """
    target = find_target(settings, Role.APP, progress=progress)
    if not (target.is_embedded or options.force):
        raise _foreign(target)
    project = read_project(settings, progress=progress)
    schema = SeedSchema.of(project.dmmf, options.values)
    schema.check(demo.NEEDS)
    if options.load:
        schema.check(loading.NEEDS)
    url = _url_that_sees_rows(settings, target)
    with connected_client(project.client, url, progress=progress) as client:
        hashes, known = _passwords(client, options.passwords, is_embedded=target.is_embedded)
        steps = demo.seed_demo(client, schema, hashes)
        load = loading.load(client, schema, options.load, progress=progress) if options.load else None
    return SeedRun(target=target, steps=steps, demo_passwords=known, load=load)


def _passwords(
    client: Client, passwords: Passwords, *, is_embedded: bool
) -> tuple[dict[Account, str], frozenset[Account]]:
    """Hashes for the accounts that are not there, and which accounts have, or get, the public passwords."""
    found = {account: client.first("User", {"email": account.email}) for account in ACCOUNTS}
    chosen = {
        account: passwords.of(account, is_embedded=is_embedded)
        for account, user in found.items()
        if user is None
    }
    hashes = dict(zip(chosen, hash_passwords(list(chosen.values())), strict=True))
    if not is_embedded:
        return hashes, frozenset()
    there = {account: user.passwordHash for account, user in found.items() if user is not None}
    public = [account for account, is_demo in are_demo_passwords(there).items() if is_demo]
    fresh = [account for account, password in chosen.items() if password == account.demo_password]
    return hashes, frozenset((*public, *fresh))


def _url_that_sees_rows(settings: Settings, target: Target) -> DatabaseUrl:
    """The target's, but where row-level security hides rows that of the super admin, who makes tenants.

    It connects, so that our own errors say why that fails: the engine would only say that it did not start.
    """
    from kaven_schema.database.connection import connect

    with connect(target.url) as connection:
        hides = connection.execute(
            "SELECT 1 FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace"
            " WHERE nspname = current_schema()) AND relrowsecurity AND row_security_active(oid)"
        ).fetchone()
    if not hides:
        return target.url
    if not target.is_embedded:
        raise KavenError(
            "seed_rows_hidden",
            f"row-level security hides rows from {target.url.user}",
            help="set DATABASE_URL to a member of kaven_super_admin, then: kaven seed --force",
        )
    owner = find_target(settings, Role.OWNER).url
    return replace(owner, options={**owner.options, "options": "-c role=kaven_super_admin"})


def _foreign(target: Target) -> KavenError:
    return KavenError(
        "database_not_embedded",
        f"{target.url.shown()} ({target.origin}) is not the embedded database",
        help="to seed the embedded one, unset DATABASE_URL; to seed this one: kaven seed --force",
        exit_code=ExitCode.WRONG_USE,
    )
