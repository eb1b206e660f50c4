"""Several merges at once, and merges that are killed."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest

from kaven_schema.files import project_lock
from tests.projects import BASE, BASE_FILE, OUTPUT, make_project, project
from tests.running import command, environment, kaven


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def test_several_merges_at_once(root):
    started = [
        subprocess.Popen(
            command("-m", "kaven_schema", "merge"),
            cwd=root,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * 4, ended
    assert (root / OUTPUT).read_text(encoding="utf-8") == project(root).compile().text
    assert sorted(path.name for path in (root / "prisma").iterdir()) == [
        "schema.base.prisma",
        "schema.extended.prisma",
        "schema.prisma",
    ]


def test_what_was_saved_while_a_merge_waited_is_in_the_output(root):
    with project_lock(root):
        (root / OUTPUT).unlink(missing_ok=True)
        waiting = subprocess.Popen(
            command("-m", "kaven_schema", "merge"),
            cwd=root,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert "waiting for another kaven run" in waiting.stderr.readline()
        (root / BASE_FILE).write_text(BASE + "\nmodel Later {\n  id Int @id\n}\n", encoding="utf-8")
    assert waiting.communicate()[1] is not None
    assert waiting.returncode == 0
    assert "model Later" in (root / OUTPUT).read_text(encoding="utf-8")
    assert not project(root).merge().changed


@pytest.mark.long
def test_killed_at_any_moment_the_old_or_the_new_output_stands(root):
    random = Random(0)
    base = root / BASE_FILE
    models = "".join(f"\nmodel M{number} {{\n  id Int @id\n}}\n" for number in range(300))
    texts = {}
    for name, text in (("old", BASE + models), ("new", BASE + models.replace("Int", "BigInt"))):
        base.write_text(text, encoding="utf-8")
        texts[name] = project(root).compile().text.encode()
    project(root).merge()
    began = time.monotonic()
    kaven("merge", cwd=root)
    length = 3 * (time.monotonic() - began)
    killed = 0
    for turn in range(200):
        base.write_text(BASE + (models if turn % 2 else models.replace("Int", "BigInt")), encoding="utf-8")
        process = subprocess.Popen(
            command("-m", "kaven_schema", "merge"), cwd=root, env=environment(), stderr=subprocess.DEVNULL
        )
        time.sleep(random.random() * length)
        process.send_signal(signal.SIGKILL)
        was_killed = process.wait() == -signal.SIGKILL
        length *= 1.05 if was_killed else 0.95  # half of them, however busy the machine is and becomes
        killed += was_killed
        assert (root / OUTPUT).read_bytes() in texts.values()
    assert killed > 20
    assert kaven("merge", cwd=root).returncode == 0
    assert (root / OUTPUT).read_bytes() == texts["old"]
    assert not [path.name for path in (root / "prisma").iterdir() if path.name.endswith(".tmp")]
