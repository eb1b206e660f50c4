"""What is printed is read by those who will read it: a shell, YAML, systemd, cron."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.schedule import (
    Cluster,
    Schedule,
    crontab_line,
    kubernetes_cronjob,
    parse_at,
    systemd_timer,
)

ODD = '/srv/my app/100% $HOME "quoted" it\'s $(date) `id` \\x'
# Says what it is called with, one JSON list a line, and where it runs.
ECHO = "import json, os, sys; open('said', 'a').write(json.dumps([os.getcwd(), *sys.argv[1:]]) + '\\n')"


def job(folder: Path | str = "/srv/app", *words: str) -> Schedule:
    return Schedule(
        at=time(3, 5),
        commands=[
            ["/usr/bin/kaven", "backup", "create", *words],
            ["/usr/bin/kaven", "backup", "prune", *words],
        ],
        folder=str(folder),
    )


def echoing(folder: Path) -> Schedule:
    return Schedule(
        at=time(3, 5),
        commands=[[sys.executable, "-c", ECHO, "one", ODD], [sys.executable, "-c", ECHO, "two"]],
        folder=str(folder),
    )


def said(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "said").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "a 100% $odd 'folder'"
    found.mkdir()
    return found


def test_the_time_of_day() -> None:
    assert parse_at("03:00") == time(3)
    assert parse_at("23:59") == time(23, 59)
    for wrong in ("", "3:00", "24:00", "12:60", "noon", "03:00:00", "03:00\n", "٠٣:٠٠"):
        with pytest.raises(KavenError) as raised:
            parse_at(wrong)
        assert raised.value.rule == "backup_schedule_invalid"
        assert raised.value.exit_code is ExitCode.WRONG_USE


def test_crontab() -> None:
    assert crontab_line(job()) == (
        "5 3 * * * cd /srv/app && /usr/bin/kaven backup create && /usr/bin/kaven backup prune\n"
    )


def test_a_crontab_line_runs_what_it_says(folder: Path) -> None:
    """As cron does it: `\\%` is a percent sign, one without a backslash would end the command."""
    *times, script = crontab_line(echoing(folder)).rstrip("\n").split(" ", 5)
    assert times == ["5", "3", "*", "*", "*"]
    assert "%" not in script.replace("\\%", "")
    subprocess.run(["/bin/sh", "-c", script.replace("\\%", "%")], check=True)
    assert said(folder) == [[str(folder), "one", ODD], [str(folder), "two"]]


def test_after_a_failure_nothing_more_runs(folder: Path) -> None:
    failing = Schedule(at=time(3), commands=[["false"], ["touch", "ran"]], folder=str(folder))
    script = crontab_line(failing).split(" ", 5)[5].replace("\\%", "%")
    assert subprocess.run(["/bin/sh", "-c", script], check=False).returncode == 1
    assert not (folder / "ran").exists()


def test_a_line_that_is_too_long_for_cron() -> None:
    with pytest.raises(KavenError) as raised:
        crontab_line(job("/srv/app", "x" * 500))
    assert raised.value.rule == "backup_schedule_invalid"


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("crontab"), reason="cron is missing: apt-get install cron")
def test_cron_reads_it(tmp_path: Path) -> None:
    """Debian's `crontab -n` only checks."""
    table = tmp_path / "table"
    for text, code in ((crontab_line(echoing(tmp_path)), 0), ("61 " + crontab_line(job())[2:], 1)):
        table.write_text(text, encoding="utf-8")
        assert subprocess.run(["crontab", "-n", table], check=False).returncode == code


def units(text: str) -> dict[str, str]:
    """The text of each file, by its name."""
    found: dict[str, str] = {}
    for part in text.split("# /etc/systemd/system/")[1:]:
        name, _, unit = part.partition("\n")
        found[name] = unit
    return found


def sections(unit: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit)
    return parser


def test_systemd() -> None:
    found = units(systemd_timer(job(), user="kaven", environment_file="/etc/kaven/backup.env"))
    assert [*found] == ["kaven-backup.service", "kaven-backup.timer"]
    service, timer = sections(found["kaven-backup.service"]), sections(found["kaven-backup.timer"])
    assert service["Service"]["User"] == "kaven"
    assert service["Service"]["EnvironmentFile"] == "/etc/kaven/backup.env"
    assert service["Service"]["WorkingDirectory"] == "/srv/app"
    assert found["kaven-backup.service"].count("ExecStart=") == 2
    assert timer["Timer"]["OnCalendar"] == "*-*-* 03:05:00"
    assert timer["Timer"]["Persistent"] == "true"


def test_systemd_without_a_user() -> None:
    service = sections(units(systemd_timer(job()))["kaven-backup.service"])
    assert "User" not in service["Service"]
    assert "EnvironmentFile" not in service["Service"]


