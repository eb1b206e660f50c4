"""kaven update --restore-base"""

from __future__ import annotations

from pathlib import Path

import click

from kaven_schema.cli.output import echo_report, say
from kaven_schema.cli.update import ask_for_clean_tree, generate
from kaven_schema.config import Settings
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import read_source, shown_path
from kaven_schema.source import Source
from kaven_schema.update.hand_edits import base_diff
from kaven_schema.update.kept import read_kept_base
from kaven_schema.update.lock import Lock, read_lock
from kaven_schema.update.restoring import apply_restoration, nothing_to_restore, plan_restoration
from kaven_schema.update.undisturbed import undisturbed


def restore(settings: Settings, source: str | None, to: str | None, *, yes: bool, dry_run: bool) -> int:
    """Show what was edited, and put base back; what extended may say goes there."""
    lock, shipped = _released(settings, source, to)
    difference = base_diff(read_source(settings.base), shipped)
    if not difference and read_lock(settings.root):
        say(f"{shown_path(settings.base)} is what {lock.release} shipped")
        return ExitCode.FINE
    click.echo(difference, nl=False)
    restoration = undisturbed(
        settings, "the restoring of base", lambda: plan_restoration(settings, lock, shipped)
    )
    if not restoration.is_clear:
        echo_report(restoration.diagnostics, err=True)
        say("nothing was changed")
        return ExitCode.PROBLEMS
    for path in restoration.moved:
        say(f"{path} {'would go' if dry_run else 'goes'} to extended")
    for path in restoration.dropped:
        say(f"{path} is the vendor's to change: {'would be put back' if dry_run else 'put back'}")
    if dry_run:
        return ExitCode.FINE
    if not yes:
        if restoration.frees_client and settings.client and not settings.client_output:
            raise _client_without_place()
        ask_for_clean_tree(settings, but=(settings.base, settings.output))
    kept = apply_restoration(restoration, lambda: generate(settings))
    said = f"; the edited one is kept in {shown_path(kept)}" if kept else ""
    say(f"{shown_path(settings.base)} is what {lock.release} shipped{said}")
    return ExitCode.FINE


def _client_without_place() -> KavenError:
    return KavenError(
        "client_output_dropped",
        "without its `output` in base, the client would be written into the Python environment",
        help='say where it goes in the settings, client_output = "src/app/client"; or go on all the same: --yes',
        exit_code=ExitCode.PROBLEMS,
    )


def _released(settings: Settings, source: str | None, to: str | None) -> tuple[Lock, Source]:
    lock = read_lock(settings.root)
    if lock:
        return lock, read_kept_base(settings, lock)
    if to is None:
        raise nothing_to_restore(settings)
    from kaven_schema.update.release import Version, open_source

    folder = Path.cwd() if source else settings.root
    catalogue = open_source(source or settings.releases, folder, vendor_key=settings.vendor_key)
    release = catalogue.chosen(Version.parse(to))
    lock = Lock(vendor=catalogue.name, release=release.version, base=release.base_digest)
    return lock, Source(shown_path(settings.base), release.base.text)
