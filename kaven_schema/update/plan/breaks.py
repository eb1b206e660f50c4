"""What a release changes in base: each change an addition, or a break of a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kaven_schema.compare import Change, compare
from kaven_schema.compare import Severity as Harm
from kaven_schema.diagnostics import Label
from kaven_schema.syntax.ast import Arity
from kaven_schema.syntax.document import BlockText, Document
from kaven_schema.update.plan.consequences import without_consequences
from kaven_schema.update.plan.rules import BROKEN_BY

_OF_DATASOURCE = ("provider", "relationMode")
_REQUIRED = "required, and rows that exist point nowhere"
_RENAMES = {
    "field_removed": "vendor_field_same_name",
    "relation_removed": "vendor_field_same_name",
    "enum_value_removed": "vendor_enum_value_same_name",
}
# Additions that are more than that where the comparison says that they need care.
_UNFIT = {
    "field_added": "vendor_field_has_database_default",
    "relation_added": "vendor_constraint_fits_existing_rows",
    "unique_added": "vendor_constraint_fits_existing_rows",
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A break that the developer has accepted in the lock."""

    release: str
    rule: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Addition:
    """What the vendor adds, or says anew: `kind` as `kaven diff` names it. `label` lies in the new base."""

    kind: str
    path: str
    message: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Break:
    """A change that the rule forbids. `labels[0]` is the new base's place, or the old one's of what is gone.

    `renamed` are the old path and the new one of what was renamed.
    """

    rule: str
    path: str
    message: str
    labels: tuple[Label, ...]
    renamed: tuple[str, str] | None = None


class VendorChanges(NamedTuple):
    additions: tuple[Addition, ...]
    breaks: tuple[Break, ...]


def vendor_changes(old: Document, new: Document, extended: Sequence[Document] = ()) -> VendorChanges:
    """`extended` defines what base may name and lacks; none of the documents may have syntax errors."""
    judge = _Judge(old, new)
    additions: list[Addition] = []
    breaks: list[Break] = []
    for change in without_consequences(compare(old, new, beside=extended)):
        if rule := judge.rule_of(change):
            breaks.append(judge.broken(change, rule))
        else:
            additions.append(Addition(change.kind, change.path, change.message, change.new))
    return VendorChanges(tuple(additions), tuple(breaks))


_RENAMED = (
    "field_renamed",
    "relation_renamed",
    "model_renamed",
    "view_renamed",
    "enum_renamed",
    "enum_value_renamed",
)


class _Judge:
    def __init__(self, old: Document, new: Document) -> None:
        self._old_blocks = {block.name: block for block in old.blocks}
        self._new_blocks = {block.name: block for block in new.blocks}

    def rule_of(self, change: Change) -> str | None:
        if change.successor:
            return _RENAMES.get(change.kind, "vendor_block_same_name")
        if change.kind.startswith("property_"):
            block, _, name = change.path.partition(".")
            is_kept = block.startswith("generator") or name not in _OF_DATASOURCE
            return None if is_kept else "vendor_datasource_kept"
        if change.kind == "relation_name_changed" and change.severity is Harm.BREAKING:
            return "vendor_stored_name_kept"
        if change.kind == "relation_added" and self._is_required(change.path):
            return "vendor_relation_optional"
        if change.severity is not Harm.SAFE and change.kind in _UNFIT:
            return _UNFIT[change.kind]
        return BROKEN_BY[change.kind]

    def _is_required(self, path: str) -> bool:
        """True for the side that holds the key. Only of a block that base had before a field is said to be added."""
        model, _, name = path.partition(".")
        block = self._new_blocks[model].block
        field = next(field for field in block.fields if field.name == name)
        relation = field.attribute("relation")
        is_holder = relation is not None and relation.argument("fields") is not None
        return is_holder and field.type.arity is Arity.REQUIRED

    def broken(self, change: Change, rule: str) -> Break:
        said = _REQUIRED if rule == "vendor_relation_optional" else change.message
        message = f"`{change.path}`: {said}"
        if change.successor:
            message = f"`{change.path}` becomes `{change.successor}`: {change.message}"
        return Break(rule, change.path, message, tuple(self._labels(change)), _renamed(change))

    def _labels(self, change: Change) -> Iterator[Label]:
        block = change.path.partition(".")[0].rpartition(" ")[2]
        if change.new:
            yield change.new._replace(text="in the new release")
        if change.old:
            yield change.old._replace(text="in the installed release")
        if change.new is None and (found := self._new_blocks.get(block)):
            yield _head(found, "gone from here")
        if change.old is None and (found := self._old_blocks.get(block)):
            yield _head(found, "it was without it")


def _head(block: BlockText, text: str) -> Label:
    return block.label(block.name_span, text)


def _renamed(change: Change) -> tuple[str, str] | None:
    if change.successor:
        return change.path, change.successor
    if change.kind not in _RENAMED or change.old is None:
        return None
    old = change.old.source.text[change.old.span.start : change.old.span.end]
    block, dot, _ = change.path.rpartition(".")
    return f"{block}{dot}{old}", change.path
