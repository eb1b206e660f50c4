"""Which diagnostics are reported, in which order, and how many they are."""

from __future__ import annotations

from collections.abc import Iterable

from kaven_schema.diagnostics import Diagnostic, KavenError, Severity


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, place and rule, those without a place first; what is switched off is left out."""
    return sorted((found for found in diagnostics if found.severity is not Severity.OFF), key=_sort_key)


def _sort_key(found: Diagnostic) -> tuple[str, int, str]:
    if not found.labels:
        return ("", 0, found.rule)
    place = found.labels[0]
    return (place.source.path, place.span.start, found.rule)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Such as `2 errors, 1 warning`."""
    severities = [found.severity for found in diagnostics]
    counts = ((severities.count(kind), kind.value) for kind in (Severity.ERROR, Severity.WARNING))
    return ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in counts if n) or "no problems found"


def as_diagnostic(error: KavenError) -> Diagnostic:
    """A failure without a place, to be reported in the format that was asked for."""
    return Diagnostic(rule=error.rule, severity=Severity.ERROR, message=error.message, help=error.help)
