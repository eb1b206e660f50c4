"""What can be wrong, where, and what to do about it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

from kaven_schema.source import Source, Span


class ExitCode(IntEnum):
    """The documented exit codes of every command."""

    FINE = 0
    PROBLEMS = 1
    WRONG_USE = 2
    ENVIRONMENT = 3


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class Label(NamedTuple):
    """A place in a source, and what there is to say about just that place."""

    source: Source
    span: Span
    text: str = ""


class Edit(NamedTuple):
    """Replace `span` of `source` by `replacement`; an empty span inserts."""

    source: Source
    span: Span
    replacement: str


class Fix(NamedTuple):
    """A mechanical mend. Edits never touch the base."""

    title: str
    edits: tuple[Edit, ...]


class Diagnostic(NamedTuple):
    """One finding: `labels[0]` is where it is, further labels are the other places it concerns.

    `rule` is the slug that `kaven explain` takes; `help` is an imperative line that says what to type.
    """

    rule: str
    severity: Severity
    message: str
    labels: tuple[Label, ...] = ()
    help: str = ""
    fix: Fix | None = None


class KavenError(Exception):
    """A failure that has no place in a schema: a missing file, an absent tool, a registry out of reach."""

    def __init__(
        self, rule: str, message: str, *, help: str = "", exit_code: ExitCode = ExitCode.ENVIRONMENT
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.help = help
        self.exit_code = exit_code


class SchemaError(Exception):
    """Schemas that cannot be compiled; carries every diagnostic, not only the first."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = [found for found in diagnostics if found.severity is Severity.ERROR]
        super().__init__("; ".join(found.message for found in errors[:3]) or "no diagnostics")
        self.diagnostics = diagnostics
