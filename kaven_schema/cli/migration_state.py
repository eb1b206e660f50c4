"""How `kaven migrate status` shows a database's migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kaven_schema.database.migrations.deploy import MigrationState


def echo_state(state: MigrationState) -> None:
    """One line a migration, in the order of the folder; what is only in the database comes last."""
    for name, word, note in _lines(state):
        click.echo(f"{word:<8}  {name}{note}")
    if state.running:
        click.echo(f"a deploy is under way: {state.running}")
    if not state.history.folder.migrations:
        click.echo("there are no migrations: kaven migrate dev")


def _lines(state: MigrationState) -> list[tuple[str, str, str]]:
    history = state.history
    edited = {migration.name for migration, _ in history.edited}
    lines = []
    for migration in history.folder.migrations:
        row = history.rows.get(migration.name)
        if row is None:
            undone = history.undone.get(migration.name)
            note = (
                f" (tried {undone.started_at:%Y-%m-%d %H:%M} UTC: {undone.logs})"
                if undone and undone.logs
                else ""
            )
            lines.append((migration.name, "pending", note))
        elif row.is_failed:
            lines.append((migration.name, "running" if state.running else "failed", ""))
        else:
            word = "edited" if migration.name in edited else "applied"
            lines.append((migration.name, word, f" ({row.finished_at:%Y-%m-%d %H:%M} UTC)"))
    return lines + [(row.name, "missing", "") for row in history.missing]


def as_json_state(state: MigrationState) -> dict[str, Any]:
    return {
        "migrations": [{"name": name, "state": word} for name, word, _ in _lines(state)],
        "running": state.running or None,
        "drift": list(state.drift),
    }
