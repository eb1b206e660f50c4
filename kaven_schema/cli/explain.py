"""kaven explain"""

from __future__ import annotations

import click

from kaven_schema.cli.output import echo_json
from kaven_schema.diagnostics import ExitCode, KavenError

_LIKE = 0.85
"""Names share their first words: what is less alike than this is another name, and no slip of the keys."""


def _complete_rule(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [slug for slug in _slugs() if slug.startswith(begun)]


@click.command("explain", short_help="what a rule means, and what to do")
@click.argument("rule", required=False, shell_complete=_complete_rule)
@click.option("--json", "as_json", is_flag=True, help="The list of rules as JSON.")
def command(rule: str | None, as_json: bool) -> int:
    """Print a rule's page, or what another error means; without a name, the list of all rules.

    \b
    Example:
      kaven explain
      kaven explain base_field_same_type
      kaven explain database_url_empty
    """
    if rule is None:
        _echo_list(as_json=as_json)
        return ExitCode.FINE
    from kaven_schema.resources import rule_page

    if rule in _slugs():
        click.echo(rule_page(rule), nl=False)
    elif meaning := _errors().get(rule):
        click.echo(f"{rule}: {meaning}")
    else:
        raise _unknown(rule)
    return ExitCode.FINE


def _slugs() -> list[str]:
    from kaven_schema.resources import migration_rule_slugs, rule_slugs, update_rule_slugs

    return [*rule_slugs(), *migration_rule_slugs(), *update_rule_slugs()]


def _errors() -> dict[str, str]:
    """What the tables of docs/errors.md say of each error that no rule makes; empty where that is not installed."""
    import re
    from contextlib import suppress

    from kaven_schema.resources import error_page

    found: dict[str, str] = {}
    with suppress(KavenError):
        for names, meaning in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|$", error_page(), re.MULTILINE):
            found |= dict.fromkeys(re.findall(r"`([a-z_0-9]+)`", names), meaning)
    return found


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

    near = get_close_matches(rule, [*_slugs(), *_errors()], n=1, cutoff=_LIKE)
    elsewhere = (
        "list the rules: kaven explain; other errors say what to do in their help line, more: docs/errors.md"
    )
    return KavenError(
        "rule_unknown",
        f"there is no rule `{rule}`, nor an error of that name in docs/errors.md",
        help=f"did you mean `{near[0]}`?" if near else elsewhere,
        exit_code=ExitCode.WRONG_USE,
    )
