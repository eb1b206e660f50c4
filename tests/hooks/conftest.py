"""A git repository with a kaven project in it, and pre-commit installed as its hook."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from kaven_schema.engines.cache import cache_folder
from tests.cli.script import write_script


@dataclass(frozen=True, slots=True)
class Commit:
    """How an attempt to commit ended, and what it said."""

    done: bool
    said: str


class Repository:
    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment
        self.extended = root / "prisma" / "schema.extended.prisma"
        self.output = root / "prisma" / "schema.prisma"
        self.config = root / ".pre-commit-config.yaml"
        root.mkdir()
        self.run("git", "init", "--quiet")
        self.run("kaven", "init")

    def run(self, *command: str) -> str:
        done = self._start(*command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _start(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def use_hooks(self) -> None:
        """Have git ask pre-commit before each commit."""
        self.run(sys.executable, "-m", "pre_commit", "install")

    def use_hooks_of(self, clone: Path) -> None:
        """Take both hooks from a repository, as `.pre-commit-hooks.yaml` there defines them."""
        revision = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True
        ).stdout.strip()
        hooks = [{"id": "kaven-merge"}, {"id": "kaven-check"}]
        repositories = [{"repo": str(clone), "rev": revision, "hooks": hooks}]
        self.config.write_text(yaml.safe_dump({"repos": repositories}))
        self.use_hooks()

    def edit(self, old: str, new: str) -> None:
        text = self.extended.read_text(encoding="utf-8")
        assert old in text
        self.extended.write_text(text.replace(old, new, 1), encoding="utf-8")

    def commit(self, *paths: str) -> Commit:
        """Add paths and commit what is added."""
        self.run("git", "add", *paths)
        done = self._start("git", "commit", "--quiet", "--message", "A change")
        return Commit(done.returncode == 0, done.stdout)


@pytest.fixture
def environment(tmp_path: Path, checkout: Path) -> dict[str, str]:
    """A home of its own, and `kaven` on PATH as an installation would put it there."""
    programs = write_script(tmp_path / "bin", checkout).parent
    git = {"AUTHOR_NAME": "A", "AUTHOR_EMAIL": "a@b.c", "COMMITTER_NAME": "A", "COMMITTER_EMAIL": "a@b.c"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    return {
        **kept,
        **{f"GIT_{name}": value for name, value in git.items()},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "KAVEN_CACHE_DIR": str(cache_folder()),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
    }


@pytest.fixture
def repository(tmp_path: Path, environment: dict[str, str]) -> Repository:
    return Repository(tmp_path / "repository", environment)


@pytest.fixture
def clone(tmp_path: Path, checkout: Path, environment: dict[str, str]) -> Path:
    """This checkout as it stands, committed to a repository of its own."""
    folder = tmp_path / "kaven-schema"

    def git(*arguments: str, cwd: Path) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=cwd, env=environment, check=True, capture_output=True, text=True
        ).stdout

    for name in git("ls-files", "--cached", "--others", "--exclude-standard", cwd=checkout).splitlines():
        if (checkout / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((checkout / name).read_bytes())
    git("init", "--quiet", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message", "As it stands", cwd=folder)
    return folder


@pytest.fixture
def scenario() -> Callable[[Repository], None]:
    """What the hooks are for, from a fresh project on."""
    return _scenario


def _scenario(repository: Repository) -> None:
    first = repository.commit(".")
    assert not first.done
    assert "add it to the commit: git add prisma/schema.prisma" in first.said
    assert repository.commit("prisma").done

    repository.edit("  company     String?", "  company     String?\n  nickname    String?")
    stopped = repository.commit("prisma/schema.extended.prisma")
    assert not stopped.done
    assert "regenerate schema.prisma" in stopped.said
    assert "files were modified by this hook" in stopped.said
    assert "nickname" in repository.output.read_text()
    second = repository.commit("prisma/schema.prisma")
    assert second.done, second.said

    repository.edit("  nickname    String?", "  nickname    Strin?")
    broken = repository.commit("prisma/schema.extended.prisma")
    assert not broken.done
    assert "error[type_known]: " in broken.said
    assert "prisma/schema.extended.prisma:10:" in broken.said
    assert "nickname    String?" in repository.run("git", "show", "HEAD:prisma/schema.extended.prisma")

    repository.run("git", "reset", "--quiet", "--hard")
    (repository.root / "notes.txt").write_text("no schema\n")
    unrelated = repository.commit("notes.txt")
    assert unrelated.done
    assert "no files to check" in unrelated.said
