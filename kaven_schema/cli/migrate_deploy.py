"""kaven migrate deploy"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.migrating import (
    deployment_code,
    echo_drift,
    echo_ways_on,
    json_report,
    migrations_folder,
    owner_target,
)
from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.config import Settings, load_settings
from kaven_schema.diagnostics import Diagnostic, ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.migrations.deploy import Deployment
    from kaven_schema.database.migrations.folder import Migration, MigrationsFolder
    from kaven_schema.database.migrations.history import History
    from kaven_schema.database.url import DatabaseUrl


@click.command("deploy", short_help="apply the pending migrations")
@click.option(
    "--backup", is_flag=True, help="Dump the database into .kaven/backups first; without that, stop."
)
@click.option("--smoke", metavar="COMMAND", help="Run it afterwards with DATABASE_URL; it has to end with 0.")
@click.option("--allow-out-of-order", is_flag=True, help="Apply migrations older than the last applied one.")
@click.option("--allow-drift", is_flag=True, help="Go on though the database was changed beside migrations.")
@click.option("--embedded", is_flag=True, help="Into the embedded PostgreSQL, made if need be.")
@click.option("--wait", default=600.0, metavar="SECONDS", help="For another deploy to end.  [default: 600]")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def deploy(
    backup: bool,
    smoke: str | None,
    allow_out_of_order: bool,
    allow_drift: bool,
    embedded: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Apply the pending migrations, each in a transaction where PostgreSQL allows it.

    First they are judged as by `kaven migrate lint`; what breaks running code or loses data is refused, unless
    it stands in accepted-breaks.toml beside the migrations. Without DATABASE_URL the embedded PostgreSQL is taken
    only where it was made before, or with --embedded.

    \b
    Example:
      kaven migrate deploy
      kaven migrate deploy --backup --smoke 'pytest -q tests/smoke'
    """
    from kaven_schema.database.migrations.deploy import DeployOptions
    from kaven_schema.database.migrations.deploy import deploy as apply_pending
    from kaven_schema.database.target import check_chosen, url_variables
    from kaven_schema.engines.progress import on_stderr

    if smoke is not None and not smoke.strip():
        raise click.UsageError("--smoke names no command")
    settings = load_settings(Path.cwd())
    folder = migrations_folder(settings)
    options = DeployOptions(allow_out_of_order=allow_out_of_order, allow_drift=allow_drift, patience=wait)
    check_chosen(settings, embedded=embedded)
    target = owner_target(settings)
    copies = _Copies(settings, is_wanted=backup)
    deployment = apply_pending(
        target.url, folder, options, judge=judge, secure=copies.make, progress=on_stderr, notify=say
    )
    place = target.described(settings.root)
    code = _report(deployment, folder, place, copies.made, as_json=as_json)
    if smoke is not None and code == ExitCode.FINE:
        from kaven_schema.database.migrations.smoke import run_smoke

        run_smoke(smoke, _as_role(settings, "app"), variables=url_variables(settings), err=as_json)
    return code


def judge(history: History) -> tuple[Diagnostic, ...]:
    """The lint, which is loaded only where something is pending."""
    from kaven_schema.database.lint import judge_pending

    return judge_pending(history)


class _Copies:
    """Makes the safety copy, and remembers which."""

    def __init__(self, settings: Settings, *, is_wanted: bool) -> None:
        self.made: Path | None = None
        self._settings = settings
        self._is_wanted = is_wanted

    def make(self, first: Migration) -> None:
        if not self._is_wanted:
            return
        from kaven_schema.database.migrations.safety_copy import make_safety_copy
        from kaven_schema.engines.progress import on_stderr

        url = _as_role(self._settings, "backup")
        self.made = make_safety_copy(url, self._settings.root, first.name, progress=on_stderr)
        say(f"{shown_path(self.made)} holds the database as it was")


def _as_role(settings: Settings, name: str) -> DatabaseUrl:
    from kaven_schema.database.embedded.roles import Role
    from kaven_schema.database.target import find_target

    return find_target(settings, Role(name)).url


def _report(
    deployment: Deployment, folder: MigrationsFolder, place: str, copy: Path | None, *, as_json: bool
) -> int:
    code = deployment_code(deployment.diagnostics)
    if as_json:
        applied = {"applied": list(deployment.applied), "drift": list(deployment.drift)}
        made = {"backup": shown_path(copy) if copy else None, "database": place}
        echo_json(applied | made | json_report(deployment.diagnostics))
        return code
    echo_drift(deployment.drift)
    echo_report(deployment.diagnostics, err=True, summary=False)
    echo_ways_on(deployment.diagnostics, folder)
    if deployment.applied:
        say(f"{len(deployment.applied)} migration{'s' * (len(deployment.applied) != 1)} applied to {place}")
    elif code == ExitCode.FINE:
        say(f"nothing to apply: {len(folder.migrations)} migrations, all applied to {place}")
    return code
