"""The diagram as Mermaid's `erDiagram`, which GitHub, GitLab and many editors draw."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kaven_schema.docs.formats.names import one_line, word
from kaven_schema.docs.schema import DocumentedField, DocumentedSchema, Relation

_PARENT = {"1": "||", "0..1": "|o", "0..n": "}o"}
_CHILD = {"0..1": "o|", "0..n": "o{"}
_MARKS = {"PK": "PK", "FK": "FK", "U": "UK"}


def to_mermaid(schema: DocumentedSchema, models: Collection[str] | None = None) -> str:
    """`models` limits it to these."""
    lines = ["---", f"title: {_yaml(schema.title)}", "---", "erDiagram"]
    for area in schema.areas:
        names = [name for name in area.models if models is None or name in models]
        if names:
            lines.append(f"  %% {word_line(area.name)}")
        for name in names:
            lines += _entity(schema, name)
    for relation in schema.relations:
        if models is None or {relation.child, relation.parent} <= set(models):
            lines.append(_line(relation))
    return "\n".join(lines) + "\n"


def word_line(text: str) -> str:
    """A comment's text: braces there would start a directive."""
    return one_line(text).replace("{", "(").replace("}", ")").replace("%", "")


def _yaml(text: str) -> str:
    plain = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _entity(schema: DocumentedSchema, name: str) -> Iterator[str]:
    fields = schema.by_name[name].fields
    if not fields:
        yield f'  "{name}"'
        return
    yield f'  "{name}" {{'
    yield from (f"    {_attribute(field)}" for field in fields)
    yield "  }"


def _attribute(field: DocumentedField) -> str:
    marks = ",".join(_MARKS[mark] for mark in field.marks)
    said = ", ".join(
        filter(
            None,
            (
                "optional" if field.is_optional else "",
                "yours" if field.is_yours else "",
                one_line(field.text).replace('"', "'").replace("\\", "/"),
            ),
        )
    )
    kind = _plain(field.type) + ("[]" if field.is_list else "")
    return " ".join(filter(None, (kind, _plain(field.name), marks, f'"{said}"' if said else "")))


def _plain(name: str) -> str:
    """Mermaid takes `pk`, whatever its case, for a mark."""
    found = word(name)
    return f"{found}_" if found.upper() in _MARKS.values() else found


def _line(relation: Relation) -> str:
    label = relation.parent_field or relation.child_field
    ends = f"{_PARENT[relation.parent_end]}--{_CHILD[relation.child_end]}"
    return f'  "{relation.parent}" {ends} "{relation.child}" : "{label}"'
