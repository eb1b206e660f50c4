"""kaven completion: the script, sourced by a real shell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.script import write_script

COMPLETE = """
source <({kaven} completion bash)
COMP_WORDS=({words})
COMP_CWORD={index}
{function} {kaven} 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def complete(project, checkout: Path, tmp_path: Path):
    """What bash offers for the last of some words."""
    if shutil.which("bash") is None:
        pytest.skip("install bash")
    kaven = write_script(tmp_path / "bin", checkout)

    def ask(*words: str) -> set[str]:
        quoted = " ".join(f"'{word}'" for word in ("kaven", *words))
        script = COMPLETE.format(kaven=kaven, words=quoted, index=len(words), function="_kaven_completion")
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=project.root,
            env=project.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return set(done.stdout.split())

    return ask


def test_commands(complete) -> None:
    assert complete("me") == {"merge"}
    assert {"init", "merge", "check", "explain"} <= complete("")


def test_options_and_their_values(complete) -> None:
    assert complete("merge", "--st") == {"--stdout"}
    assert complete("check", "--format", "") == {"text", "json", "github", "sarif"}
    assert complete("merge", "--prisma", "") == {"5.17", "6", "7"}


def test_rules(complete) -> None:
    assert complete("explain", "base_field_same_t") == {"base_field_same_type"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script(folder, shell: str) -> None:
    run = folder.run("completion", shell)
    assert (run.code, run.err) == (0, "")
    assert f"_KAVEN_COMPLETE={shell}_complete" in run.out
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n", "/dev/stdin"], input=run.out, check=False, capture_output=True, text=True
        )
        assert checked.returncode == 0, checked.stderr
