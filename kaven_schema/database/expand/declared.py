"""A field's declaration, and how it is written anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.source import Source
from kaven_schema.syntax.ast import Array, Attribute, Constant, Expression, Field, FunctionCall
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.printer import attribute_rank, print_arguments, print_attribute, print_type


@dataclass(frozen=True, slots=True)
class Declared:
    """`type` is without `?` and `[]`, which are the arity; attributes are by name and as written."""

    name: str
    type: str
    arity: str
    attributes: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, node: Field) -> Declared:
        ordered = sorted(node.attributes, key=attribute_rank)
        attributes = tuple((one.name, print_attribute(one)) for one in ordered)
        arity = node.type.arity.value
        return cls(node.name, print_type(node.type).removesuffix(arity), arity, attributes)

    def __str__(self) -> str:
        ordered = sorted(self.attributes, key=lambda pair: attribute_rank(Attribute(name=pair[0])))
        return " ".join([self.name, self.type + self.arity, *(text for _, text in ordered)])

    def has(self, name: str) -> bool:
        return any(own == name for own, _ in self.attributes)

    def without(self, *names: str) -> Declared:
        return replace(self, attributes=tuple(pair for pair in self.attributes if pair[0] not in names))

    def having(self, name: str, text: str) -> Declared:
        return replace(self, attributes=(*self.without(name).attributes, (name, text)))

    def mapped(self, column: str) -> Declared:
        """Stored under a column, which is said only where it is not the field's own name."""
        if column == self.name:
            return self.without("map")
        return self.having("map", f"@map({quoted_string(column)})")

    def optional(self) -> Declared:
        """A list is optional as it is."""
        return self if self.arity == "[]" else replace(self, arity="?")

    def bare(self) -> Declared:
        """Only what makes the column's type: no default, no key."""
        kept = tuple(pair for pair in self.attributes if pair[0] == "map" or "." in pair[0])
        return replace(self, attributes=kept).optional()


def quoted_string(text: str) -> str:
    """A string literal of a Prisma schema."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse_declared(name: str, text: str, dialect: Dialect) -> Declared:
    """`Decimal @db.Decimal(12, 2)` as the declaration of a field. Raises KavenError `plan_type_invalid`."""
    from kaven_schema.syntax.document import read_document

    document = read_document(Source("the new type", f"model X {{\n  {name} {text}\n}}\n"), dialect)
    fields = [field for block in document.blocks for field in block.block.fields]
    if document.diagnostics() or len(document.blocks) != 1 or len(fields) != 1:
        raise _invalid(text, "it is not a field's type")
    declared = Declared.of(fields[0])
    others = [own for own, _ in declared.attributes if own != "default" and "." not in own]
    if others:
        raise _invalid(text, f"@{others[0]} is no part of a type")
    return declared


def _invalid(text: str, problem: str) -> KavenError:
    return KavenError(
        "plan_type_invalid",
        f"{text!r}: {problem}",
        help="write it as in a schema: kaven migrate expand retype Invoice.total 'Decimal @db.Decimal(12, 2)'",
        exit_code=ExitCode.WRONG_USE,
    )


def renamed_index(attribute: Attribute, names: dict[str, str], *, keep_names: bool) -> str:
    """A line such as `@@index([a, b])` over other fields; a copy needs a name of its own, so it has none."""
    assert attribute.arguments is not None
    items = tuple(
        replace(item, value=_renamed(item.value, names))
        if item.name in ("", "fields") and item.value
        else item
        for item in attribute.arguments.items
        if keep_names or item.name not in ("map", "name")
    )
    return f"@@{attribute.name}{print_arguments(replace(attribute.arguments, items=items))}"


def _renamed(expression: Expression, names: dict[str, str]) -> Expression:
    match expression:
        case Array():
            return replace(expression, elements=tuple(_renamed(one, names) for one in expression.elements))
        case Constant() | FunctionCall():
            return replace(expression, name=names.get(expression.name, expression.name))
        case _:
            return expression
