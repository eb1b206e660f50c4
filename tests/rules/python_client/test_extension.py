from __future__ import annotations

import pytest

from kaven_schema.rules.python_client.extension import read_extension


@pytest.mark.parametrize(
    ("documentation", "name"),
    [
        ("", ""),
        ("A @Python model, and @Python()", ""),
        ("@python(instance_name: 'x')", ""),
        ('@Python(instance_name: "people")', "people"),
        ("Persons.\n@Python( instance_name : 'people' , )\nMore.", "people"),
        ('@Python(\n  instance_name: "people"\n)', "people"),
        ('@Python(other: "x")', ""),
        ('@Python(instance_name: "x", instance_name: "y")', "y"),
        ('@Python(instance_name: "")', ""),
        ("@Python(", ""),
    ],
)
def test_name(documentation: str, name: str) -> None:
    found = read_extension(documentation)
    assert (found.instance_name, found.fault) == (name, "")


@pytest.mark.parametrize(
    "documentation",
    [
        "@Python(instance_name: people)",
        '@Python(instance_name="people")',
        '@Python("people")',
        "see @Python(below)",
        '@Python(instance_name: "two words")',
        '@Python(instance_name: "1st")',
        '@Python(instance_name: "__init__")',
        '@Python(instance_name: "a")\n@Python(instance_name: "b")',
        '@Python(instance_name: "a)b")',
    ],
)
def test_fault(documentation: str) -> None:
    assert read_extension(documentation).fault
