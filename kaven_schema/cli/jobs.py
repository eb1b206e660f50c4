"""kaven jobs"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, say
from kaven_schema.cli.servicing import batch_size_option, check_services_installed
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.services.jobs import Job, Outcome


@click.group("jobs", short_help="the services' periodic work: list, run")
def command() -> None:
    """What time asks for: invoices that are overdue, periods and trials that are over, tokens that have expired.

    \b
    Example:
      kaven jobs list
      kaven jobs run --all
    """


@command.command("list", short_help="what there is to run")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_jobs(as_json: bool) -> int:
    """Each job and what it does.

    \b
    Example:
      kaven jobs list
    """
    check_services_installed()
    from kaven_schema.services.jobs import JOBS

    if as_json:
        echo_json([{"job": job.name, "what": job.what} for job in JOBS])
        return ExitCode.FINE
    width = max(len(job.name) for job in JOBS)
    for job in JOBS:
        click.echo(f"{job.name:{width}}  {job.what}")
    return ExitCode.FINE


@command.command("run", short_help="do what is due; for cron")
@click.argument("names", metavar="[JOB]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every job.")
@batch_size_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def run(names: tuple[str, ...], is_all: bool, batch_size: int, as_json: bool) -> int:
    """Run jobs, one after the other; exit 1 if one fails. What is done is done: run it again as often as you like.

    A job that another process is at is left to it. Under row-level security DATABASE_URL names a member of
    kaven_super_admin.

    \b
    Example:
      kaven jobs run overdue-invoices
      17 * * * * cd /srv/app && kaven jobs run --all
    """
    check_services_installed()
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.services.jobs import State, run_jobs

    jobs = _chosen(names, is_all=is_all)
    outcomes = run_jobs(load_settings(Path.cwd()), jobs, batch=batch_size, progress=on_stderr)
    if as_json:
        echo_json([_as_json(one) for one in outcomes])
    else:
        _tell(outcomes)
    return ExitCode.PROBLEMS if any(one.state is State.FAILED for one in outcomes) else ExitCode.FINE


def _chosen(names: tuple[str, ...], *, is_all: bool) -> tuple[Job, ...]:
    from kaven_schema.services.jobs import JOBS

    if is_all is bool(names):
        raise click.UsageError("name jobs, or say --all; there are: " + ", ".join(job.name for job in JOBS))
    known = {job.name: job for job in JOBS}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no job {unknown[0]}; there are: {', '.join(known)}")
    return JOBS if is_all else tuple(known[name] for name in dict.fromkeys(names))


def _as_json(outcome: Outcome) -> dict[str, object]:
    problem = {"problem": outcome.problem} if outcome.problem else {}
    return {"job": outcome.job, "state": outcome.state.value, "rows": outcome.rows, **problem}


def _tell(outcomes: tuple[Outcome, ...]) -> None:
    from kaven_schema.services.jobs import State

    for one in outcomes:
        match one.state:
            case State.DONE:
                say(f"{one.job}: {one.rows} row{'s' * (one.rows != 1)}")
            case State.BUSY:
                say(f"{one.job}: another process is at it")
            case State.FAILED:
                say(f"{one.job}: failed: {one.problem}")
