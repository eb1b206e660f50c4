from __future__ import annotations

import pytest

from kaven_schema.merge.pairing import Layer, Layers, pair
from kaven_schema.source import Source, Span
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.document import read_document


def paired(base: str, *extended: str) -> Layers:
    documents = [read_document(Source(f"e{number}", text)) for number, text in enumerate(extended)]
    return pair(read_document(Source("b", base)), documents)


def shown(layers: Layers) -> list[tuple[str, list[str]]]:
    return [(block.name, [part.text.source.path for part in block.parts]) for block in layers.blocks]


def blocks(*names: str, kind: str = "model") -> str:
    return "".join(f"{kind} {name} {{\n  id Int @id\n}}\n" for name in names)


def test_base_comes_first_in_its_order_then_what_only_extended_has():
    layers = paired(blocks("B", "A"), blocks("D", "A"), blocks("C", "B", "D"))
    assert shown(layers) == [("B", ["b", "e1"]), ("A", ["b", "e0"]), ("D", ["e0", "e1"]), ("C", ["e1"])]


def test_a_block_knows_its_layers():
    base, extended = paired(blocks("A"), blocks("A", "B")).blocks
    assert base.base is base.parts[0]
    assert [part.layer for part in base.parts] == [Layer.BASE, Layer.EXTENDED]
    assert base.extensions == base.parts[1:]
    assert extended.base is None
    assert extended.extensions == ()


def test_one_file_may_reopen_a_block_more_than_once():
    (block,) = paired(blocks("A"), blocks("A", "A")).blocks
    assert len(block.extensions) == 2


@pytest.mark.parametrize("kind", ["model", "view", "type", "enum"])
def test_models_views_types_and_enums_share_their_names(kind):
    (block,) = paired(blocks("A"), blocks("A", kind=kind)).blocks
    assert block.kind is BlockKind.MODEL
    assert len(block.parts) == 2


def test_datasources_and_generators_have_names_of_their_own():
    layers = paired(blocks("A"), blocks("A", kind="datasource"), blocks("A", kind="generator"))
    assert len(layers.blocks) == 3


def test_fields_come_with_their_part():
    (block,) = paired(blocks("A"), "model A {\n  b Int\n}\n").blocks
    assert [(part.layer, field.name) for part, field in block.fields()] == [
        (Layer.BASE, "id"),
        (Layer.EXTENDED, "b"),
    ]


def test_labels_stand_in_the_file():
    layers = paired("// first\n" + blocks("A"))
    label = layers.blocks[0].parts[0].name_label("here")
    assert (label.source.path, label.span, label.text) == ("b", Span(15, 16), "here")


def test_documents_are_base_and_extended():
    assert [document.source.path for document in paired("", "", "").documents] == ["b", "e0", "e1"]