@pytest.mark.long
def test_systemd_reads_it(tmp_path: Path) -> None:
    """`systemd-analyze verify` wants the programs to be there."""
    analyze = shutil.which("systemd-analyze")
    assert analyze, "install systemd: apt-get install systemd"
    odd = Schedule(at=time(3, 5), commands=[[sys.executable, "-c", "pass", ODD]], folder=str(tmp_path))
    for name, unit in units(systemd_timer(odd, user="root")).items():
        (tmp_path / name).write_text(unit, encoding="utf-8")
    for name in ("kaven-backup.service", "kaven-backup.timer"):
        done = subprocess.run(
            [analyze, "verify", "--man=no", tmp_path / name], capture_output=True, text=True, check=False
        )
        about_ours = [line for line in done.stderr.splitlines() if "kaven-backup" in line]
        assert about_ours == []
    done = subprocess.run([analyze, "calendar", "*-*-* 03:05:00"], capture_output=True, text=True, check=True)
    assert "03:05:00" in done.stdout


def words_of_systemd(line: str) -> list[str]:
    """As systemd.service(5) and systemd.syntax(7) take a command line apart."""
    words, word, quoted, rest = [], "", False, iter(line)
    for letter in rest:
        if letter == "\\":
            word += next(rest)
        elif letter == '"':
            quoted = not quoted
        elif letter == " " and not quoted:
            words.append(word)
            word = ""
        else:
            word += letter
    plain = [found.replace("%%", "%") for found in (*words, word)]
    return [plain[0], *(found.replace("$$", "$") for found in plain[1:])]


def test_systemd_runs_what_it_says() -> None:
    unit = units(systemd_timer(echoing(Path("/srv/100%"))))["kaven-backup.service"]
    line = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert words_of_systemd(line.removeprefix("ExecStart=")) == [sys.executable, "-c", ECHO, "one", ODD]
    assert "WorkingDirectory=/srv/100%%\n" in unit


def pod_of(text: str) -> dict[str, Any]:
    pod = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert isinstance(pod, dict)
    return pod


CLUSTER = Cluster(image="acme/app:1.2")


def test_kubernetes() -> None:
    found = yaml.safe_load(kubernetes_cronjob(job("/app"), CLUSTER))
    assert (found["apiVersion"], found["kind"]) == ("batch/v1", "CronJob")
    assert found["metadata"]["name"] == "kaven-backup"
    assert found["spec"]["schedule"] == "5 3 * * *"
    assert found["spec"]["timeZone"] == "Etc/UTC"
    assert found["spec"]["concurrencyPolicy"] == "Forbid"
    pod = pod_of(kubernetes_cronjob(job("/app"), CLUSTER))
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    assert container["image"] == CLUSTER.image
    assert container["workingDir"] == "/app"
    assert container["envFrom"] == [{"secretRef": {"name": "kaven-backup"}}]
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod["volumes"]
    }


def test_kubernetes_with_a_volume_and_a_role() -> None:
    cluster = Cluster(image="app", service_account="backup", claim="backups", mount="/backups")
    pod = pod_of(kubernetes_cronjob(job("/app"), cluster))
    assert pod["serviceAccountName"] == "backup"
    assert {"name": "backups", "persistentVolumeClaim": {"claimName": "backups"}} in pod["volumes"]
    assert {"name": "backups", "mountPath": "/backups"} in pod["containers"][0]["volumeMounts"]


def test_kubernetes_runs_what_it_says(folder: Path) -> None:
    (container,) = pod_of(kubernetes_cronjob(echoing(folder), CLUSTER))["containers"]
    script = container["args"][0].replace("$$", "$")  # as the kubelet does it
    assert "$(" not in container["args"][0].replace("$$", "")
    subprocess.run([*container["command"], script], cwd=folder, check=True)
    assert said(folder) == [[str(folder), "one", ODD], [str(folder), "two"]]


def refused(printed: Callable[[], str]) -> bool:
    with pytest.raises(KavenError) as raised:
        printed()
    return raised.value.rule == "backup_schedule_invalid"


@pytest.mark.parametrize(
    "broken",
    [
        {"folder": "/srv\n* * * * * root"},
        {"folder": "/srv\\"},
        {"name": "Not A Name"},
        {"name": ""},
        {"commands": [["/usr/bin/kaven", "a\nExecStart=/bin/sh"]]},
        {"commands": [["/usr/bin/kaven", "a\0"]]},
    ],
)
def test_nothing_breaks_out_of_its_line(broken: dict[str, Any]) -> None:
    schedule = Schedule(**{"at": time(3), "commands": [["/usr/bin/kaven"]], "folder": "/srv", **broken})
    for printed in (
        lambda: crontab_line(schedule),
        lambda: systemd_timer(schedule),
        lambda: kubernetes_cronjob(schedule, CLUSTER),
    ):
        assert refused(printed)


def test_names_that_are_none() -> None:
    for printed in (
        lambda: systemd_timer(job(), user="a b"),
        lambda: systemd_timer(job(), environment_file="/a\nUser=root"),
        lambda: kubernetes_cronjob(job(), Cluster(image="a", secret="A B")),
        lambda: kubernetes_cronjob(job(), Cluster(image="a", time_zone="UTC\n")),
        lambda: kubernetes_cronjob(job(), Cluster(image="a\nb")),
    ):
        assert refused(printed)
