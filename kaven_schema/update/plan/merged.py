"""The new base and extended together: what the compiler's own rules find that they did not find before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kaven_schema.diagnostics import Diagnostic, Label, Severity

_NAMES = frozenset(("column_unique", "database_name_unique", "constraint_name_unique", "value_stored_once"))
# Of a text that is not the one to be written: the compiler proves that one by itself.
_PROOF = "base_stands_unchanged"
_REFERENCES = frozenset(
    (
        "type_known",
        "index_fields_known",
        "relation_fields_known",
        "relation_has_opposite",
        "relation_has_fields",
        "opposite_is_optional",
        "relation_required_like_fields",
        "relation_optional_like_fields",
        "model_has_unique_criterion",
    )
)


def new_problems(
    before: Sequence[Diagnostic],
    after: Sequence[Diagnostic],
    told: Sequence[Diagnostic],
    covered: Sequence[Label],
    extended: frozenset[str],
) -> tuple[Diagnostic, ...]:
    """The errors of `after`, but those that are of `before` or whose line in extended is `told` already.

    Nor are those told that lie in what is `covered`: blocks of extended that are wrong as wholes. `extended` are the
    paths of its files; what they cause bears the slug of an update's rule.
    """
    known = {(found.rule, found.message) for found in before}
    lines = {place for found in told for place in _places(found, extended)}
    lines.update(place for label in covered for place in _lines(label))
    return tuple(
        _named(found, extended)
        for found in after
        if found.severity is Severity.ERROR
        and found.rule != _PROOF
        and (found.rule, found.message) not in known
        and lines.isdisjoint(_places(found, extended))
    )


def _places(found: Diagnostic, extended: frozenset[str]) -> Iterator[tuple[str, int]]:
    for label in found.labels:
        if label.source.path in extended:
            yield label.source.path, label.source.position(label.span.start).line


def _lines(label: Label) -> Iterator[tuple[str, int]]:
    first, last = (label.source.position(place).line for place in label.span)
    yield from ((label.source.path, line) for line in range(first, last + 1))


def _named(found: Diagnostic, extended: frozenset[str]) -> Diagnostic:
    if found.rule == "index_unique":
        return found._replace(rule="addition_same_as_extended")
    if found.rule in _NAMES:
        return found._replace(rule="merged_names_unique")
    if found.rule in _REFERENCES and found.labels and found.labels[0].source.path in extended:
        return found._replace(rule="extension_reference_kept")
    return found
