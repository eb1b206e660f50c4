"""The nodes of a Prisma schema: nodes only, no behaviour beyond looking at themselves.

A tree does not know where in its file it stands. Spans of the nodes below a block count from the start of the
block's text; spans inside the attributes of a line count from where those attributes begin (`attributes_at` of the
line). So equal blocks and equal attributes share one tree, and a block that moves needs no parsing.

    model User {                              Block(kind=MODEL, name="User")
      id    String  @id @default(uuid())      Field(name="id", type=FieldType(name="String"), attributes=...)
    //                  ^^^^^^^^^^^^^^^^      Attribute(name="default", arguments=(Argument(value=FunctionCall),))
      tags  String[]  // free words           Field(type=FieldType(arity=LIST), comment=Comment("// free words"))
      @@map("users")                          BlockAttribute(attribute=Attribute(name="map"))
    }
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, field, fields
from enum import StrEnum

from kaven_schema.source import Span
from kaven_schema.syntax.frozen import node

_NOWHERE = Span(0, 0)


class BlockKind(StrEnum):
    MODEL = "model"
    VIEW = "view"
    TYPE = "type"
    ENUM = "enum"
    DATASOURCE = "datasource"
    GENERATOR = "generator"

    @property
    def has_fields(self) -> bool:
        return self in (BlockKind.MODEL, BlockKind.VIEW, BlockKind.TYPE)


class Arity(StrEnum):
    """How many values a field holds; the value is what is written behind the type."""

    REQUIRED = ""
    OPTIONAL = "?"
    LIST = "[]"


@node
class Node:
    """What all nodes share. Made for each class apart, comparing and showing are a third of what importing costs."""

    span: Span = field(default=_NOWHERE, compare=False, repr=False)

    def __setattr__(self, name: str, _value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash((type(self), _values(self)))

    def __repr__(self) -> str:
        shown = [f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr]
        return f"{type(self).__name__}({', '.join(shown)})"


_COMPARED: dict[type[Node], tuple[str, ...]] = {}


def _values(node: Node) -> tuple[object, ...]:
    names = _COMPARED.get(type(node))
    if names is None:
        names = _COMPARED[type(node)] = tuple(one.name for one in fields(node) if one.compare)
    return tuple([getattr(node, name) for name in names])


# --- inside a line --------------------------------------------------------------------------------------------------


@node
class StringLiteral(Node):
    """`raw` is the literal as written, with its quotes and escapes."""

    raw: str


@node
class NumericLiteral(Node):
    """Kept as text: `1.0` and `1.00` are two defaults."""

    text: str


@node
class Constant(Node):
    """A bare word: `true`, `Cascade`, a field's or an enum value's name."""

    name: str


@node
class FunctionCall(Node):
    name: str
    arguments: Arguments


@node
class Array(Node):
    elements: tuple[Expression, ...]


@node
class Object(Node):
    """`{ a: true, b: { not: null } }`, in dialect 7; each entry has a name and a value."""

    entries: tuple[Argument, ...]


Expression = StringLiteral | NumericLiteral | Constant | FunctionCall | Array | Object


@node
class Argument(Node):
    """`value`, `name: value`, or the incomplete `name:` that the grammar lets pass and a rule refuses."""

    name: str = ""
    value: Expression | None


@node
class Arguments(Node):
    """What stands in parentheses; the grammar lets a trailing comma pass, and a rule refuses it."""

    items: tuple[Argument, ...] = ()
    trailing_comma: bool = False

    def __iter__(self) -> Iterator[Argument]:
        return iter(self.items)

    def named(self, *names: str) -> Expression | None:
        """The value of the argument that bears one of the names; `""` is the first unnamed one."""
        for argument in self.items:
            if argument.name in names:
                return argument.value
        return None


@node
class Attribute(Node):
    """`@name`, `@name(…)`, and behind a second `@` the attribute of a block. `@id` and `@id()` are told apart."""

    name: str
    arguments: Arguments | None = None

    def argument(self, *names: str) -> Expression | None:
        return self.arguments.named(*names) if self.arguments else None


@node
class FieldType(Node):
    """`unsupported` holds the raw string literal of `Unsupported("…")`, and then `name` is `Unsupported`.

    `padding` are the blanks around that literal, which Prisma's formatter leaves as they are.
    """

    name: str
    arity: Arity = Arity.REQUIRED
    unsupported: str = ""
    padding: tuple[str, str] = field(default=("", ""), compare=False, repr=False)


# --- lines ----------------------------------------------------------------------------------------------------------


@node
class Comment(Node):
    """One comment as written, from its first slash on. In dialects 6 and 7 it may be a block comment of many lines."""

    text: str

    @property
    def is_documentation(self) -> bool:
        return self.text.startswith("///")

    @property
    def is_block(self) -> bool:
        """Prisma 6 and 7 take a block comment right above a declaration for its documentation."""
        return self.text.startswith("/*")


@node
class EmptyLines(Node):
    """One group of empty lines, whatever its size. Behind a block's `}` it begins with the end of that very line."""


@node
class Line(Node):
    """What the lines with attributes have in common."""

    comment: Comment | None = None
    attributes_at: int = field(default=0, compare=False, repr=False)

    def place_of(self, node: Node) -> Span:
        """The span, within the block, of a node inside this line's attributes or value."""
        return node.span.shifted(self.attributes_at)


@node
class Field(Line):
    name: str
    type: FieldType
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        return None


@node
class EnumValue(Line):
    name: str
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        return None


@node
class Property(Line):
    """`name = value` in a datasource or a generator; Prisma's parser lets the value be absent."""

    name: str
    value: Expression | None


@node
class BlockAttribute(Line):
    attribute: Attribute


Member = Field | EnumValue | Property | BlockAttribute | Comment | EmptyLines


# --- blocks ---------------------------------------------------------------------------------------------------------


@node
class Block(Node):
    """A model, view, composite type, enum, datasource or generator.

    `opening` is the text behind `{`, which Prisma drops. A comment there must not be lost: it is `opening_comment`,
    as what documents nothing; what is none in the block's dialect is not. `has_block_comments` may be true without one.
    """

    kind: BlockKind
    name: str
    name_span: Span = field(default=_NOWHERE, compare=False, repr=False)
    opening: str = ""
    opening_comment: str = field(default="", compare=False, repr=False)
    has_block_comments: bool = field(default=False, compare=False, repr=False)
    members: tuple[Member, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple([member for member in self.members if isinstance(member, Field)])

    @property
    def values(self) -> tuple[EnumValue, ...]:
        return tuple([member for member in self.members if isinstance(member, EnumValue)])

    @property
    def properties(self) -> tuple[Property, ...]:
        return tuple([member for member in self.members if isinstance(member, Property)])

    @property
    def attributes(self) -> tuple[BlockAttribute, ...]:
        return tuple([member for member in self.members if isinstance(member, BlockAttribute)])


TopLevel = Block | Comment | EmptyLines


@node
class Schema(Node):
    """A whole file, in its order."""

    items: tuple[TopLevel, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple([item for item in self.items if isinstance(item, Block)])
