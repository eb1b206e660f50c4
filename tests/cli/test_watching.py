"""kaven merge --watch: a second merge follows a change without being asked for."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading

import pytest

PATIENCE_SECONDS = 60


class Watch:
    """A watching process, and the lines that it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.put(line)

    def until(self, part: str) -> str:
        while True:
            self.seen.append(self.lines.get(timeout=PATIENCE_SECONDS))
            if part in self.seen[-1]:
                return self.seen[-1]

    def stop(self) -> int:
        os.kill(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def watch(start) -> Watch:
    watching = Watch(start("merge", "--watch", stderr=subprocess.PIPE))
    watching.until("watching for changes; stop with Ctrl-C")
    return watching


def test_it_merges_at_once(project, watch: Watch) -> None:
    assert "prisma/schema.prisma written\n" in watch.seen
    assert project.output.exists()
    assert watch.stop() == 0


def test_it_merges_again_after_a_change_of_either_file(project, watch: Watch) -> None:
    project.edit(project.extended, "phone", "mobile")
    watch.until("written")
    assert "mobile" in project.merged()
    project.edit(project.base, "for login", "for logging in")
    watch.until("written")
    assert "for logging in" in project.merged()
    assert watch.stop() == 0


def test_an_error_is_told_and_its_mend_is_noticed(project, watch: Watch) -> None:
    project.edit(project.extended, "phone   String?", "phone   Strin?")
    watch.until("error[type_known]")
    project.edit(project.extended, "phone   Strin?", "mobile  String?")
    watch.until("written")
    assert "mobile" in project.merged()
    assert watch.stop() == 0


def test_it_ends_with_the_exit_code_of_the_last_merge(project, watch: Watch) -> None:
    project.edit(project.extended, "phone   String?", "phone   Strin?")
    watch.until("error[type_known]")
    assert watch.stop() == 1


def test_a_file_that_goes_and_comes_back_does_not_end_it(project, watch: Watch) -> None:
    text = project.extended.read_text()
    project.extended.unlink()
    watch.until("schema.extended.prisma")
    project.extended.write_text(text.replace("phone", "mobile"))
    watch.until("written")
    assert "mobile" in project.merged()
    assert watch.stop() == 0


def test_settings_that_break_do_not_end_it(project, watch: Watch) -> None:
    settings = project.root / "kaven.toml"
    settings.write_text('prisma = "4"\n')
    watch.until("error[config_invalid]")
    settings.write_text('output = "merged.prisma"\n')
    watch.until("merged.prisma written")
    assert watch.stop() == 0
