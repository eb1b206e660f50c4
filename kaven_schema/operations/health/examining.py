"""All checks, one after the other; one that cannot be made is no failure of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.checks import (
    migrations,
    policies,
    pool,
    project,
    roles,
    safety,
    server,
    storage,
)
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding


@dataclass(frozen=True, slots=True)
class Check:
    """`name` is what its findings go by."""

    name: str
    look: Callable[[Deployment], Iterator[Finding]]
    needs_database: bool = True


# What others rest on comes first: what is installed, then the database, then what is in it.
CHECKS = (
    Check("versions", project.versions, needs_database=False),
    Check("schema", project.schema, needs_database=False),
    Check("client", project.client, needs_database=False),
    Check("database", server.database, needs_database=False),
    Check("engine", project.engine),
    Check("version", server.version),
    Check("clock", server.clock),
    Check("tls", server.encryption),
    Check("extensions", server.extensions),
    Check("migrations", migrations.migrations),
    Check("roles", roles.roles),
    Check("policies", policies.policies),
    Check("pooler", pool.pooler),
    Check("connections", pool.connections),
    Check("timeouts", pool.timeouts),
    Check("backups", safety.backups, needs_database=False),
    Check("archive", safety.archive),
    Check("disk", storage.disk),
    Check("vacuum", storage.vacuum),
    Check("wraparound", storage.wraparound),
)
_DEAD = "not checked: the database does not answer"


def examine(deployment: Deployment) -> Iterator[Finding]:
    """Each finding as it is made. Raises KavenError only for settings that are none."""
    answers = True
    for check in CHECKS:
        if check.needs_database and not answers:
            yield Finding(check.name, Colour.YELLOW, _DEAD)
            continue
        for finding in _made(check, deployment):
            yield finding
            if check.name == "database" and finding.colour is Colour.RED:
                answers = False


def _made(check: Check, deployment: Deployment) -> Iterator[Finding]:
    """A refusal of the database is told as what it is: a role may not see everything."""
    try:
        yield from check.look(deployment)
    except KavenError as error:
        yield _unknown(check, error.message, error.help)
    except ImportError as error:
        yield _unknown(check, str(error), "pip install 'kaven-schema[all]'")
    except OSError as error:
        yield _unknown(check, str(error), "let this user read it, or run as one that may")
    except Exception as error:
        if not type(error).__module__.startswith("psycopg"):
            raise
        do = "let the role of DIRECT_URL see it, or run as one that may"
        yield _unknown(check, str(error), do)


def _unknown(check: Check, reason: str, do: str) -> Finding:
    first = reason.partition("\n")[0]
    return Finding(check.name, Colour.YELLOW, f"could not be checked: {first}", do)
