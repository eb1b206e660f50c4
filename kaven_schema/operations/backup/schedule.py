"""The job that makes backups every day, as a line for cron, as systemd's units, as a Kubernetes CronJob."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import NoReturn

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.templating import template_environment

_AT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_CRON_LIMIT = 998
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@+=:,./-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What runs every day at `at`, one after the other, each only if those before it ended well.

    `commands` are argument lists that begin with a program's full path; `folder` is where they run.
    """

    at: time
    commands: Sequence[Sequence[str]]
    folder: str
    name: str = "kaven-backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What only a Kubernetes cluster has: `secret` holds DATABASE_URL, keys and the store's credentials as variables;
    `claim` is a persistent volume claim, mounted at `mount`, for backups in a folder.
    """

    image: str
    secret: str = "kaven-backup"  # noqa: S105 - its name, no secret
    time_zone: str = "Etc/UTC"
    service_account: str = ""
    claim: str = ""
    mount: str = ""


def parse_at(text: str) -> time:
    """`03:00`. Raises KavenError `backup_schedule_invalid`."""
    found = _AT.fullmatch(text)
    if found is None:
        _refuse(f"`{text}` is no time of day", "write it as hours and minutes: --at 03:00")
    return time(int(found[1]), int(found[2]))


def crontab_line(schedule: Schedule) -> str:
    """For `crontab -e`; at this time of the machine's own zone. Raises KavenError `backup_schedule_invalid`."""
    _check(schedule)
    line = _render(
        "crontab",
        minute=schedule.at.minute,
        hour=schedule.at.hour,
        folder=_cron(shlex.quote(schedule.folder)),
        commands=[_cron(shlex.join(command)) for command in schedule.commands],
    )
    if len(line) > _CRON_LIMIT:
        _refuse(
            f"cron takes lines of {_CRON_LIMIT} letters, this one has {len(line)}",
            "set KAVEN_BACKUPS in the project's .env instead of writing the place here",
        )
    return line


def systemd_timer(schedule: Schedule, *, user: str = "", environment_file: str = "") -> str:
    """A service and its timer, each under a comment that names its file; in the machine's own zone.

    Raises KavenError `backup_schedule_invalid`.
    """
    _check(schedule, environment_file)
    if user and not _USER.fullmatch(user):
        _refuse(f"`{user}` is no user's name", "write the name of the user that runs the backups")
    return _render(
        "systemd",
        name=schedule.name,
        description="Backups of the database by kaven",
        user=user,
        folder=_specifiers(schedule.folder),
        environment_file=_specifiers(environment_file),
        commands=[_exec_start(command) for command in schedule.commands],
        at=f"{schedule.at:%H:%M}",
    )


def kubernetes_cronjob(schedule: Schedule, cluster: Cluster) -> str:
    """For `kubectl apply -f -`. Raises KavenError `backup_schedule_invalid`."""
    _check(schedule, cluster.image, cluster.mount)
    for label in (cluster.secret, cluster.service_account, cluster.claim):
        if label and not _LABEL.fullmatch(label):
            _refuse(f"`{label}` is no name in Kubernetes", "use small letters, digits and dashes")
    if not _ZONE.fullmatch(cluster.time_zone):
        _refuse(f"`{cluster.time_zone}` is no time zone", "write it as in Europe/Berlin or Etc/UTC")
    script = " && ".join(shlex.join(command) for command in schedule.commands)
    return _render(
        "kubernetes",
        name=_yaml(schedule.name),
        schedule=_yaml(f"{schedule.at.minute} {schedule.at.hour} * * *"),
        time_zone=_yaml(cluster.time_zone),
        service_account=cluster.service_account and _yaml(cluster.service_account),
        image=_yaml(cluster.image),
        folder=_yaml(schedule.folder),
        script=_yaml(script.replace("$", "$$")),  # $(NAME) would be a variable of the pod
        secret=_yaml(cluster.secret),
        claim=cluster.claim and _yaml(cluster.claim),
        mount=_yaml(cluster.mount),
    )


def _check(schedule: Schedule, *others: str) -> None:
    if not _LABEL.fullmatch(schedule.name):
        _refuse(f"`{schedule.name}` is no name for the job", "use small letters, digits and dashes")
    words: Iterable[str] = (word for command in schedule.commands for word in command)
    for word in (*words, schedule.folder, *others):
        if not word.isprintable() or word.endswith("\\"):
            _refuse(f"{word!r} would break the line that it stands on", "use a name without such letters")


def _cron(words: str) -> str:
    """To cron a percent sign is a new line, also between quotes."""
    return words.replace("%", "\\%")


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _exec_start(command: Sequence[str]) -> str:
    """systemd does not look for variables in the program's own name, only in what follows."""
    program, *arguments = command
    return " ".join([_word(program), *(_word(argument.replace("$", "$$")) for argument in arguments)])


def _word(text: str) -> str:
    if _PLAIN_WORD.fullmatch(text):
        return text
    escaped = _specifiers(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _yaml(text: str) -> str:
    """JSON's strings are YAML's."""
    return json.dumps(text)


def _render(template: str, /, **values: object) -> str:
    return template_environment().get_template(f"schedule/{template}.jinja").render(values)


def _refuse(problem: str, help: str) -> NoReturn:
    raise KavenError("backup_schedule_invalid", problem, help=help, exit_code=ExitCode.WRONG_USE)
