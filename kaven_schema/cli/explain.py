"""kaven explain"""

from __future__ import annotations

import click

from kaven_schema.cli.output import echo_json
from kaven_schema.diagnostics import ExitCode, KavenError


def _complete_rule(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [slug for slug in _slugs() if slug.startswith(begun)]


@click.command("explain", short_help="what a rule means, and what to do")
@click.argument("rule", required=False, shell_complete=_complete_rule)
@click.option("--json", "as_json", is_flag=True, help="The list of rules as JSON.")
def command(rule: str | None, as_json: bool) -> int:
    """Print a rule's page; without a rule, the list of all.

    \b
    Example:
      kaven explain
      kaven explain base_field_same_type
    """
    if rule is None:
        _echo_list(as_json=as_json)
        return ExitCode.FINE
    from kaven_schema.resources import rule_page

    if rule not in _slugs():
        raise _unknown(rule)
    click.echo(rule_page(rule), nl=False)
    return ExitCode.FINE


def _slugs() -> list[str]:
    from kaven_schema.resources import migration_rule_slugs, rule_slugs, update_rule_slugs

    return [*rule_slugs(), *migration_rule_slugs(), *update_rule_slugs()]


def _echo_list(*, as_json: bool) -> None:
    from kaven_schema.rules.registry import RULES

    if as_json:
        echo_json(
            [{"rule": rule.slug, "severity": rule.severity.value, "summary": rule.summary} for rule in RULES]
        )
        return
    width = max(len(rule.slug) for rule in RULES)
    for rule in RULES:
        click.echo(f"{rule.slug:<{width}}  {rule.severity.value:<7}  {rule.summary}")


def _unknown(rule: str) -> KavenError:
    from difflib import get_close_matches

    near = get_close_matches(rule, _slugs(), n=1)
    return KavenError(
        "rule_unknown",
        f"there is no rule `{rule}`",
        help=f"did you mean `{near[0]}`?" if near else "list them all: kaven explain",
        exit_code=ExitCode.WRONG_USE,
    )
