"""kaven check"""

from __future__ import annotations

import click

from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import echo_report, exit_code, say
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError
from kaven_schema.pipeline import Merged
from kaven_schema.project import Project


@click.command("check", short_help="judge base and extended together")
@project_options
@click.option(
    "--format",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How to report.",
)
@click.option("--fix", is_flag=True, help="Apply the mechanical fixes to your extended files; never to base.")
@click.option(
    "--official/--no-official", default=True, help="Ask Prisma's own validator too.  [default: official]"
)
def command(
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
    format: str,
    fix: bool,
    official: bool,
) -> int:
    """Judge base and extended together: our rules, then Prisma's validator.

    \b
    Example:
      kaven check
      kaven check --fix
      kaven check --format sarif > kaven.sarif
    """
    project = open_project(base, extended, output, prisma)
    if fix:
        from kaven_schema.cli.fixing import fix_extended

        project = fix_extended(project, lambda: open_project(base, extended, output, prisma))
    merged = project.compile()
    diagnostics = (*merged.diagnostics, *look_at_release(project, tell=format == "text"))
    if official and merged.is_valid:
        diagnostics += ask_prisma(project, merged, tell=format == "text")
    echo_report(diagnostics, format=format, root=project.settings.root)
    return exit_code(diagnostics)


def look_at_release(project: Project, *, tell: bool) -> tuple[Diagnostic, ...]:
    """What is not as the installed release shipped it, with base's diff for people; nothing without a kaven.lock."""
    if not (project.settings.root / "kaven.lock").exists():
        return ()
    from kaven_schema.update.hand_edits import base_diff, check_installed
    from kaven_schema.update.kept import read_kept_base
    from kaven_schema.update.lock import read_lock

    found = check_installed(project.settings, project.inputs.base)
    lock = read_lock(project.settings.root)
    if tell and lock and any(one.rule == "base_as_released" for one in found):
        say(base_diff(project.inputs.base, read_kept_base(project.settings, lock)))
    return found


def ask_prisma(project: Project, merged: Merged, *, tell: bool = True) -> tuple[Diagnostic, ...]:
    """Prisma's verdict, told to people if it is good; without the engines extra it says so and goes on."""
    from kaven_schema.engines.schema_wasm import engines_available

    if not engines_available():
        say("Prisma's validator was not asked: pip install 'kaven-schema[engines]'")
        return ()
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.official import official_verdict

    version = project.settings.prisma
    try:
        verdict = official_verdict(merged, project.output, version, progress=on_stderr)
    except KavenError as error:
        if error.rule == "npm_registry_unreachable":
            error.help += "; or do without Prisma's validator: kaven check --no-official"
        raise
    if tell and exit_code(verdict) is ExitCode.FINE:
        say(f"Prisma {version} accepts the merged schema")
    return verdict
