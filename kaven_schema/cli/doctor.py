"""kaven doctor"""

from __future__ import annotations

from pathlib import Path

import click

from kaven_schema.cli.findings import as_json as findings_json
from kaven_schema.cli.findings import echo_finding, findings_code
from kaven_schema.cli.output import echo_json
from kaven_schema.config import load_settings


@click.command("doctor", short_help="whether a deployment is well")
@click.option(
    "--database-url", default="", metavar="URL", help="As the application connects.  [default: DATABASE_URL]"
)
@click.option(
    "--direct-url", default="", metavar="URL", help="As migrations connect.  [default: as for kaven migrate]"
)
@click.option(
    "--pooler-url",
    default="",
    envvar="PGBOUNCER_URL",
    metavar="URL",
    help="PgBouncer's console.  [default: PGBOUNCER_URL, else the application's login]",
)
@click.option(
    "--backups", default="", metavar="LOCATION", help="Where backups are.  [default: KAVEN_BACKUPS]"
)
@click.option(
    "--backup-days", type=float, default=2.0, show_default=True, help="How old the newest backup may be."
)
@click.option(
    "--proof-days", type=float, default=31.0, show_default=True, help="How old the newest proof may be."
)
@click.option("--strict", is_flag=True, help="Exit 1 on yellow too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    database_url: str,
    direct_url: str,
    pooler_url: str,
    backups: str,
    backup_days: float,
    proof_days: float,
    strict: bool,
    as_json: bool,
) -> int:
    """Whether a deployment is well: each line green, yellow or red, with what to do; exit 1 if anything is red.

    It only looks: nothing is installed, and nothing mended. What it cannot look at is yellow.

    \b
    Example:
      kaven doctor
      kaven doctor --json --strict
    """
    from kaven_schema.operations.health.deployment import Deployment, Given
    from kaven_schema.operations.health.examining import examine

    given = Given(
        application=database_url,
        direct=direct_url,
        pooler=pooler_url,
        backups=backups,
        backup_days=backup_days,
        proof_days=proof_days,
    )
    found = []
    with Deployment(load_settings(Path.cwd()), given) as deployment:
        for finding in examine(deployment):
            found.append(finding)
            if not as_json:
                echo_finding(finding)
    if as_json:
        echo_json(findings_json(found))
    return findings_code(found, strict=strict)
