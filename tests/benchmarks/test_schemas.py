"""What the benchmarks measure on: of the stated size, the same each time, and valid for Prisma."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.schemas import Layers, change_one_block, make_layers
from kaven_schema.api import merge
from kaven_schema.engines.schema_wasm import SchemaEngine
from kaven_schema.pipeline import Merged
from kaven_schema.source import Source

SMALLEST = 14


def merged(layers: Layers) -> Merged:
    base, extended = (Source(name, text) for name, text in layers._asdict().items())
    return merge(base, [extended])


def models_of(text: str) -> list[str]:
    return re.findall(r"^model (\w+)", text, re.MULTILINE)


@pytest.fixture(scope="module")
def large() -> Merged:
    return merged(make_layers(262))


@pytest.mark.parametrize("models", [*range(SMALLEST, SMALLEST + 9), 57, 200])
def test_as_many_models_as_wished_and_valid_for_prisma(models: int) -> None:
    text = merged(make_layers(models)).text
    assert len(models_of(text)) == models
    SchemaEngine.load("5.17").validate([("schema.prisma", text)])


def test_the_large_schema_is_valid_for_prisma(large: Merged) -> None:
    SchemaEngine.load("5.17").validate([("schema.prisma", large.text)])


def test_the_large_schema_is_like_real_ones(large: Merged) -> None:
    lines = large.text.splitlines()
    silent = [line for line in lines if not line.strip() or line.lstrip().startswith("//")]
    assert len(models_of(large.text)) == 262
    assert 10_500 < len(lines) < 11_500
    assert 390_000 < len(large.text.encode()) < 420_000
    assert 0.3 < len(silent) / len(lines) < 0.4
    assert large.text.count("@relation(") > 2 * 262


def test_both_layers_have_models_and_extended_re_opens_some_of_base() -> None:
    base, extended = (set(models_of(text)) for text in make_layers(262))
    assert len(base) > 150
    assert len(extended - base) > 75
    assert len(extended & base) > 30


def test_the_same_size_gives_the_same_bytes_in_every_process(checkout: Path) -> None:
    code = "from benchmarks.schemas import make_layers; print(repr(make_layers(262)))"
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        made = subprocess.run(
            [sys.executable, "-c", code], cwd=checkout, env=environment, check=True, capture_output=True
        )
        digests.add(sha256(made.stdout).hexdigest())
    assert len(digests) == 1


def test_each_change_is_one_field_in_another_block() -> None:
    base, extended = make_layers(40)
    texts = [extended]
    for number in range(5):
        texts.append(change_one_block(texts[-1], number))
    changed = [set(after.splitlines()) - set(before.splitlines()) for before, after in pairwise(texts)]
    assert [len(lines) for lines in changed] == [1] * 5
    assert len(set[str]().union(*changed)) == 5
    blocks = [re.split(r"\n(?=model )", text) for text in texts]
    places = [[old != new for old, new in zip(*pair, strict=True)].index(True) for pair in pairwise(blocks)]
    assert len(set(places)) == 5
    assert merged(Layers(base, texts[-1])).is_valid
