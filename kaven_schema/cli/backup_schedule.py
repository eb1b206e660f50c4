"""kaven backup schedule"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.operations.backup.schedule import Schedule

_IN_IMAGE = "/app"


@click.command("schedule", short_help="print a crontab line, a systemd timer or a Kubernetes CronJob")
@click.option("--cron", "kind", flag_value="cron", default="cron", help="A line of a crontab.  [default]")
@click.option("--systemd", "kind", flag_value="systemd", help="A systemd service and its timer.")
@click.option("--kubernetes", "kind", flag_value="kubernetes", help="A Kubernetes CronJob.")
@click.option("--at", default="03:00", show_default=True, metavar="HH:MM", help="When, every day.")
@click.option(
    "--to", "location", metavar="LOCATION", help="Where to; else what KAVEN_BACKUPS says at that time."
)
@click.option(
    "--keep-days", type=click.IntRange(0), default=30, show_default=True, help="For the prune after it."
)
@click.option("--user", default="", metavar="NAME", help="systemd: who runs it.")
@click.option("--environment-file", default="", metavar="FILE", help="systemd: holds DATABASE_URL and keys.")
@click.option(
    "--image",
    default="kaven",
    metavar="IMAGE",
    help="Kubernetes: has kaven, and the project in /app.",
)
@click.option("--secret", default="kaven-backup", metavar="NAME", help="Kubernetes: holds the variables.")
@click.option(
    "--claim", default="", metavar="NAME", help="Kubernetes: the persistent volume claim of a folder."
)
@click.option("--time-zone", default="Etc/UTC", metavar="ZONE", help="Kubernetes: of --at.")
def schedule(
    kind: str,
    at: str,
    location: str | None,
    keep_days: int,
    user: str,
    environment_file: str,
    image: str,
    secret: str,
    claim: str,
    time_zone: str,
) -> int:
    """Print the job that makes a backup every day, verifies it, and removes what is no longer kept.

    \b
    Example:
      kaven backup schedule --at 02:00 --to s3://acme-backups/kaven
      kaven backup schedule --systemd --user kaven --environment-file /etc/kaven/backup.env
      kaven backup schedule --kubernetes --image acme/app | kubectl apply -f -
    """
    from kaven_schema.operations.backup.schedule import (
        Cluster,
        crontab_line,
        kubernetes_cronjob,
        systemd_timer,
    )

    job = _job(kind, at, location, keep_days)
    if kind == "systemd":
        text = systemd_timer(job, user=user, environment_file=environment_file)
    elif kind == "kubernetes":
        mount = _mount(location, claim)
        cluster = Cluster(image=image, secret=secret, time_zone=time_zone, claim=claim, mount=mount)
        text = kubernetes_cronjob(job, cluster)
    else:
        text = crontab_line(job)
    click.echo(text, nl=not text.endswith("\n"))
    return ExitCode.FINE


def _mount(location: str | None, claim: str) -> str:
    """A folder inside of a pod is gone with it."""
    is_folder = location is not None and "://" not in location
    if is_folder == bool(claim):
        return _absolute(location or "") if claim else ""
    raise click.UsageError(
        "a folder goes with the volume that holds it: --to FOLDER --claim NAME, or --to s3://BUCKET/PREFIX"
    )


def _job(kind: str, at: str, location: str | None, keep_days: int) -> Schedule:
    from kaven_schema.operations.backup.schedule import Schedule, parse_at

    inside = kind == "kubernetes"
    program = "kaven" if inside else _program()
    place = [_absolute(location)] if location else []
    steps = (("create", "--to"), ("verify", "--from"), ("prune", "--from"))
    commands = [
        [program, "backup", step, *(word for found in place for word in (option, found))]
        for step, option in steps
    ]
    commands[-1] += ["--keep-days", str(keep_days)]
    folder = _IN_IMAGE if inside else str(load_settings(Path.cwd()).root)
    return Schedule(at=parse_at(at), commands=commands, folder=folder)


def _absolute(location: str) -> str:
    return location if "://" in location else os.path.abspath(location)


def _program() -> str:
    """As it was started; cron and systemd have another PATH."""
    beside = Path(sys.executable).with_name("kaven")
    found = str(beside) if beside.is_file() else shutil.which("kaven")
    return os.path.abspath(found or sys.argv[0])
