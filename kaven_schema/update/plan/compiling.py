"""The merges of one plan share what a block compiles to: most blocks are the same in all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from kaven_schema.cache.blocks import BlockCache, CompiledBlock
from kaven_schema.cache.encoding import decode_diagnostic, encode_diagnostic
from kaven_schema.catalog.facts import BlockFacts
from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.render.layout import RenderedBlock
from kaven_schema.syntax.ast import BlockKind


class _Kept(NamedTuple):
    asked: dict[str, str]
    facts: BlockFacts
    text: str
    diagnostics: tuple[Any, ...]


class SharedBlocks(BlockCache):
    """Kept in memory. A file's name is no part of a key: base has another one in each release."""

    def __init__(self) -> None:
        super().__init__(None, "")
        self._settings = ""
        self._blocks: dict[bytes, _Kept] = {}

    def depends_on(self, more: str) -> None:
        self._settings = more

    def key_of(self, merged: MergedBlock) -> bytes:
        digest = hashlib.blake2b(self._settings.encode(), digest_size=16)
        for part in merged.parts:
            digest.update(f"\0{part.layer.value}\0{part.text.text}".encode())
        return digest.digest()

    def find(self, key: bytes, merged: MergedBlock, kinds: Mapping[str, BlockKind]) -> CompiledBlock | None:
        kept = self._blocks.get(key)
        if kept is None or any(str(kinds.get(name) or "") != kind for name, kind in kept.asked.items()):
            return None
        diagnostics = tuple(decode_diagnostic(found, merged) for found in kept.diagnostics)
        return CompiledBlock(kept.facts, RenderedBlock(merged, kept.text), diagnostics)

    def keep(
        self, key: bytes, merged: MergedBlock, compiled: CompiledBlock, asked: Mapping[str, str]
    ) -> None:
        diagnostics = tuple(encode_diagnostic(found, merged) for found in compiled.diagnostics)
        self._blocks[key] = _Kept(dict(asked), compiled.facts, compiled.rendered.text, diagnostics)
