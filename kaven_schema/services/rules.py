"""What the services ask of the database beyond its schema, as the script of a migration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.database.migrations.folder import Migration, MigrationsFolder, read_folder, write_migration
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.services.audit.append_only import append_only_script
from kaven_schema.services.tenants.status import status_script

APPLICATION_ROLES = ("kaven_app",)

_HERE = Path(__file__).parent
_TITLE = "services_rules"


@dataclass(frozen=True, slots=True)
class Part:
    """One script, to be applied once by the owner of the tables; each can be taken alone.

    `sign` is in every form of the script, so that it is known where it stands, and in none that an earlier release
    wrote: whoever has that one gets this one too, so it may be applied over it. `needs` are the tables and columns
    of services.extended.prisma without which it cannot be applied.
    """

    name: str
    what: str
    sign: str
    needs: tuple[str, ...]
    script: Callable[[Sequence[str]], str]


def _file(path: str) -> Callable[[Sequence[str]], str]:
    return lambda _: (_HERE / path).read_text(encoding="utf-8")


PARTS = (
    Part(
        "numbering",
        "numbers of invoices and orders without gaps",
        "is_confined boolean",
        ("number_sequences",),
        _file("numbering/numbering.sql"),
    ),
    Part(
        "history",
        "each change of an order has its row, which nobody changes or deletes",
        "ORDER BY h.cmin",
        ("order_status_history",),
        _file("orders/history.sql"),
    ),
    Part(
        "money",
        "totals that add up, currencies that are codes",
        '"invoices_total_adds_up"',
        ("invoices", "orders", "currency"),
        _file("money/amounts.sql"),
    ),
    Part(
        "audit",
        "an audit log that is only added to",
        '"kaven_audit_append_only"',
        ("audit_logs",),
        append_only_script,
    ),
    Part(
        "tenants",
        "a tenant's status and deletedAt in step",
        '"kaven_tenant_status"',
        ("tenants", "suspended_at"),
        lambda _: status_script(),
    ),
)
"""In the order in which they are applied."""


@dataclass(frozen=True, slots=True)
class Written:
    """`migration` is None where the migrations have every part that was asked for."""

    migration: Migration | None
    parts: tuple[str, ...]


def rules_script(names: Iterable[str] = (), roles: Sequence[str] = APPLICATION_ROLES) -> str:
    """SQL of the parts of these names, or of all. `roles` are those that the application connects as."""
    return _script(_chosen(names), roles)


def write_rules(
    migrations: Path, names: Iterable[str] = (), roles: Sequence[str] = APPLICATION_ROLES, *, root: Path
) -> Written:
    """What no migration has yet, in one behind all others.

    Raises KavenError `services_rules_too_early`, and what `read_folder` and `write_migration` raise.
    """
    folder = read_folder(migrations)
    parts = [part for part in _chosen(names) if not _holds(folder, part.sign)]
    if not parts:
        return Written(None, ())
    _check_tables(folder, parts)
    migrations.mkdir(parents=True, exist_ok=True)
    written = write_migration(folder, "dev", _TITLE, _script(parts, roles), root=root)
    return Written(written, tuple(part.name for part in parts))


def _script(parts: Iterable[Part], roles: Sequence[str]) -> str:
    return "\n".join(part.script(roles) for part in parts)


def _chosen(names: Iterable[str]) -> tuple[Part, ...]:
    wanted = {*names}
    return tuple(part for part in PARTS if not wanted or part.name in wanted)


def _holds(folder: MigrationsFolder, text: str) -> bool:
    return any(text in migration.sql for migration in folder.migrations)


def _check_tables(folder: MigrationsFolder, parts: Iterable[Part]) -> None:
    missing = {name: part for part in parts for name in part.needs if not _holds(folder, f'"{name}"')}
    if missing:
        raise KavenError(
            "services_rules_too_early",
            f"no migration makes what the rules are about: {', '.join(missing)}",
            help="add it to the schema: kaven services init; then: kaven migrate dev",
            exit_code=ExitCode.PROBLEMS,
        )
