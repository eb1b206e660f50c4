"""kaven update"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.config import Settings, load_settings
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from kaven_schema.update.updating import Update


@click.command("update", short_help="bring base to a newer release of its vendor")
@click.option("--to", metavar="VERSION", help="Which release.  [default: the newest]")
@click.option(
    "--from",
    "source",
    metavar="SOURCE",
    help="A folder, .tar.gz or .zip, git+URL@TAG or package:NAME.  [default: `releases` of the settings]",
)
@click.option(
    "--dry-run", is_flag=True, help="Print the plan, change nothing; exit 1 if something is in the way."
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--yes", is_flag=True, help="Ask nothing, also where files are not committed.")
@click.option("--adopt", is_flag=True, help="Take out of extended what the release has just so.")
@click.option(
    "--database/--no-database",
    default=None,
    help="Ask the database whether it is ahead, or not.  [default: where it is up]",
)
@click.option("--check", is_flag=True, help="Exit 1 if there is a newer release; say whether it would apply.")
@click.option("--abort", "is_abort", is_flag=True, help="Undo an update that was stopped half-way.")
@click.option(
    "--restore-base", is_flag=True, help="Put base back as released; move what was added to extended."
)
def command(
    to: str | None,
    source: str | None,
    dry_run: bool,
    as_json: bool,
    yes: bool,
    adopt: bool,
    database: bool | None,
    check: bool,
    is_abort: bool,
    restore_base: bool,
) -> int:
    """Bring base, migrations, kaven.lock, schema.prisma and the client to a release, together or not at all.

    Your extended schema stays as it is; with --adopt what the release has just so is taken out of it.

    \b
    Example:
      kaven update --dry-run
      kaven update
      kaven update --to 2.0.0 --from vendor/releases --adopt
      kaven update --check --json
    """
    settings = load_settings(Path.cwd())
    if is_abort:
        return _abort(settings)
    if restore_base:
        from kaven_schema.cli.restoring import restore

        return restore(settings, source, to, yes=yes, dry_run=dry_run)
    from kaven_schema.update.undisturbed import undisturbed

    def look() -> Update:
        return _asked(planned(settings, source, to, adopt=adopt), database)

    update = undisturbed(settings, "the update", look)
    if check or dry_run or update.is_current or not update.is_clear:
        return _tell(update, as_json=as_json, check=check)
    return _apply(update, as_json=as_json, yes=yes)


def planned(settings: Settings, source: str | None, to: str | None, *, adopt: bool) -> Update:
    from kaven_schema.update.release import Version, open_source
    from kaven_schema.update.updating import Wish, plan_update

    catalogue = open_source(
        source or settings.releases,
        Path.cwd() if source else settings.root,
        vendor_key=settings.vendor_key,
    )
    return plan_update(settings, catalogue, Wish(to=Version.parse(to) if to else None, adopt=adopt))


def _asked(update: Update, wanted: bool | None) -> Update:
    """A database that is ahead of the repository stands in the way."""
    from kaven_schema.update.asking import ask_database
    from kaven_schema.update.updating import refuse_ahead

    if not update.plan.steps and not wanted:
        return update
    asked = ask_database(update.project.settings, wanted=wanted)
    if asked.why_not:
        say(f"the database was not asked whether it is ahead of the repository: {asked.why_not}")
    return refuse_ahead(update, asked)


def _abort(settings: Settings) -> int:
    from kaven_schema.update.recovering import abort

    say(abort(settings.root) or "no update was stopped half-way: nothing to undo")
    return ExitCode.FINE


def _tell(update: Update, *, as_json: bool, check: bool) -> int:
    """The plan, and what stands in its way. Nothing is changed."""
    from kaven_schema.cli.updating import plan_json, plan_lines

    settings = update.project.settings
    state = "refused" if not update.is_clear else "possible" if update.plan.steps else "current"
    if as_json:
        echo_json(plan_json(update, state, settings.root))
    else:
        click.echo("\n".join(plan_lines(update)))
        echo_report(update.diagnostics, err=True, summary=not update.is_clear)
        if not update.is_clear:
            say("nothing was changed")
    is_newer = check and bool(update.plan.steps)
    return ExitCode.PROBLEMS if is_newer or not update.is_clear else ExitCode.FINE


def _apply(update: Update, *, as_json: bool, yes: bool) -> int:
    from kaven_schema.cli.updating import plan_json, plan_lines
    from kaven_schema.update.updating import apply_update

    settings = update.project.settings
    if not as_json:
        click.echo("\n".join(plan_lines(update)))
        echo_report(update.diagnostics, err=True, summary=False)
    if not yes:
        ask_for_clean_tree(settings)
    result = plan_json(update, "updated", settings.root) if as_json else None
    apply_update(update, lambda: generate(settings))
    if as_json:
        echo_json(result)
    else:
        more = (
            "; next: read the migrations, commit, run `kaven migrate deploy`" if update.bringing.files else ""
        )
        say(f"{update.target.version} is installed{more}" if update.plan.steps else "kaven.lock written")
    return ExitCode.FINE


def generate(settings: Settings) -> None:
    """The client, from the files as they stand now."""
    from kaven_schema.cli.generating import generate_client
    from kaven_schema.project import Project

    generate_client(Project(settings))


def ask_for_clean_tree(settings: Settings, *, but: tuple[Path, ...] = ()) -> None:
    """`but` are the files whose change is what this is about.

    Raises KavenError `git_tree_dirty` (exit 1) where nobody can be asked, click.Abort where the answer is no.
    """
    from kaven_schema.update.git import uncommitted

    files = uncommitted(settings.root, but=but)
    if not files:
        return
    shown = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    if not sys.stdin.isatty():
        raise KavenError(
            "git_tree_dirty",
            f"{shown}: not committed, so this change would mix with yours",
            help="commit or stash first, or go on all the same: --yes",
            exit_code=ExitCode.PROBLEMS,
        )
    click.confirm(f"{shown}: not committed. Go on?", abort=True, err=True)
