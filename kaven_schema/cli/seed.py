"""kaven seed"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaven_schema.cli.output import echo_json, say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kaven_schema.database.seed import SeedRun
    from kaven_schema.database.seed.accounts import Account, Passwords
    from kaven_schema.database.seed.load import LoadSize

_LARGEST = 100_000_000


@click.command("seed", short_help="fill the database with demo data, or with much data")
@click.option(
    "--tenants", type=click.IntRange(0, _LARGEST), help="Tenants of load data.  [default: 1 with users]"
)
@click.option(
    "--users",
    type=click.IntRange(0, _LARGEST),
    default=0,
    help="Users of load data, spread over its tenants, each with an invoice, an order and log entries.",
)
@click.option(
    "--random-seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Another one gives other load data beside it; the same gives what is missing of it.",
)
@click.option(
    "--passwords-file",
    type=click.Path(),
    metavar="FILE",
    help="Passwords as in a .env file, by the names of the variables; - is standard input.",
)
@click.option(
    "--values",
    "values_file",
    type=click.Path(),
    metavar="FILE",
    help='Values for required fields of your own, as JSON: {"User": {"region": "EU"}}.',
)
@click.option("--force", is_flag=True, help="Also a database that is not the embedded one.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def command(
    tenants: int | None,
    users: int,
    random_seed: int,
    passwords_file: str | None,
    values_file: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Create the demo tenant, its users, an invoice and an order; what is there already stays as it is.

    Passwords come from KAVEN_SEED_SUPER_ADMIN_PASSWORD, KAVEN_SEED_TENANT_ADMIN_PASSWORD and
    KAVEN_SEED_REGULAR_USER_PASSWORD, or are asked for. Without, users of the embedded database get those of
    the specification.

    \b
    Example:
      kaven seed
      kaven seed --tenants 100 --users 10000
      DATABASE_URL=postgresql://… kaven seed --force --passwords-file staging.env
    """
    import gc

    from kaven_schema.database.seed import SeedOptions, seed
    from kaven_schema.database.target import check_chosen
    from kaven_schema.engines.progress import on_stderr

    gc.enable()  # unlike other commands, this one may run for long
    options = SeedOptions(
        passwords=_passwords(passwords_file),
        load=_load_size(tenants, users, random_seed),
        values=_values(values_file) if values_file else {},
        force=force,
    )
    settings = load_settings(Path.cwd())
    check_chosen(settings, otherwise="make the embedded one: kaven migrate deploy --embedded")
    run = seed(settings, options, progress=on_stderr)
    if as_json:
        echo_json(_as_json(run))
    else:
        _tell(run)
    return ExitCode.FINE


def _load_size(tenants: int | None, users: int, random_seed: int) -> LoadSize | None:
    from kaven_schema.database.seed.load import LoadSize

    if tenants == 0 and users:
        raise click.UsageError("users of load data need a tenant: --tenants 1")
    if not (tenants or users):
        return None
    return LoadSize(tenants=tenants or 1, users=users, random_seed=random_seed)


def _passwords(file: str | None) -> Passwords:
    import os
    import sys

    from kaven_schema.database.seed.accounts import Passwords

    given = {**os.environ, **(_passwords_in(file) if file else {})}
    return Passwords(given, _ask if sys.stdin and sys.stdin.isatty() else None)


def _ask(account: Account) -> str:
    answer: str = click.prompt(
        f"Password for {account.email}", hide_input=True, confirmation_prompt=True, err=True
    )
    return answer


def _passwords_in(file: str) -> dict[str, str]:
    from io import StringIO

    from dotenv import dotenv_values

    found = dotenv_values(stream=StringIO(_text(file)), interpolate=False)
    return {name: value for name, value in found.items() if value}


def _values(file: str) -> Mapping[str, Mapping[str, Any]]:
    import json

    text = _text(file)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _values_invalid(file, str(error)) from None
    if not isinstance(values, dict) or not all(isinstance(fields, dict) for fields in values.values()):
        raise _values_invalid(file, "it is no object of objects")
    return values


def _values_invalid(file: str, problem: str) -> KavenError:
    return KavenError(
        "seed_values_invalid",
        f"{file} holds no values: {problem}",
        help='write models, their fields and values: {"User": {"region": "EU"}}',
        exit_code=ExitCode.WRONG_USE,
    )


def _text(file: str) -> str:
    from kaven_schema.files import read_source

    return read_source(Path("/dev/stdin" if file == "-" else file), on_command_line=True).text


def _tell(run: SeedRun) -> None:
    for step in run.steps:
        say(
            f"created {step.what}: {step.name}"
            if step.created
            else f"{step.what}: {step.name} was there already"
        )
    for model, count in (run.load or {}).items():
        say(f"created {count} {model} rows")
    say("database seeded" if run.changed else "nothing to do: the data is there already")
    click.echo("\n".join(("Seed Data Summary:", *(f"   {line}" for line in _summary(run)))))


def _summary(run: SeedRun) -> Iterator[str]:
    """As the specification prints it; a password only where it is the public one of the embedded database."""
    from kaven_schema.database.seed.accounts import ACCOUNTS

    for account in ACCOUNTS:
        secret = account.demo_password if account in run.demo_passwords else "(a password of your own)"
        yield f"{account.title}: {account.email} / {secret}"
    yield f"Demo Tenant: {run.slug}.saas.com"


def _as_json(run: SeedRun) -> dict[str, Any]:
    return {
        "database": run.target.url.shown(),
        "embedded": run.target.is_embedded,
        "changed": run.changed,
        "steps": [{"what": step.what, "name": step.name, "created": step.created} for step in run.steps],
        "load": dict(run.load) if run.load is not None else None,
    }
