from __future__ import annotations

import pytest

from kaven_schema.render.blocks import line_places, render_block
from kaven_schema.syntax.ast import Field
from tests.merge.cases import CASES, Case


def is_relation(field: Field) -> bool:
    return field.type.name[:1].isupper()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_line_has_its_place(case: Case):
    for block in case.compile().layers.blocks:
        lines = render_block(block, is_relation).text.split("\n")
        places = list(line_places(block, is_relation))
        assert len(places) == len(lines)
        assert places[0] == (0, 0)
        assert places[-1] == (0, len(block.parts[0].text.text) - 1)
        assert block.parts[0].text.text.endswith("}")
