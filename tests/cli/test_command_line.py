"""What all commands have in common: help, version, exit codes, suggestions, interruptions."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from kaven_schema import __version__, cli

COMMANDS = tuple(cli._COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_that_starts_with_the_command(folder, command: str) -> None:
    shown = folder.run(command, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert re.search(rf"^  Example:\n    kaven {command}\b", shown.out, re.MULTILINE)
    assert folder.run(command, "-h") == shown


def test_help_lists_every_command_and_the_exit_codes(folder) -> None:
    shown = folder.run("--help")
    assert re.findall(r"^  (\w+)  +\S", shown.out, re.MULTILINE) == list(COMMANDS)
    assert "Exit codes: 0 fine, 1 problems found, 2 wrong use, 3 environment." in shown.out


def test_version(folder) -> None:
    assert folder.run("--version").out == f"kaven, version {__version__}\n"


def test_the_installed_script_is_the_same_command(folder) -> None:
    script = Path(sysconfig.get_path("scripts"), "kaven")
    assert script.exists(), "install the checkout: pip install -e '.[all,dev]'"
    shown = subprocess.run([script, "--help"], cwd=folder.root, check=True, capture_output=True, text=True)
    assert shown.stdout == folder.run("--help").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mege"], "No such command 'mege'. Did you mean `merge`?"),
        (["checkk"], "Did you mean `check`?"),
        (["xyzzy"], "No such command 'xyzzy'.\n"),
        (["--nonsense"], "No such option"),
        (["merge", "--chekc"], "--check"),
        (["merge", "extra"], "extra"),
        (["merge", "--prisma", "4"], "'4' is not one of"),
        (["check", "--format", "xml"], "'xml' is not one of"),
        (["parse"], "Missing argument"),
        (["format"], "Missing argument"),
        (["diff", "one"], "Missing argument"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
        (["merge", "--watch", "--check"], "--watch"),
        (["merge", "--stdout", "--json"], "--stdout and --json"),
    ],
)
def test_wrong_use_is_exit_2_and_says_what_is_wrong(project, arguments: list[str], said: str) -> None:
    run = project.run(*arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert "Usage: kaven" in run.err


def test_without_a_command_there_is_help_and_exit_2(folder) -> None:
    run = folder.run()
    assert run.code == 2
    assert "Commands:" in run.err + run.out


@pytest.mark.parametrize("command", ["merge", "check", "generate", "blame"])
def test_a_folder_without_a_project_says_what_is_missing(folder, command: str) -> None:
    run = folder.run(command)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error[file_not_found]: prisma/schema.base.prisma does not exist\n")
    assert "= help: " in run.err
    assert folder.files() == {}


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ("colour = true\n", "kaven.toml:1:1"),
        ("\nprisma = 5\n", "kaven.toml:2:"),
        ('base = "unclosed\n', "kaven.toml:1"),
        ('[rules]\ntype_known = "loud"\n', "kaven.toml:2:"),
    ],
)
def test_settings_that_are_wrong_are_named_with_their_place(project, settings: str, place: str) -> None:
    (project.root / "kaven.toml").write_text(settings)
    run = project.run("merge")
    assert run.code == 2
    assert run.err.startswith(f"error[config_invalid]: {place}")
    assert "= help: " in run.err
    assert not project.output.exists()


def test_settings_may_stand_in_pyproject(project) -> None:
    (project.root / "kaven.toml").unlink()
    (project.root / "pyproject.toml").write_text('[tool.kaven]\noutput = "merged.prisma"\n')
    assert project.run("merge").code == 0
    assert (project.root / "merged.prisma").exists()


def test_commands_find_the_project_from_a_folder_below(project) -> None:
    below = project.root / "src" / "app"
    below.mkdir(parents=True)
    run = project.run("merge", cwd=below)
    assert (run.code, run.err) == (0, "../../prisma/schema.prisma written\n")
    assert project.run("merge", "--check").code == 0


@pytest.mark.parametrize(
    ("content", "rule", "code"),
    [
        (b"model \xff {\n}\n", "file_not_utf8", 1),
        (b"\xff\xfem\0o\0", "file_not_utf8", 1),
        (b"\xef\xbb\xbfmodel A {\n  id Int @id\n}\n", "syntax_error", 1),
        (b"model A { id Int @id }\n", "syntax_error", 1),
        (b"\0", "syntax_error", 1),
    ],
    ids=["ISO-8859-1", "UTF-16", "byte-order mark", "one line", "null byte"],
)
def test_an_extended_that_cannot_be_read_is_one_diagnostic(
    project, content: bytes, rule: str, code: int
) -> None:
    project.extended.write_bytes(content)
    run = project.run("merge")
    assert (run.code, run.out) == (code, "")
    assert f"error[{rule}]: " in run.err
    assert "schema.extended.prisma" in run.err
    assert not project.output.exists()


def test_a_missing_file_is_wrong_use_on_the_command_line_and_a_problem_in_the_project(project) -> None:
    assert project.run("merge", "--base", "gone.prisma").code == 2
    assert project.run("merge", "--extended", "gone.prisma").code == 2
    project.extended.unlink()
    assert project.run("merge").code == 1


def test_what_cannot_be_written_is_the_environment(project) -> None:
    run = project.run("merge", "--output", "no/such/folder/schema.prisma")
    assert run.code == 3
    assert "mkdir -p no/such/folder" in run.err


def test_an_output_that_is_a_folder_is_told(project) -> None:
    project.output.mkdir()
    run = project.run("merge")
    assert run.code in (1, 3)
    assert "prisma/schema.prisma is a folder" in run.err


def test_a_symlink_does_not_lead_the_output_out_of_the_project(project, tmp_path: Path) -> None:
    outside = tmp_path / "outside.prisma"
    outside.write_text("// mine\n")
    project.output.symlink_to(outside)
    run = project.run("merge")
    assert run.code == 3
    assert run.err.startswith("error[output_outside_project]")
    assert outside.read_text() == "// mine\n"


def test_a_reader_that_goes_away_is_no_failure(project, start) -> None:
    project.extend("\n".join(f"/// {'x' * 80}\nenum Large{number} {{\n  ONE\n}}\n" for number in range(1500)))
    process = start("merge", "--stdout", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.read(10) == "// prisma/"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 0


def test_an_interrupted_run_says_so_and_changes_nothing(project, start) -> None:
    hold = (
        f"from kaven_schema.files import project_lock; from pathlib import Path\n"
        f"with project_lock(Path({str(project.root)!r})): print('held', flush=True); input()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold],
        env=project.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        process = start("merge", stderr=subprocess.PIPE)
        assert process.stderr.readline().startswith("waiting for another kaven run")
        os.kill(process.pid, signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr.read().strip() == "stopped"
        holder.communicate("\n")
    assert not project.output.exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("command", ["merge", "check"])
def test_closed_streams_are_no_failure(project, command: str, closed: str) -> None:
    kaven = f"'{sys.executable}' -m kaven_schema"
    done = subprocess.run(
        ["sh", "-c", f"{kaven} {command} --prisma 5.17 {closed}"],
        cwd=project.root,
        env=project.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_a_full_disk_behind_stdout_is_the_environment(project) -> None:
    with open("/dev/full", "w") as full:
        process = project.start("merge", "--stdout", stdout=full.fileno(), stderr=subprocess.PIPE)
        _, said = process.communicate()
    assert process.returncode == 3
    assert said.startswith("error[system_refuses]: ")
    assert "No space left on device" in said


def test_a_working_folder_that_is_gone_is_the_environment(folder) -> None:
    done = subprocess.run(
        ["sh", "-c", f"cd {folder.root} && rmdir {folder.root} && '{sys.executable}' -m kaven_schema merge"],
        env=folder.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "error[system_refuses]: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (("check", "--format", "json"), "{"),
        (("check", "--format=github"), "::error title=file_not_found::"),
        (("merge", "--json"), "{"),
    ],
)
def test_what_stops_a_command_is_told_to_programs_too(folder, arguments, start) -> None:
    run = folder.run(*arguments)
    assert run.code != 0
    assert run.out.startswith(start), run.out
    assert "file_not_found" in run.out
    assert "error[file_not_found]" in run.err
