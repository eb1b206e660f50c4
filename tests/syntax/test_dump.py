from __future__ import annotations

import json

from kaven_schema.syntax.dump import dump_document
from tests.laws.reading import document


def test_a_tree_as_json():
    dumped = dump_document(document('// a\nmodel B { // c\n  d E[] @f(g: ["h"]) // i\n}\n'))
    assert json.loads(json.dumps(dumped)) == dumped
    assert dumped["file"] == "schema.prisma"
    comment, block, _gap = dumped["items"]
    assert comment == {"node": "Comment", "at": [1, 1, 1, 5], "text": "// a"}
    assert (block["node"], block["at"], block["kind"], block["name"]) == ("Block", [2, 1, 4, 2], "model", "B")
    assert block["opening"] == "// c"
    (field,) = block["members"]
    assert field["at"] == [3, 3, 3, 26]
    assert field["type"] == {
        "node": "FieldType",
        "at": [3, 5, 3, 8],
        "name": "E",
        "arity": "[]",
        "unsupported": "",
    }
    assert field["comment"] == {"node": "Comment", "at": [3, 22, 3, 26], "text": "// i"}
    (attribute,) = field["attributes"]
    assert attribute["at"] == [3, 9, 3, 21]
    (argument,) = attribute["arguments"]["items"]
    assert (argument["name"], argument["at"]) == ("g", [3, 12, 3, 20])
    assert argument["value"]["elements"] == [{"node": "StringLiteral", "at": [3, 16, 3, 19], "raw": '"h"'}]


def test_places_in_a_block_far_down():
    dumped = dump_document(document("\n" * 9 + "enum E {\n  A\n}\n"))
    assert dumped["items"][1]["members"][0]["at"] == [11, 3, 11, 4]
