"""What each diagram shows: the whole schema, one area, one model with its neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.docs.diagrams.picture import Box, Detail, Frame, Link, Owner, Picture, Row
from kaven_schema.docs.schema import Area, DocumentedField, DocumentedModel, DocumentedSchema, Relation

FEW = 25
"""Up to so many models are shown with all of their fields, and with all of their lines."""

_MANY = 500
_HUB = 12
_OUTSIDERS = 12
_STAR = 20


def whole(schema: DocumentedSchema, detail: Detail | None = None) -> Picture:
    """Every model. In a large schema boxes show keys alone, and no lines lead to what very many refer to."""
    count = len(schema.models)
    detail = detail or (Detail.FULL if count <= FEW else Detail.KEYS if count <= _MANY else Detail.NAMES)
    left_out = hubs(schema) if count > FEW else frozenset[str]()
    drawn = [relation for relation in schema.relations if relation.parent not in left_out]
    boxes = [box(model, detail, _shown(drawn, model.name)) for model in schema.models]
    frames = tuple(Frame(area.name, area.models) for area in schema.areas)
    return Picture(schema.title, tuple(boxes), _links(drawn), frames, _hub_notes(left_out))


def of_area(schema: DocumentedSchema, area: Area) -> Picture:
    """The area's models with all fields; models outside that they are related to, by name."""
    inside = set(area.models)
    left_out = hubs(schema) - inside if len(schema.models) > FEW else frozenset[str]()
    touching = [r for r in schema.relations if inside & {r.child, r.parent} and r.parent not in left_out]
    parents = {r.parent for r in touching} - inside
    outside = parents | ({r.child for r in touching} - inside)
    if len(outside) > _OUTSIDERS:
        outside = parents if len(parents) <= _OUTSIDERS else set()
    detail = Detail.FULL if len(area.models) <= FEW else Detail.KEYS
    drawn = [r for r in touching if {r.child, r.parent} <= inside | outside]
    boxes = [
        box(model, detail, _shown(drawn, model.name))
        if model.name in inside
        else box(model, Detail.NAMES, (), is_aside=True)
        for model in schema.models
        if model.name in inside | outside
    ]
    left = len({r.child for r in touching} | {r.parent for r in touching}) - len(inside | outside)
    more = (f"{left} more models of other areas are related to these.",) if left > 0 else ()
    notes = (*_hub_notes(left_out & {r.parent for name in inside for r in schema.relations_of(name)}), *more)
    return Picture(area.name, tuple(boxes), _links(drawn), (Frame(area.name, area.models),), notes)


def around(schema: DocumentedSchema, name: str, depth: int = 1) -> Picture:
    """One model with all fields, and those that lie up to `depth` relations away."""
    near = neighbours(schema, name, depth)
    if len(near) > _STAR and depth == 1:
        return _star(schema, name, near)
    drawn = [r for r in schema.relations if {r.child, r.parent} <= near]
    if depth == 1:
        drawn = [r for r in drawn if name in (r.child, r.parent)]
    others = Detail.KEYS if len(near) <= FEW else Detail.NAMES
    boxes = [
        box(model, Detail.FULL, _shown(drawn, name), is_centre=True)
        if model.name == name
        else box(model, others, _shown(drawn, model.name), only=_ports(drawn, model.name))
        for model in schema.models
        if model.name in near
    ]
    return Picture(name, tuple(boxes), _links(drawn))


def _star(schema: DocumentedSchema, name: str, near: Collection[str]) -> Picture:
    """One model, and by area the names of the very many that it is related to."""
    boxes = [
        box(model, Detail.FULL, (), is_centre=True) if model.name == name else box(model, Detail.NAMES, ())
        for model in schema.models
        if model.name in near
    ]
    frames = [
        Frame(area.name, found)
        for area in schema.areas
        if (found := tuple(one for one in area.models if one in near and one != name))
    ]
    note = f"Each of these {len(near) - 1} models is related to {name}: no lines are drawn."
    return Picture(name, tuple(boxes), (), tuple(frames), (note,), is_star=True)


