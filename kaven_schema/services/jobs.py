"""What time asks for: each job does what is due, nothing twice, and runs once at a time wherever cron starts it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.services.billing.jobs import end_periods, end_trials, mark_overdue
from kaven_schema.services.billing.shapes import BillingClient
from kaven_schema.services.refresh_tokens.cleanup import clean_up as clean_up_tokens
from kaven_schema.services.refresh_tokens.shapes import TokenClient
from kaven_schema.services.users.cleanup import clean_up as clean_up_users
from kaven_schema.services.users.shapes import OpenClient

if TYPE_CHECKING:
    from kaven_schema.config import Settings
    from kaven_schema.database.url import DatabaseUrl
    from kaven_schema.services.project_client import Connected

_KEY = "SELECT pg_try_advisory_xact_lock(hashtextextended('kaven job ' || %s, 0))"


class JobClient(BillingClient, TokenClient, OpenClient, Protocol):
    """All that the jobs ask of a client."""


Work = Callable[[JobClient, int, Progress], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Job:
    """`needs` are the fields, by model, without which it cannot run; `tables` are those whose rows it must all see."""

    name: str
    what: str
    tables: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    work: Work = field(repr=False)


async def _overdue(client: JobClient, batch: int, progress: Progress) -> int:
    return await mark_overdue(client, batch=batch, progress=progress)


async def _periods(client: JobClient, batch: int, progress: Progress) -> int:
    return await end_periods(client, batch=batch, progress=progress)


async def _trials(client: JobClient, batch: int, progress: Progress) -> int:
    return await end_trials(client, batch=batch, progress=progress)


async def _tokens(client: JobClient, batch: int, progress: Progress) -> int:
    done = await clean_up_tokens(client, batch=batch, progress=progress)
    return done.sessions + done.spent_tokens


async def _invitations(client: JobClient, _batch: int, progress: Progress) -> int:
    with progress("Removing expired invitations and verifications", 1):
        return await clean_up_users(client)


_STRIPE = {"Subscription": ("stripeSubscriptionId",)}
_TOKENS = {"RefreshToken": ("spent",), "SpentRefreshToken": ("token", "sessionId", "expiresAt")}
_OPEN = {"Invitation": ("expiresAt",), "EmailVerification": ("expiresAt",)}

JOBS = (
    Job(
        "overdue-invoices",
        "invoices that were sent and are due become overdue",
        ("invoices",),
        {"Invoice": ("dueDate",)},
        _overdue,
    ),
    Job(
        "ended-periods",
        "subscriptions that were to end with their period end",
        ("subscriptions",),
        _STRIPE,
        _periods,
    ),
    Job(
        "ended-trials",
        "trials that are over become past due, or end",
        ("subscriptions",),
        _STRIPE,
        _trials,
    ),
    Job(
        "refresh-tokens",
        "refresh tokens that have expired are removed",
        ("refresh_tokens", "spent_refresh_tokens"),
        _TOKENS,
        _tokens,
    ),
    Job(
        "invitations",
        "invitations and e-mail verifications that have expired are removed",
        ("invitations", "email_verifications"),
        _OPEN,
        _invitations,
    ),
)
"""In the order in which they are run."""


class State(StrEnum):
    """BUSY is another process that is at the same job: it does what there is to do."""

    DONE = "done"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`rows` is how many were changed or removed; `problem` says why a job failed."""

    job: str
    state: State
    rows: int = 0
    problem: str = ""


def run_jobs(
    settings: Settings, jobs: Iterable[Job], *, batch: int, progress: Progress = silent
) -> tuple[Outcome, ...]:
    """Each in turn; one that fails keeps none of the others from running.

    Raises KavenError: what `with_project_client` raises before the first.
    """
    from kaven_schema.services.project_client import with_project

    chosen = tuple(jobs)

    async def work(project: Connected[JobClient]) -> tuple[Outcome, ...]:
        return tuple([await _outcome(project, job, batch, progress) for job in chosen])

    tables = tuple(dict.fromkeys(table for job in chosen for table in job.tables))
    needs = {model: fields for job in chosen for model, fields in job.needs.items()}
    return with_project(settings, work, tables, needs, progress=progress)


async def _outcome(project: Connected[JobClient], job: Job, batch: int, progress: Progress) -> Outcome:
    try:
        with _alone(project.url, job.name) as is_ours, project.telling():
            if not is_ours:
                return Outcome(job.name, State.BUSY)
            rows = await job.work(project.client, batch, progress)
    except KavenError as error:
        return Outcome(job.name, State.FAILED, problem=error.message)
    return Outcome(job.name, State.DONE, rows)


@contextmanager
def _alone(url: DatabaseUrl, job: str) -> Iterator[bool]:
    """Whether no other process is at the job. The lock is a transaction's, which is safe through PgBouncer."""
    from kaven_schema.database.connection import connect

    with connect(url) as connection, connection.transaction():
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        row = connection.execute(_KEY, [job]).fetchone()
        yield bool(row and row[0])
