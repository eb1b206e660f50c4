"""What holds for every text that is printed from its tree, the source thrown away: Prisma sees no difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from kaven_schema.proof.base_stands import find_losses
from kaven_schema.syntax.ast import Attribute, Block, Field, Line, Member, Schema
from kaven_schema.syntax.dialect import DIALECTS
from kaven_schema.syntax.printer import format_schema, print_schema
from tests.laws import complete
from tests.laws.engines import errors, prisma
from tests.laws.law import law
from tests.laws.reading import comments, tree
from tests.laws.strategies import schema_texts

# Behind another comment Prisma 6 and 7 wrap an indented block comment once more at each run of their formatter.
without_block_comments = st.one_of(
    [st.tuples(st.just(dialect), schema_texts(dialect, block_comments=False)) for dialect in DIALECTS]
)
in_dialects = st.one_of([st.tuples(st.just(dialect), schema_texts(dialect)) for dialect in DIALECTS])


@law(in_dialects)
def test_printing_is_stable(case):
    dialect, text = case
    printed = print_schema(tree(text, dialect))
    assert print_schema(tree(printed, dialect)) == printed


@law(in_dialects)
def test_formatting_is_stable(case):
    dialect, text = case
    formatted = format_schema(tree(text, dialect))
    assert format_schema(tree(formatted, dialect)) == formatted


@law(in_dialects)
def test_no_comment_is_lost(case):
    dialect, text = case
    text = text.replace("/*", "//").replace("*/", "").replace("\n *", "\n//")
    written = comments(text, dialect)
    assert comments(print_schema(tree(text, dialect)), dialect) == written
    assert comments(format_schema(tree(text, dialect)), dialect) == written


@law(without_block_comments)
def test_prisma_formats_what_is_printed_as_it_formats_the_source(case):
    dialect, text = case
    assert prisma(dialect).format(print_schema(tree(text, dialect))) == prisma(dialect).format(text)


@law(in_dialects, examples=30)
def test_prisma_leaves_what_is_formatted(case):
    dialect, text = case
    schema = tree(text, dialect)
    # Of a property without a value, which it refuses, Prisma's formatter takes the `=` away.
    assume(all(line.value for block in schema.blocks for line in block.properties))
    formatted = format_schema(schema)
    assert prisma(dialect).format(formatted) == formatted


@law(in_dialects, examples=30)
def test_the_proof_finds_all_in_what_is_formatted(case):
    dialect, text = case
    text = text.replace(", )", ")")  # which Prisma refuses, and the printer leaves out
    schema = tree(text, dialect)
    assume(all(map(is_named_once, [schema.blocks, *map(declared, schema.blocks)])))
    assert not find_losses(text, format_schema(schema), block_comments=dialect != "5.17")


def declared(block: Block) -> tuple[Member, ...]:
    return (*block.fields, *block.values, *block.properties)


def is_named_once(named: tuple[Any, ...]) -> bool:
    return len({one.name for one in named}) == len(named)


@law(complete.texts())
def test_complete_schemas_stay_what_they_are(text):
    engine, schema = prisma("5.17"), tree(text)
    assert not errors(text)
    printed, formatted = print_schema(schema), format_schema(schema)
    assert engine.format(printed) == engine.format(text)
    assert engine.format(formatted) == formatted
    before = engine.dmmf([("schema.prisma", text)])
    assert engine.dmmf([("schema.prisma", printed)]) == before
    assert engine.dmmf([("schema.prisma", formatted)]) == before


@law(complete.units(), st.data(), examples=25)
def test_changed_nodes_are_printed_as_the_changed_source_is_formatted(units, data):
    """A renamed field, an added attribute, a removed line: in the tree, and in the text."""
    number = data.draw(st.sampled_from([n for n, unit in enumerate(units) if unit.kind == "model"]))
    line = data.draw(st.integers(0, len(units[number].lines) - 1))
    change_line, change_member = data.draw(st.sampled_from(CHANGES))
    lines = change_line(units[number].lines, line)
    edited = (*units[:number], replace(units[number], lines=lines), *units[number + 1 :])
    layout = data.draw(complete.layouts())
    printed = print_schema(changed(tree(layout.text(units)), units[number].name, line, change_member))
    assert prisma("5.17").format(printed) == prisma("5.17").format(layout.text(edited))


def changed(schema: Schema, name: str, line: int, change) -> Schema:
    def change_block(block: Block) -> Block:
        declarations = [n for n, member in enumerate(block.members) if hasattr(member, "attributes_at")]
        place = declarations[line]
        members = (*block.members[:place], *change(block.members[place]), *block.members[place + 1 :])
        return replace(block, members=members)

    items = [
        change_block(item) if isinstance(item, Block) and item.name == name else item for item in schema.items
    ]
    return replace(schema, items=tuple(items))


def rename_line(lines: tuple[complete.Line, ...], at: int) -> tuple[complete.Line, ...]:
    return tuple(
        replace(line, name="renamed") if n == at and line.name else line for n, line in enumerate(lines)
    )


def rename_member(member: Member) -> tuple[Member, ...]:
    return (replace(member, name="renamed") if isinstance(member, Field) else member,)


def attribute_line(lines: tuple[complete.Line, ...], at: int) -> tuple[complete.Line, ...]:
    return tuple(
        replace(line, text=f"{line.text} @ignore") if n == at and line.name else line
        for n, line in enumerate(lines)
    )


def attribute_member(member: Member) -> tuple[Member, ...]:
    if not isinstance(member, Field):
        return (member,)
    return (replace(member, attributes=(*member.attributes, Attribute(name="ignore"))),)


def uncommented_lines(lines: tuple[complete.Line, ...], at: int) -> tuple[complete.Line, ...]:
    return tuple(replace(line, behind="") if n == at else line for n, line in enumerate(lines))


def uncommented_member(member: Member) -> tuple[Member, ...]:
    return (replace(member, comment=None),) if isinstance(member, Line) else (member,)


CHANGES = (
    (rename_line, rename_member),
    (attribute_line, attribute_member),
    (uncommented_lines, uncommented_member),
)