def neighbours(schema: DocumentedSchema, name: str, depth: int) -> set[str]:
    """Raises KavenError `name_unknown`."""
    if name not in schema.by_name:
        raise unknown("model", name, schema.by_name)
    near = {name}
    for _ in range(depth):
        near |= {
            other
            for one in sorted(near)
            for relation in schema.relations_of(one)
            for other in (relation.child, relation.parent)
        }
    return near


def area_named(schema: DocumentedSchema, name: str) -> Area:
    """By its name in any case, or by a part of it that no other has. Raises KavenError `name_unknown`."""
    folded = name.casefold()
    exact = [area for area in schema.areas if area.name.casefold() == folded]
    found = exact or [area for area in schema.areas if folded in area.name.casefold()]
    if len(found) == 1:
        return found[0]
    raise unknown("area", name, [area.name for area in found or schema.areas], several=bool(found))


def unknown(what: str, name: str, names: Iterable[str], *, several: bool = False) -> KavenError:
    from difflib import get_close_matches

    known = list(names)
    near = get_close_matches(name, known, n=1)
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    shown = ", ".join(f"`{one}`" for one in known[:12]) + more
    return KavenError(
        "name_unknown",
        f"more than one {what} fits `{name}`" if several else f"no {what} is named `{name}`",
        help=f"did you mean `{near[0]}`?" if near and not several else f"choose one of {shown}",
        exit_code=ExitCode.WRONG_USE,
    )


def hubs(schema: DocumentedSchema) -> frozenset[str]:
    """The models that so many others refer to that lines to them would hide everything else."""
    pairs = {(r.child, r.parent) for r in schema.relations if r.child != r.parent}
    counts = Counter(parent for _, parent in pairs)
    return frozenset(name for name, count in counts.items() if count > _HUB)


def _hub_notes(left_out: Collection[str]) -> tuple[str, ...]:
    if not left_out:
        return ()
    names = ", ".join(sorted(left_out))
    return (
        f"No lines are drawn to {names}, to which very many models refer: keys that lead there name the model (→).",
    )


def owner(model: DocumentedModel) -> Owner:
    if model.is_yours:
        return Owner.YOURS
    return Owner.EXTENDED if model.is_extended else Owner.VENDOR


def box(
    model: DocumentedModel,
    detail: Detail,
    drawn: Collection[str],
    *,
    is_aside: bool = False,
    is_centre: bool = False,
    only: Collection[str] | None = None,
) -> Box:
    """`drawn` are the key fields that have a line; `only` limits the rows to these."""
    fields: tuple[DocumentedField, ...] = model.fields if detail is not Detail.NAMES else ()
    if detail is Detail.KEYS:
        fields = tuple(field for field in fields if field.marks and (only is None or field.name in only))
    rows = tuple(_row(field, detail, drawn) for field in fields)
    title = " ".join((model.note.purpose or model.note.text).split())
    return Box(model.name, owner(model), rows, title, is_aside, is_centre)


def _row(field: DocumentedField, detail: Detail, drawn: Collection[str]) -> Row:
    shown = field.shown_type if detail is Detail.FULL else ""
    if field.targets and field.name not in drawn:
        shown = f"→ {field.targets[0]}" + ("?" if field.is_optional else "")
    return Row(field.name, shown, field.marks, field.is_yours, " ".join(field.text.split()))


def _shown(drawn: Iterable[Relation], name: str) -> frozenset[str]:
    return frozenset(field for r in drawn if r.child == name for field in r.fields)


def _ports(drawn: Iterable[Relation], name: str) -> frozenset[str]:
    """The fields of a model at which lines end."""
    found = {field for r in drawn if r.child == name for field in r.fields}
    return frozenset(found | {field for r in drawn if r.parent == name for field in r.references})


def _links(drawn: Iterable[Relation]) -> tuple[Link, ...]:
    return tuple(
        Link(
            parent=r.parent,
            child=r.child,
            parent_end=r.parent_end,
            child_end=r.child_end,
            parent_field=r.references[0] if r.references else "",
            child_field=r.fields[0] if r.fields else "",
            title=r.described,
            is_yours=r.is_yours,
        )
        for r in drawn
    )
