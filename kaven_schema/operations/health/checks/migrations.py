"""Whether the database is what the migrations of this deployment give."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.migrations.deploy import look
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

_SHOWN = 3


def migrations(deployment: Deployment) -> Iterator[Finding]:
    """Pending, failed, edited, missing; and what somebody changed by hand."""
    folder = read_folder(deployment.settings.output.parent / "migrations")
    state = look(deployment.direct.url, folder)
    history = state.history
    if not folder.migrations and not history.rows:
        yield Finding("migrations", Colour.YELLOW, "there are none", "kaven migrate dev")
        return
    if state.running:
        yield Finding(
            "migrations", Colour.YELLOW, f"a deploy is under way: {state.running}", "wait for it to end"
        )
    for problem in history.problems():
        yield Finding("migrations", Colour.RED, problem.message.partition("\n")[0], problem.help)
    if pending := history.pending:
        names = ", ".join(one.name for one in pending[:_SHOWN]) + (" …" if len(pending) > _SHOWN else "")
        yield Finding(
            "migrations", Colour.RED, f"{len(pending)} not applied: {names}", "kaven migrate deploy"
        )
    if state.drift:
        what = f"the database was changed since the last one: {'; '.join(state.drift[:_SHOWN])}"
        do = "undo it, or make a migration of it: kaven migrate diff --to database --script"
        yield Finding("migrations", Colour.YELLOW, what, do)
    if state.is_current and not state.running:
        yield Finding("migrations", Colour.GREEN, f"{len(history.applied)} applied, none pending")
