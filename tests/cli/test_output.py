"""Colours are for terminals; what is piped is plain."""

from __future__ import annotations

import os
import pty
import subprocess
from contextlib import suppress

import pytest

from tests.cli.script import COMMAND

BROKEN = ("phone   String?", "phone   Strin?")
ESCAPE = "\x1b["


def on_terminal(project, *arguments: str, **environment: str) -> str:
    """What the command shows on a terminal that is its stdout and stderr."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=project.root,
        env={**project.environment, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError), open(ours, "rb", buffering=0) as terminal:
        while piece := terminal.read(4096):
            shown += piece
    process.wait()
    return shown.decode()


@pytest.mark.parametrize("command", ["check", "merge"])
def test_a_terminal_gets_colours(project, command: str) -> None:
    project.edit(project.extended, *BROKEN)
    shown = on_terminal(project, command)
    assert ESCAPE in shown
    assert "type_known" in shown


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("command", ["check", "merge"])
def test_a_terminal_can_refuse_them(project, command: str, environment: dict[str, str]) -> None:
    project.edit(project.extended, *BROKEN)
    shown = on_terminal(project, command, **environment)
    assert ESCAPE not in shown
    assert "error[type_known]" in shown


@pytest.mark.parametrize("command", ["check", "merge"])
def test_a_pipe_gets_none(project, command: str) -> None:
    project.edit(project.extended, *BROKEN)
    run = project.run(command)
    assert ESCAPE not in run.out + run.err


@pytest.mark.parametrize("format", ["json", "sarif", "github"])
def test_formats_for_programs_have_no_colours_on_a_terminal_either(project, format: str) -> None:
    project.edit(project.extended, *BROKEN)
    assert ESCAPE not in on_terminal(project, "check", "--format", format)


def test_the_same_text_with_and_without_a_terminal(project) -> None:
    project.edit(project.extended, *BROKEN)
    shown = on_terminal(project, "check", NO_COLOR="1")
    assert shown.replace("\r\n", "\n") == project.run("check").out
