"""The functions for programs, as the README shows them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import kaven_schema
from kaven_schema import KavenError, Merged, SchemaError, Severity
from kaven_schema.pipeline import CompilerOptions
from kaven_schema.source import Source
from tests.merge.cases import Case
from tests.projects import BASE_FILE, EXTENDED_FILE, OUTPUT, files, make_project
from tests.running import python

SHOP = Case("shop")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def test_parse_and_render():
    schema = kaven_schema.parse("model A {\n  id Int@id\n}\n")
    (block,) = schema.blocks
    changed = replace(schema, items=(replace(block, name="B"), *schema.items[1:]))
    assert kaven_schema.render(changed) == "model B {\n  id Int @id\n}\n"
    assert kaven_schema.parse(kaven_schema.render(schema)) == schema


def test_parse_tells_every_syntax_error():
    with pytest.raises(SchemaError) as caught:
        kaven_schema.parse("model A {\n  id: Int\n}\n\nmodel B {\n  c [Int]\n}\n", path="mine.prisma")
    found = caught.value.diagnostics
    assert [diagnostic.labels[0].source.path for diagnostic in found] == ["mine.prisma"] * 2
    assert [diagnostic.labels[0].span.start for diagnostic in found] == [14, 37]


def test_parse_takes_a_dialect():
    text = "model Größe {\n  id Int @id\n}\n"
    assert kaven_schema.parse(text, prisma="6").blocks[0].name == "Größe"
    with pytest.raises(SchemaError):
        kaven_schema.parse(text)


@pytest.mark.parametrize("kind", [str, Path])
def test_merge_takes_paths(root, kind):
    merged = kaven_schema.merge(kind(BASE_FILE), [kind(EXTENDED_FILE)])
    assert isinstance(merged, Merged)
    assert merged.is_valid
    origin = merged.origin_of(merged.text.split("\n").index("  vat String?") + 1)
    assert origin == (EXTENDED_FILE, 2)
    assert OUTPUT not in files(root)


def test_merge_takes_texts():
    assert kaven_schema.merge(SHOP.base, SHOP.extended).text == SHOP.compile().text
    assert kaven_schema.merge(SHOP.base).is_valid


def test_merge_takes_options():
    merged = kaven_schema.merge(SHOP.base, SHOP.extended, options=CompilerOptions(output="other.prisma"))
    assert merged.text.startswith("// other.prisma\n")


def test_what_the_rules_forbid_is_raised_whole():
    forbidden = Source("mine.prisma", "model Tenant {\n  name Int\n  vat String\n}\n")
    with pytest.raises(SchemaError) as caught:
        kaven_schema.merge(SHOP.base, [forbidden])
    errors = [found for found in caught.value.diagnostics if found.severity is Severity.ERROR]
    rules = {found.rule for found in errors}
    assert {"base_field_same_type", "extension_field_has_database_default"} <= rules
    assert kaven_schema.check(SHOP.base, [forbidden]) == caught.value.diagnostics


def test_check_raises_nothing_for_what_it_finds():
    assert kaven_schema.check(SHOP.base, SHOP.extended) == SHOP.compile().diagnostics
    assert kaven_schema.check(Source("b.prisma", "model A {"))


def test_compile_schema_writes_the_file(root):
    merged = kaven_schema.compile_schema(BASE_FILE, [EXTENDED_FILE], OUTPUT)
    assert (root / OUTPUT).read_text(encoding="utf-8") == merged.text
    assert sorted(path.name for path in (root / "prisma").iterdir()) == sorted(
        Path(name).name for name in (BASE_FILE, EXTENDED_FILE, OUTPUT)
    )


def test_compile_schema_writes_nothing_where_the_rules_forbid_it(root):
    (root / EXTENDED_FILE).write_text("model Tenant {\n  id Int\n}\n")
    before = files(root)
    with pytest.raises(SchemaError):
        kaven_schema.compile_schema(BASE_FILE, [EXTENDED_FILE], OUTPUT)
    assert files(root) == before


@pytest.mark.parametrize("base", ["gone.prisma", "prisma"])
def test_files_that_cannot_be_read_raise(root, base):
    for function in (kaven_schema.merge, kaven_schema.check):
        with pytest.raises(KavenError):
            function(base)


def test_names_of_the_package():
    assert kaven_schema.__all__ == sorted(kaven_schema.__all__)
    for name in kaven_schema.__all__:
        assert getattr(kaven_schema, name) is not None
    with pytest.raises(AttributeError):
        _ = kaven_schema.no_such_name


def test_importing_the_package_loads_nothing_of_it(checkout):
    code = "import sys, kaven_schema\nprint([n for n in sys.modules if n.startswith('kaven_schema.')])"
    assert python("-c", code, cwd=checkout).stdout == "[]\n"


USAGE = """\
from pathlib import Path

import kaven_schema
from kaven_schema import Diagnostic, Merged

merged: Merged = kaven_schema.merge(Path("a.prisma"), ["b.prisma"])
text: str = kaven_schema.render(kaven_schema.parse(merged.text))
found: tuple[Diagnostic, ...] = kaven_schema.check("a.prisma")
reveal_type(kaven_schema.compile_schema("a", [], "b").origin_of(1))
kaven_schema.parse("", prisma="4")
"""


def test_the_types_are_the_users_too(tmp_path, checkout):
    """py.typed: what a type checker says of a program that uses the package."""
    (tmp_path / "usage.py").write_text(USAGE)
    arguments = ["-m", "mypy", "--strict", "--no-incremental", "--config-file=", str(tmp_path / "usage.py")]
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert "Origin" in done.stdout
    assert 'Argument "prisma" to "parse"' in done.stdout
    assert done.stdout.count(": error:") == 1, done.stdout
