"""Changes that follow from another one: who names the rename has named them all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kaven_schema.compare import Change
from kaven_schema.diagnostics import Label

_KEY = re.compile(r"(?P<block>\w+)\.@@(?P<kind>\w+)\(\[(?P<fields>[^\]]*)\]\)")

_FIELDS = re.compile(r"\bfields:\s*\[([^\]]*)\]")


def without_consequences(changes: Sequence[Change]) -> Iterator[Change]:
    """The changes but those that only follow from a rename, or from another kind of block.

    A column that becomes a relation is one change.
    """
    changes = _with_renamed_relations(changes)
    renamed = {change.path: change.successor for change in changes if change.successor}
    successors = set(renamed.values())
    added = {change.path for change in changes if change.kind.endswith("_added")}
    moved = {
        path
        for change in changes
        if change.kind.endswith("_removed") and (path := _renamed_key(change.path, renamed)) in added
    }
    turned = _turned(changes)
    news = {change.path: change.new for change in changes if change.kind.endswith("_added")}
    rebuilt = {change.path for change in changes if change.kind == "block_kind_changed"}
    for change in changes:
        if change.path.partition(".")[0] in rebuilt and change.path not in rebuilt:
            continue
        if change.kind.endswith("_added") and change.path in (successors | moved | turned):
            continue
        if change.kind.endswith("_removed") and _renamed_key(change.path, renamed) in moved:
            continue
        if change.kind == "relation_target_changed" and _follows(change, renamed):
            continue
        if change.kind == "relation_fields_changed" and _has_same_keys(change, renamed):
            continue
        one = _as_type_change(change, news) if change.path in turned else change
        yield replace(one, new=news.get(one.successor)) if one.successor else one


def _renamed_key(path: str, renamed: dict[str, str]) -> str:
    """The path that a key has after the renames; empty where they do not touch it."""
    found = _KEY.fullmatch(path)
    if not renamed or found is None:
        return ""
    block = found["block"]
    fields = [
        renamed.get(f"{block}.{name}", f"{block}.{name}").rpartition(".")[2]
        for name in found["fields"].split(", ")
    ]
    now = f"{renamed.get(block, block)}.@@{found['kind']}([{', '.join(fields)}])"
    return now if now != path else ""


def _with_renamed_relations(changes: Sequence[Change]) -> list[Change]:
    """A relation that goes and one that comes, over a column that was renamed, are one that was renamed with it."""
    renamed = {change.path: change.successor for change in changes if change.successor}
    coming = {
        (change.path.partition(".")[0], _type_behind(change.new), _keys_behind(change.new)): change.path
        for change in changes
        if renamed and change.kind == "relation_added" and change.new and _keys_behind(change.new)
    }

    def successor(change: Change) -> str:
        if not coming or change.kind != "relation_removed" or change.old is None:
            return change.successor
        block, target = change.path.partition(".")[0], _type_behind(change.old)
        keys = _keys_now(block, _keys_behind(change.old), renamed)
        now = renamed.get(block, block), renamed.get(target, target), keys
        return coming.get(now, "")

    return [replace(change, successor=successor(change)) for change in changes]


def _has_same_keys(change: Change, renamed: Mapping[str, str]) -> bool:
    """A foreign key that is over the same columns still, as far as renames tell."""
    if change.old is None or change.new is None:
        return False
    block = change.path.partition(".")[0]
    before = _keys_behind(change.old)
    now = _keys_now(block, before, renamed)
    return now != before and now == _keys_behind(change.new)


def _keys_now(block: str, keys: tuple[str, ...], renamed: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(renamed.get(f"{block}.{name}", f".{name}").rpartition(".")[2] for name in keys)


def _keys_behind(label: Label) -> tuple[str, ...]:
    """The fields of the relation whose name is labelled."""
    line = label.source.line_text(label.source.position(label.span.start).line)
    found = _FIELDS.search(line)
    return tuple(name.strip() for name in found[1].split(",")) if found else ()


def _follows(change: Change, renamed: dict[str, str]) -> bool:
    """A relation to a model that goes on under another name."""
    types = [_type_behind(label) for label in (change.old, change.new) if label]
    return len(types) == 2 and renamed.get(types[0]) == types[1]


def _type_behind(label: Label) -> str:
    """The type of the field whose name is labelled."""
    words = label.source.text[label.span.end : label.span.end + 200].split(maxsplit=1)
    return words[0].rstrip("?[]") if words else ""


def _turned(changes: Sequence[Change]) -> set[str]:
    """Fields that were columns and are relations now, or the other way round."""
    gone = {change.path for change in changes if change.kind in ("field_removed", "relation_removed")}
    return {
        change.path
        for change in changes
        if change.kind in ("field_added", "relation_added") and change.path in gone
    }


def _as_type_change(change: Change, news: Mapping[str, Label | None]) -> Change:
    if change.kind not in ("field_removed", "relation_removed"):
        return change
    message = (
        "was a column, is a relation" if change.kind == "field_removed" else "was a relation, is a column"
    )
    new = news[change.path]
    return replace(change, kind="field_type_changed", new=new, message=message, note="", successor="")
