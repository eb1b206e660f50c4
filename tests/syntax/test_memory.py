from __future__ import annotations

import marshal

from hypothesis import strategies as st

from kaven_schema.syntax.memory import decode, encode
from kaven_schema.syntax.parser import parser_for
from kaven_schema.syntax.printer import print_attribute
from tests.laws import strategies
from tests.laws.law import law
from tests.laws.reading import nodes

lines = st.lists(strategies.attributes("7").map(print_attribute), max_size=3).map(" ".join)


@law(lines, examples=60)
def test_a_kept_tree_comes_back_with_its_places(text):
    parsed = parser_for("7").attributes(text)
    back = decode(marshal.loads(marshal.dumps(encode(parsed))))
    assert back == parsed
    spans = [[(type(node), node.span) for root in tree for node in nodes(root)] for tree in (parsed, back)]
    assert spans[0] == spans[1]
