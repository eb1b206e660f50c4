"""kaven backup schedule"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.operations.backup.schedule import Cluster, Schedule

_IN_IMAGE = "/app"
_KINDS = ("cron", "systemd", "kubernetes")


@click.command("schedule", short_help="print a crontab line, a systemd timer or a Kubernetes CronJob")
@click.option("--cron", is_flag=True, help="A line of a crontab.  [default]")
@click.option("--systemd", is_flag=True, help="A systemd service and its timer.")
@click.option("--kubernetes", is_flag=True, help="A Kubernetes CronJob.")
@click.option("--at", default="03:00", show_default=True, metavar="HH:MM", help="When, every day.")
@click.option(
    "--to", "location", metavar="LOCATION", help="Where to.  [default: KAVEN_BACKUPS, but for Kubernetes]"
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
    cron: bool,
    systemd: bool,
    kubernetes: bool,
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

    What this shell says of places is written into it: KAVEN_BACKUPS and KAVEN_BACKUP_KEYS_FILE. Secrets are not; what
    the job needs besides is said on stderr.

    \b
    Example:
      kaven backup schedule --at 02:00 --to s3://acme-backups/kaven
      kaven backup schedule --systemd --user kaven --environment-file /etc/kaven/backup.env
      kaven backup schedule --kubernetes --image acme/app | kubectl apply -f -
    """
    from kaven_schema.cli.backup_needs import job_needs
    from kaven_schema.operations.backup.schedule import Cluster

    kind = _kind(cron, systemd, kubernetes)
    inside = kind == "kubernetes"
    root = load_settings(Path.cwd()).root
    location = location if inside or location else os.environ.get("KAVEN_BACKUPS")
    mount = _mount(location, claim) if inside else ""
    job = _job(root, at, _absolute(location) if location else "", keep_days, inside=inside)
    cluster = Cluster(image=image, secret=secret, time_zone=time_zone, claim=claim, mount=mount)
    text = _text(kind, job, cluster, user, environment_file)
    click.echo(text, nl=not text.endswith("\n"))
    for line in job_needs(root, secret if inside else "", environment_file, has_place=bool(location)):
        say(line)
    return ExitCode.FINE


def _text(kind: str, job: Schedule, cluster: Cluster, user: str, environment_file: str) -> str:
    """Raises KavenError `backup_schedule_invalid`."""
    from kaven_schema.operations.backup.schedule import crontab_line, kubernetes_cronjob, systemd_timer

    if kind == "systemd":
        return systemd_timer(job, user=user, environment_file=environment_file)
    return kubernetes_cronjob(job, cluster) if kind == "kubernetes" else crontab_line(job)


def _kind(*wanted: bool) -> str:
    chosen = [kind for kind, is_wanted in zip(_KINDS, wanted, strict=True) if is_wanted] or ["cron"]
    if len(chosen) > 1:
        raise click.UsageError(f"one at a time: --{' or --'.join(chosen)}")
    return chosen[0]


def _mount(location: str | None, claim: str) -> str:
    """A folder inside of a pod is gone with it, and a folder of this machine is not in it."""
    is_folder = location is not None and "://" not in location
    if is_folder and not os.path.isabs(location or ""):
        raise click.UsageError(f"{location} is no path inside of the pod: write it from / on")
    if is_folder == bool(claim):
        return location or "" if claim else ""
    raise click.UsageError(
        "a folder goes with the volume that holds it: --to FOLDER --claim NAME, or --to s3://BUCKET/PREFIX"
    )


def _job(root: Path, at: str, location: str, keep_days: int, *, inside: bool) -> Schedule:
    from kaven_schema.operations.backup.schedule import Schedule, parse_at

    program = ["kaven"] if inside else [*_keys_file(), _program()]
    place = [location] if location else []
    steps = (("create", "--to"), ("verify", "--from"), ("prune", "--from"))
    commands = [
        [*program, "backup", step, *(word for found in place for word in (option, found))]
        for step, option in steps
    ]
    commands[-1] += ["--keep-days", str(keep_days)]
    folder = _IN_IMAGE if inside else str(root)
    return Schedule(at=parse_at(at), commands=commands, folder=folder)


def _absolute(location: str) -> str:
    """Raises KavenError `backup_location_invalid`, `backup_location_has_secrets`."""
    from kaven_schema.operations.backup.storage.location import parse_location

    found = parse_location(location)
    return os.path.normpath(found) if isinstance(found, Path) else location


def _keys_file() -> list[str]:
    """Without it the job's backups would be in the clear, though those that are made by hand are not."""
    file = os.environ.get("KAVEN_BACKUP_KEYS_FILE")
    return ["/usr/bin/env", f"KAVEN_BACKUP_KEYS_FILE={os.path.abspath(file)}"] if file else []


def _program() -> str:
    """As it was started; cron and systemd have another PATH."""
    beside = Path(sys.executable).with_name("kaven")
    found = str(beside) if beside.is_file() else shutil.which("kaven")
    return os.path.abspath(found or sys.argv[0])
