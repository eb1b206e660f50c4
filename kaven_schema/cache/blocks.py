"""What a block compiled to, kept by the texts that it was made of.

An entry holds for as long as the block's own texts, the settings and the kinds of the names that it looked up are
the same. Kept with marshal: plain tuples, which reading can never execute.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kaven_schema.cache.encoding import decode_diagnostic, decode_facts, encode_diagnostic, encode_facts
from kaven_schema.catalog.facts import BlockFacts
from kaven_schema.diagnostics import Diagnostic
from kaven_schema.files.caching import read_cache, write_cache
from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.render.layout import RenderedBlock
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.parser import Parser

_MOST_ATTRIBUTES = 50_000
_MARSHAL_VERSION = 2  # the last without references between objects, which cost more than they save


class CompiledBlock(NamedTuple):
    """Everything that is known of one merged block without looking into others."""

    facts: BlockFacts
    rendered: RenderedBlock
    diagnostics: tuple[Diagnostic, ...]


class WatchedKinds(Mapping[str, BlockKind]):
    """The kinds of all blocks by name; remembers what was asked, for that is what the answer depends on."""

    def __init__(self, kinds: Mapping[str, BlockKind]) -> None:
        self._kinds = kinds
        self.asked: dict[str, str] = {}

    def __getitem__(self, name: str) -> BlockKind:
        kind: BlockKind | None = self.get(name)
        if kind is None:
            raise KeyError(name)
        return kind

    def get(self, name: str, default: Any = None) -> Any:
        kind = self._kinds.get(name)
        self.asked[name] = str(kind or "")
        return default if kind is None else kind

    def __iter__(self) -> Iterator[str]:
        raise TypeError(
            "a block rule asks for names that it knows: a look at all of them could not be remembered"
        )

    def __len__(self) -> int:
        return len(self._kinds)


class BlockCache:
    """The kept blocks of one project. `seed` stands for settings and code: with another one nothing is found."""

    def __init__(self, file: Path | None, seed: str) -> None:
        self._file = file
        self._seed = seed.encode()
        self._kept: dict[bytes, Any] = _load(file) if file else {}
        self._used: dict[bytes, Any] = {}
        self._changed = False
        self._parser: Parser | None = None
        self._attributes = hashlib.blake2b(self._seed + b"attributes", digest_size=16).digest()

    def find(self, key: bytes, merged: MergedBlock, kinds: Mapping[str, BlockKind]) -> CompiledBlock | None:
        """What was kept of a block with the same `key_of`, for as long as the kinds that it asked for hold."""
        entry = self._kept.get(key)
        if entry is None or not _kinds_hold(entry[0], kinds):
            return None
        self._used[key] = entry
        _, facts, text, diagnostics = entry
        return CompiledBlock(
            decode_facts(facts),
            RenderedBlock(merged, text),
            tuple(decode_diagnostic(found, merged) for found in diagnostics),
        )

    def keep(
        self, key: bytes, merged: MergedBlock, compiled: CompiledBlock, asked: Mapping[str, str]
    ) -> None:
        if self._file is None:
            return
        self._changed = True
        self._used[key] = (
            dict(asked),
            encode_facts(compiled.facts),
            compiled.rendered.text,
            tuple(encode_diagnostic(found, merged) for found in compiled.diagnostics),
        )

    def text(self, name: str, make: Callable[[], str]) -> str:
        """A text that depends on nothing but its name, the settings and the code."""
        key = hashlib.blake2b(self._seed + name.encode(), digest_size=16).digest()
        if key not in self._kept:
            self._changed = True
        self._used[key] = text = self._kept.get(key) or make()
        return str(text)

    def depends_on(self, more: str) -> None:
        """Something else that all results depend on, known only once the files are read."""
        self._seed += b"\0" + more.encode()

    def recall_attributes(self, parser: Parser) -> None:
        """Let the parser take what earlier runs parsed: without a new attribute it need not be loaded at all."""
        self._parser = parser
        parser.recall(self._kept.get(self._attributes, {}))

    def _keep_attributes(self) -> None:
        kept = self._kept.get(self._attributes, {})
        parsed = self._parser.parsed() if self._parser and self._file else {}
        if len(kept) + len(parsed) > _MOST_ATTRIBUTES:
            kept = {}  # those of blocks that are long gone would pile up
        self._changed = self._changed or bool(parsed)
        self._used[self._attributes] = {**kept, **parsed}

    def save(self) -> None:
        """Write what this run used; what it did not is forgotten."""
        self._keep_attributes()
        if self._file and (self._changed or len(self._used) != len(self._kept)):
            write_cache(self._file, marshal.dumps(self._used, _MARSHAL_VERSION))

    def key_of(self, merged: MergedBlock) -> bytes:
        """Stands for the texts of a block and all else that its result depends on, but for kinds."""
        digest = hashlib.blake2b(self._seed, digest_size=16)
        for part in merged.parts:
            digest.update(f"\0{part.layer.value}\0{part.text.source.path}\0{part.text.text}".encode())
        return digest.digest()


def _kinds_hold(asked: Mapping[str, str], kinds: Mapping[str, BlockKind]) -> bool:
    return all((found.value if (found := kinds.get(name)) else "") == kind for name, kind in asked.items())


def _load(file: Path) -> dict[bytes, Any]:
    content = read_cache(file)
    try:
        loaded = marshal.loads(content) if content else {}
    except (ValueError, EOFError, TypeError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
