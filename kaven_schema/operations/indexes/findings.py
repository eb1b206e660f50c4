"""What is wrong, told at the line of the schema that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kaven_schema.database.partial_indexes.declared import identifier, qualified
from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.operations.indexes.declarations import Declaration, Declarations, Wanted
from kaven_schema.operations.indexes.judging import Kind, Trouble
from kaven_schema.operations.indexes.live import ForeignKey, LiveIndex
from kaven_schema.operations.indexes.sizes import shown_size

_LEFT_OVER = ("_ccnew", "_ccold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One trouble: `sql` mends it in the database where no line of the schema does, `wanted` is a line to write.

    `owner` is `vendor`, `developer`, or `nobody` for what was made beside the schema.
    """

    trouble: Trouble
    severity: Severity
    message: str
    help: str
    owner: str
    label: Label | None = None
    wanted: Wanted | None = None
    sql: str = ""

    @property
    def is_mendable(self) -> bool:
        """Whether it is the developer's to mend."""
        return self.owner != "vendor" or self.wanted is not None or bool(self.sql)

    def diagnostic(self) -> Diagnostic:
        labels = (self.label,) if self.label else ()
        return Diagnostic(self.trouble.kind.value, self.severity, self.message, labels, self.help)

    def as_json(self) -> dict[str, Any]:
        index, key = self.trouble.index, self.trouble.key
        return {
            "kind": self.trouble.kind.value,
            "severity": self.severity.value,
            "message": self.message,
            "help": self.help,
            "table": index.table if index else key.table if key else None,
            "index": index.name if index else None,
            "foreign_key": key.name if key else None,
            "bytes": index.size if index else None,
            "wasted_bytes": self.trouble.waste or None,
            "owner": self.owner,
            "file": self.label.source.path if self.label else None,
            "line": self.label.source.position(self.label.span.start).line if self.label else None,
            "add": {"model": self.wanted.entry.name, "line": self.wanted.line} if self.wanted else None,
            "sql": self.sql or None,
        }


def find(trouble: Trouble, declarations: Declarations | None, extended: str) -> Finding:
    """`declarations` is None where the project's schema cannot be had; `extended` is the developer's file."""
    if trouble.key:
        return _unindexed(trouble, trouble.key, declarations, extended)
    assert trouble.index is not None
    declaration = declarations.of(trouble.index) if declarations else None
    if trouble.kind is Kind.INVALID:
        return _invalid(trouble, trouble.index, declaration)
    if trouble.kind is Kind.BLOATED:
        return _bloated(trouble, trouble.index, declaration)
    if trouble.kind is Kind.UNDECLARED:
        return _undeclared(trouble, trouble.index, declarations, extended)
    return _needless(trouble, trouble.index, declaration)


def _unindexed(
    trouble: Trouble, key: ForeignKey, declarations: Declarations | None, extended: str
) -> Finding:
    declared = declarations.serving(key) if declarations else None
    wanted = declarations.for_key(key) if declarations and not declared else None
    columns = ", ".join(map(identifier, key.columns))
    sql = (
        ""
        if wanted or declared
        else f"CREATE INDEX CONCURRENTLY ON {qualified(key.schema, key.table)} ({columns});"
    )
    rows = f", of about {key.rows:,.0f} rows" if key.rows > 0 else ""
    return Finding(
        trouble=trouble,
        severity=Severity.WARNING,
        message=f"no index serves the foreign key {key.name}: each change of {key.target} reads all of"
        f" {key.table}({', '.join(key.columns)}){rows}",
        help=_lacking(declared) if declared else _adding(wanted, extended) if wanted else sql,
        owner="developer" if wanted or declared else "nobody",
        label=declared.label if declared else wanted.label if wanted else None,
        wanted=wanted,
        sql=sql,
    )


def _adding(wanted: Wanted, extended: str) -> str:
    return f"write `{wanted.line}` into `model {wanted.entry.name}` in {extended}; then: kaven migrate dev"


def _lacking(declared: Declaration) -> str:
    return f"`{declared.shown}` is declared, and the database lacks it: kaven migrate diff --from database --script"


def _invalid(trouble: Trouble, index: LiveIndex, declaration: Declaration | None) -> Finding:
    name = qualified(index.schema, index.name)
    left_over = index.name.rstrip("0123456789").endswith(_LEFT_OVER) or declaration is None
    sql = f"DROP INDEX CONCURRENTLY {name};" if left_over else f"REINDEX INDEX CONCURRENTLY {name};"
    unique = " A unique one may fail again on rows that are there twice" if index.is_unique else ""
    return Finding(
        trouble=trouble,
        severity=Severity.ERROR,
        message=f"{index.shown} is invalid: a CREATE INDEX CONCURRENTLY failed or still runs. It slows every write"
        " and serves no query",
        help=f"see pg_stat_progress_create_index; if nothing builds it: {sql}{unique}",
        owner=_owner(declaration),
        label=declaration.label if declaration else None,
        sql=sql,
    )


def _bloated(trouble: Trouble, index: LiveIndex, declaration: Declaration | None) -> Finding:
    sql = f"REINDEX INDEX CONCURRENTLY {qualified(index.schema, index.name)};"
    how = "measured" if trouble.is_measured else "an estimate"
    return Finding(
        trouble=trouble,
        severity=Severity.WARNING,
        message=f"{index.shown} is {shown_size(index.size)}, of which {shown_size(trouble.waste)} are empty ({how})",
        help=sql,
        owner=_owner(declaration),
        label=declaration.label if declaration else None,
        sql=sql,
    )


def _undeclared(
    trouble: Trouble, index: LiveIndex, declarations: Declarations | None, extended: str
) -> Finding:
    wanted = declarations.for_partial(index) if declarations else None
    return Finding(
        trouble=trouble,
        severity=Severity.WARNING,
        message=f"{index.shown} is a partial index that the schema does not declare: a new database goes without it",
        help=_adding(wanted, extended)
        if wanted
        else "keep its statement in a migration: no declaration says what it says",
        owner="nobody",
        label=wanted.label if wanted else None,
        wanted=wanted,
    )


def _needless(trouble: Trouble, index: LiveIndex, declaration: Declaration | None) -> Finding:
    owner = _owner(declaration)
    sql = f"DROP INDEX CONCURRENTLY {qualified(index.schema, index.name)};" if declaration is None else ""
    return Finding(
        trouble=trouble,
        severity=Severity.WARNING,
        message=_needless_message(trouble, index),
        help=_removing(declaration, sql),
        owner=owner,
        label=declaration.label if declaration else None,
        sql=sql,
    )


def _needless_message(trouble: Trouble, index: LiveIndex) -> str:
    size = shown_size(index.size)
    if trouble.by is None:
        return f"nothing has used {index.shown} ({size})"
    by = trouble.by.name
    if trouble.kind is Kind.DUPLICATE:
        return f"{index.shown} ({size}) is the same as {by}"
    return f"{index.shown} ({size}) is the beginning of {by}, which serves the same queries"


def _removing(declaration: Declaration | None, sql: str) -> str:
    if declaration is None:
        return f"the schema does not have it: {sql}"
    if declaration.is_vendors:
        return (
            "it is the vendor's: dropped here it would be drift, and the next release may count on it;"
            " tell the vendor"
        )
    return f"remove `{declaration.shown}`; then: kaven migrate dev"


def _owner(declaration: Declaration | None) -> str:
    if declaration is None:
        return "nobody"
    return "vendor" if declaration.is_vendors else "developer"
