"""One schema with everything in it, there and back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import pytest

from kaven_schema.syntax import ast
from kaven_schema.syntax.printer import format_schema, print_schema
from tests.laws.engines import errors, prisma
from tests.laws.reading import comments, document, nodes, tree
from tests.laws.test_syntax_laws import FIXTURES
from tests.syntax.outlines import outline

FILE = FIXTURES / "syntax" / "kitchen_sink.prisma"


@pytest.fixture(scope="module")
def text() -> str:
    return FILE.read_text(encoding="utf-8")


def test_tree(text, expect):
    expect(FILE.with_suffix(".tree"), outline(document(text)))


def test_formatted(text, expect):
    formatted = format_schema(tree(text))
    expect(FILE.with_suffix(".formatted"), formatted)
    assert prisma("5.17").format(formatted) == formatted


def test_prisma_sees_no_difference(text):
    engine, printed = prisma("5.17"), print_schema(tree(text))
    assert not errors(text)
    assert engine.format(printed) == engine.format(text)
    for other in (printed, format_schema(tree(text))):
        assert engine.dmmf([("schema.prisma", other)]) == engine.dmmf([("schema.prisma", text)])
        assert comments(other) == comments(text)
        assert tree(other) == tree(print_schema(tree(other)))


def test_every_kind_of_node_is_in_it(text):
    found = {type(node) for node in nodes(tree(text))}
    kinds = {block.kind for block in tree(text).blocks}
    assert kinds == set(ast.BlockKind) - {ast.BlockKind.TYPE}  # PostgreSQL has no composite types
    wanted = {node for node in vars(ast).values() if isinstance(node, type) and issubclass(node, ast.Node)}
    assert found == wanted - {ast.Node, ast.Line, ast.Object}  # which only dialect 7 has


def test_nodes_cannot_be_changed(text):
    for node in nodes(tree(text)):
        assert is_dataclass(node)
        last = fields(node)[-1].name
        with pytest.raises(FrozenInstanceError):
            setattr(node, last, None)
        with pytest.raises(FrozenInstanceError):
            delattr(node, last)
        assert not hasattr(node, "__dict__")
        hash(node)


def test_nodes_are_made_as_they_are_declared():
    with pytest.raises(TypeError, match="name"):
        ast.Constant()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        ast.Constant(name="a", other=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        ast.Constant("a")  # type: ignore[call-arg, arg-type]
    assert replace(ast.Constant(name="a"), name="b") == ast.Constant(name="b")


def _change(field: ast.Field) -> None:
    """Never called: mypy reads it, and would say so were a node no longer frozen to it."""
    field.name = "other"  # type: ignore[misc]
