"""Telling people that something slow is under way: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Advance = Callable[[int], None]
"""Call it with the number of steps that were done since the last call."""

Progress = Callable[[str, int], AbstractContextManager[Advance]]
"""Call it with a title and the number of steps; the task lasts as long as the block."""


@contextmanager
def silent(_title: str, _steps: int) -> Iterator[Advance]:
    """Progress that nobody sees."""
    yield _count_nothing


def _count_nothing(_done: int) -> None:
    pass


@contextmanager
def on_stderr(title: str, steps: int) -> Iterator[Advance]:
    """A click progress bar where standard error is a terminal, else one line before and one after."""
    shown = _bar if sys.stderr.isatty() else _lines
    with shown(title, steps) as advance:
        yield advance


@contextmanager
def _bar(title: str, steps: int) -> Iterator[Advance]:
    import click

    with click.progressbar(length=steps, label=title, show_eta=False, file=sys.stderr) as bar:

        def advance(done: int) -> None:
            bar.update(min(done, steps - bar.pos))

        yield advance
        advance(steps)


@contextmanager
def _lines(title: str, _steps: int) -> Iterator[Advance]:
    import click

    click.echo(f"{title} ...", err=True)
    yield _count_nothing
    click.echo(f"{title}: done", err=True)
