"""kaven release"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import read_source, shown_path

if TYPE_CHECKING:
    from kaven_schema.syntax.dialect import Dialect
    from kaven_schema.update.building import Draft
    from kaven_schema.update.testing import Outcome


@click.group("release", short_help="for vendors: build a release, test it against extended schemas")
def command() -> None:
    """Releases, as their vendor makes them.

    \b
    Example:
      kaven release build prisma/schema.base.prisma --version 2.1.0 --after releases --output releases/2.1.0
      kaven release test releases/2.1.0 --against customers/acme customers/globex
    """


@command.command("build")
@click.argument("base", type=click.Path(path_type=Path))
@click.option("--version", required=True, help="The semantic version.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder to write.")
@click.option(
    "--after", metavar="SOURCE", help="The release before: its folder, or that of all.  [default: none]"
)
@click.option("--name", help="The vendor's product.  [default: that of the release before]")
@click.option("--notes", type=click.Path(path_type=Path), help="A file with what users should read.")
@click.option("--title", default="", help="The name of the migration, without time and owner.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day.  [default: today, in UTC]")
@click.option(
    "--reference",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An extended schema that defines what base names and lacks; repeatable.",
)
@click.option(
    "--data-migration", type=click.Path(path_type=Path), help="A script of yours, instead of the one made."
)
@click.option("--key", type=click.Path(path_type=Path), help="An Ed25519 key in PEM to sign with.")
@click.option(
    "--prisma", type=click.Choice(["5.17", "6", "7"]), default="5.17", show_default=True, help="Dialect."
)
def build(
    base: Path,
    version: str,
    output: Path,
    after: str | None,
    name: str | None,
    notes: Path | None,
    title: str,
    day: datetime | None,
    reference: tuple[Path, ...],
    data_migration: Path | None,
    key: Path | None,
    prisma: str,
) -> int:
    """Make a release folder from a base: judge every change, write migration, hashes and changelog.

    \b
    Example:
      kaven release build schema.base.prisma --version 2.1.0 --after releases --output releases/2.1.0
    """
    from kaven_schema.update.building import Draft, previous_release
    from kaven_schema.update.release import Version

    previous = previous_release(after, Path.cwd()) if after else None
    draft = Draft(
        name=name or (previous.manifest.name if previous else "kaven"),
        version=Version.parse(version),
        day=(day or datetime.now(UTC)).date(),
        base=read_source(base, on_command_line=True),
        previous=previous,
        notes=_text(notes),
        title=title,
        data=_text(data_migration),
        reference=tuple(read_source(path, on_command_line=True) for path in reference),
    )
    return _build(draft, output, key, prisma)


def _text(path: Path | None) -> str:
    return read_source(path, on_command_line=True).text if path else ""


def _build(draft: Draft, output: Path, key: Path | None, prisma: str) -> int:
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.pipeline import CompilerOptions
    from kaven_schema.update.building import build_release
    from kaven_schema.update.release.packing import write_tree

    options = CompilerOptions(dialect=cast("Dialect", prisma))
    built = build_release(draft, options, progress=on_stderr)
    echo_report(built.diagnostics, err=True, summary=not built.is_clear)
    if not built.is_clear:
        say("no release was written")
        return ExitCode.PROBLEMS
    write_tree(_signed(built.tree, key) if key else built.tree, output)
    count = len(built.changes.additions)
    say(
        f"{shown_path(output)} written"
        + (f": {count} addition{'s' * (count != 1)}" if draft.previous else "")
    )
    return ExitCode.FINE


def _signed(tree: dict[str, bytes], key: Path) -> dict[str, bytes]:
    from kaven_schema.update.release.manifest import MANIFEST, SIGNATURE
    from kaven_schema.update.release.signing import public_key_text, read_private_key, sign

    private = read_private_key(key)
    say(f'projects pin this key: vendor_key = "{public_key_text(private)}"')
    return {**tree, SIGNATURE: sign(tree[MANIFEST], private)}


@command.command("test")
@click.argument("release")
@click.option(
    "--against",
    required=True,
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A project, or a folder of extended schemas; repeatable.",
)
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--after", metavar="SOURCE", help="The release that they stand on.  [default: that of RELEASE's source]"
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def test(
    release: str, against: tuple[Path, ...], more: tuple[Path, ...], after: str | None, as_json: bool
) -> int:
    """Try the update to RELEASE on many developers' extended schemas; exit 1 if one would break.

    \b
    Example:
      kaven release test releases/2.1.0 --after releases/2.0.0 --against customers/acme customers/globex
    """
    from kaven_schema.update.testing import try_release

    outcomes = try_release(release, after, (*against, *more), Path.cwd())
    if as_json:
        echo_json({"version": 1, "projects": [_as_json(one) for one in outcomes]})
    else:
        for one in outcomes:
            _tell(one)
    return ExitCode.FINE if all(one.fits for one in outcomes) else ExitCode.PROBLEMS


def _tell(outcome: Outcome) -> None:
    verdict = "fits" if outcome.fits else "would break"
    adopted = f", {len(outcome.adopted)} declarations to adopt" if outcome.adopted else ""
    click.echo(f"{shown_path(outcome.folder)}: {verdict}{adopted}")
    if not outcome.fits:
        echo_report(outcome.diagnostics)


def _as_json(outcome: Outcome) -> dict[str, object]:
    import json

    from kaven_schema.reporting import render

    return {
        "folder": shown_path(outcome.folder),
        "fits": outcome.fits,
        "adopted": list(outcome.adopted),
        "diagnostics": json.loads(render("json", outcome.diagnostics))["diagnostics"],
    }
