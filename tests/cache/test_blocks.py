from __future__ import annotations

import marshal
import os
from pathlib import Path

import pytest

from kaven_schema.cache.blocks import BlockCache, CompiledBlock, WatchedKinds
from kaven_schema.catalog.reading import read_facts
from kaven_schema.merge.pairing import MergedBlock, pair
from kaven_schema.render.layout import RenderedBlock
from kaven_schema.source import Source
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.document import read_document
from tests.merge.cases import Case


def block(text: str, path: str = "b.prisma") -> MergedBlock:
    return pair(read_document(Source(path, text)), ()).blocks[0]


def compiled(merged: MergedBlock, text: str = "text") -> CompiledBlock:
    return CompiledBlock(read_facts(merged), RenderedBlock(merged, text), ())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "blocks"


def kept(file: Path, merged: MergedBlock, asked: dict[str, str], seed: str = "seed") -> None:
    cache = BlockCache(file, seed)
    cache.keep(cache.key_of(merged), merged, compiled(merged), asked)
    cache.save()


def find(cache: BlockCache, merged: MergedBlock, kinds: dict[str, BlockKind]) -> CompiledBlock | None:
    return cache.find(cache.key_of(merged), merged, kinds)


MODEL = "model A {\n  id Int @id\n  b B\n}\n"
KINDS = {"A": BlockKind.MODEL, "B": BlockKind.ENUM}


def test_what_is_kept_is_found_by_the_next_run(file):
    kept(file, block(MODEL), {"B": "enum"})
    found = find(BlockCache(file, "seed"), block(MODEL), KINDS)
    assert found is not None
    assert found.rendered.text == "text"
    assert found.facts == read_facts(block(MODEL))


def test_a_block_that_moved_is_found(file):
    kept(file, block(MODEL), {})
    moved = block(f"// more\n\n{MODEL}")
    found = find(BlockCache(file, "seed"), moved, KINDS)
    assert found is not None
    assert found.rendered.merged is moved


@pytest.mark.parametrize(
    ("text", "path", "kinds", "seed"),
    [
        (MODEL.replace("Int", "String"), "b.prisma", KINDS, "seed"),
        (MODEL, "c.prisma", KINDS, "seed"),
        (MODEL, "b.prisma", {**KINDS, "B": BlockKind.MODEL}, "seed"),
        (MODEL, "b.prisma", {"A": BlockKind.MODEL}, "seed"),
        (MODEL, "b.prisma", KINDS, "other"),
    ],
)
def test_nothing_is_found_for_another(file, text, path, kinds, seed):
    kept(file, block(MODEL), {"B": "enum"})
    assert find(BlockCache(file, seed), block(text, path), kinds) is None


def test_a_name_that_was_asked_for_and_is_new_is_another_state(file):
    kept(file, block(MODEL), {"B": ""})
    assert find(BlockCache(file, "seed"), block(MODEL), {}) is not None
    assert find(BlockCache(file, "seed"), block(MODEL), KINDS) is None


def test_what_results_depend_on_besides_is_part_of_the_seed(file):
    kept(file, block(MODEL), {})
    cache = BlockCache(file, "seed")
    cache.depends_on("postgresql")
    assert find(cache, block(MODEL), KINDS) is None


def test_what_a_run_does_not_use_is_forgotten(file):
    kept(file, block(MODEL), {})
    cache = BlockCache(file, "seed")
    cache.text("header", lambda: "made")
    cache.save()
    assert find(BlockCache(file, "seed"), block(MODEL), KINDS) is None


def test_a_text_is_made_once(file):
    cache = BlockCache(file, "seed")
    assert cache.text("header", lambda: "made") == "made"
    cache.save()
    assert BlockCache(file, "seed").text("header", lambda: "again") == "made"
    assert BlockCache(file, "other").text("header", lambda: "again") == "again"


def test_a_run_that_changes_nothing_writes_nothing(file):
    kept(file, block(MODEL), {})
    before = os.stat(file).st_mtime_ns, file.read_bytes()
    cache = BlockCache(file, "seed")
    find(cache, block(MODEL), KINDS)
    cache.save()
    assert (os.stat(file).st_mtime_ns, file.read_bytes()) == before


def test_without_a_file_nothing_is_kept():
    cache = BlockCache(None, "")
    cache.keep(cache.key_of(block(MODEL)), block(MODEL), compiled(block(MODEL)), {})
    assert find(cache, block(MODEL), KINDS) is None
    cache.save()


def test_a_folder_that_cannot_be_made_is_no_failure(tmp_path):
    (tmp_path / "cache").write_text("a file is in the way")
    kept(tmp_path / "cache" / "blocks", block(MODEL), {})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"no marshal",
        marshal.dumps(1),
        marshal.dumps([1]),
        marshal.dumps("x" * 100)[:50],
        b"\xff" * 100,
    ],
)
def test_a_spoilt_file_is_as_none(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    assert find(BlockCache(file, "seed"), block(MODEL), KINDS) is None


def test_a_file_cut_short_changes_nothing(tmp_path):
    case = Case("shop")
    file = tmp_path / "blocks"
    wanted = case.compile(BlockCache(file, "")).text
    whole = file.read_bytes()
    for length in range(0, len(whole), len(whole) // 50):
        file.write_bytes(whole[:length])
        assert case.compile(BlockCache(file, "")).text == wanted


def test_the_file_is_for_its_owner_alone(file):
    kept(file, block(MODEL), {})
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["blocks"]


def test_kinds_remember_what_was_asked():
    kinds = WatchedKinds(KINDS)
    assert kinds["A"] is BlockKind.MODEL
    assert kinds.get("C") is None
    with pytest.raises(KeyError):
        kinds["D"]
    assert "B" in kinds
    assert len(kinds) == 2
    assert kinds.asked == {"A": "model", "B": "enum", "C": "", "D": ""}
    with pytest.raises(TypeError):
        list(kinds)
