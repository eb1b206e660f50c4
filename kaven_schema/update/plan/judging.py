"""From what was found to diagnostics: what is refused, what was accepted, what there is to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.update.plan.adopting import Adoption, Conflict
from kaven_schema.update.plan.breaks import Acceptance, Break
from kaven_schema.update.plan.data_migration import refusal
from kaven_schema.update.plan.rules import RULE_OF
from kaven_schema.update.release import Release


def break_diagnostics(
    breaks: Iterable[Break], release: Release, accepted: Sequence[Acceptance]
) -> Iterator[Diagnostic]:
    """An accepted break is a warning, every other an error."""
    given = {(one.rule, one.path): one.reason for one in accepted if one.release == str(release.version)}
    for found in breaks:
        rule = RULE_OF[found.rule]
        reason = given.get((found.rule, found.path), "")
        help_line = "" if rule.severity is Severity.WARNING else _way_out(found, release)
        if not help_line and reason:
            yield _diagnostic(found, Severity.WARNING, f"accepted in kaven.lock: {reason}")
        elif rule.severity is Severity.WARNING:
            yield _diagnostic(
                found, Severity.WARNING, "see that the rows fit before you deploy the migration"
            )
        else:
            yield _diagnostic(found, Severity.ERROR, help_line or _accept(found, release))


def unknown_acceptances(
    breaks: Iterable[Break], release: Release, accepted: Sequence[Acceptance]
) -> Iterator[Diagnostic]:
    real = {(found.rule, found.path) for found in breaks}
    for one in accepted:
        if one.release == str(release.version) and (one.rule, one.path) not in real:
            yield Diagnostic(
                "accepted_break_known",
                Severity.WARNING,
                f"kaven.lock accepts {one.rule} of {one.path} in {one.release}, which breaks no such thing",
                help="take the entry out of kaven.lock",
            )


def _diagnostic(found: Break, severity: Severity, help_line: str) -> Diagnostic:
    return Diagnostic(found.rule, severity, found.message, found.labels, help_line)


def _way_out(found: Break, release: Release) -> str:
    """Why the break cannot be accepted, and what to do; empty where it can."""
    if not RULE_OF[found.rule].acceptable:
        return "change your extended schema as the release wants it, then run the update again"
    stay = f"stay on the release before {release.version}, and ask its vendor"
    if not release.manifest.is_major:
        return f"{stay}: a break takes a new major version, with a migration of the data"
    data = next(
        (one for one in release.manifest.breaks if (one.rule, one.path) == (found.rule, found.path)), None
    )
    if data is None:
        return f"{stay}: the release brings no migration of the data for it"
    sql = next(one.sql for one in release.migrations if one.name == data.migration)
    refused = refusal(found.rule, sql)
    return f"{stay}: of its migration {data.migration}, {refused}" if refused else ""


def _accept(found: Break, release: Release) -> str:
    entry = f'release = "{release.version}", rule = "{found.rule}", path = "{found.path}", reason = "…"'
    return f"the release migrates the data; to accept it, write into kaven.lock an [[accepted]] with {entry}"


def adoption_diagnostic(adoption: Adoption, release: Release) -> Diagnostic:
    return Diagnostic(
        "addition_is_adopted",
        Severity.ERROR,
        f"{release.version} adds `{adoption.path}`, which extended has just so",
        (adoption.label, adoption.base_label),
        "let the update take it out of extended; no column is made twice: kaven update --adopt",
    )


def conflict_diagnostic(conflict: Conflict) -> Diagnostic:
    return Diagnostic(
        "addition_same_as_extended", Severity.ERROR, conflict.message, conflict.labels, conflict.help
    )
