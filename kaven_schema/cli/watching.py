"""kaven merge --watch: polls, for that works on every file system and needs no library."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from kaven_schema.cli.output import echo_report, say
from kaven_schema.diagnostics import KavenError
from kaven_schema.project import Project, shown_path

_INTERVAL_SECONDS = 0.3


def watch_project(open_again: Callable[[], Project], merge: Callable[[Project], int]) -> int:
    """Merge now and after every change; ends at Ctrl-C with the last merge's exit code."""
    gc.enable()  # unlike other commands this one does not end soon
    stop = _Stop()
    code, seen, announced = 0, None, False
    while not stop.asked:
        stamp = _stamp(open_again)
        if stamp != seen:
            seen = stamp
            code = _merge_once(open_again, merge)
            if not announced:
                say("watching for changes; stop with Ctrl-C")
                announced = True
        time.sleep(_INTERVAL_SECONDS)
    return code


class _Stop:
    """Ctrl-C lets a merge that is under way come to its end; a second one does not."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def _merge_once(open_again: Callable[[], Project], merge: Callable[[Project], int]) -> int:
    from kaven_schema.reporting import as_diagnostic

    try:
        return merge(open_again())
    except KavenError as error:
        echo_report([as_diagnostic(error)], err=True, summary=False)
        return int(error.exit_code)


def _stamp(open_again: Callable[[], Project]) -> tuple[object, ...]:
    """What tells one state of the files from another; a project that cannot be opened has a state too."""
    try:
        project = open_again()
    except KavenError as error:
        return (error.rule, error.message)
    paths = [Path(source.path) for source in project.inputs.all]
    return tuple((shown_path(path), _modified(path)) for path in paths)


def _modified(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
