"""The whole generated file: the header that Jinja renders, the digests, and the chunks in their order."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from kaven_schema.render.layout import Chunk
from kaven_schema.source import Source
from kaven_schema.templating import template_environment

_DIGEST_LINE = re.compile(r"^// kaven: inputs ([0-9a-f]{16}) content ([0-9a-f]{16})\n(?:\n|\Z)", re.MULTILINE)
_HEADER_LIMIT = 20_000


class HeaderSource(NamedTuple):
    name: str
    role: str


class FileState(Enum):
    """What a file that stands at the place of the output is."""

    CURRENT = "current"
    STALE = "stale"
    EDITED = "edited"
    FOREIGN = "foreign"


def render_header(output: str, base: Source, extended: Sequence[Source]) -> str:
    """The comment at the top of the file. `output` is its path in the project, with forward slashes."""
    sources = [HeaderSource(os.path.basename(base.path), "Kaven core")]
    sources += [HeaderSource(os.path.basename(source.path), "Your customizations") for source in extended]
    return template_environment().get_template("schema.prisma.jinja").render(output=output, sources=sources)


def render_file(header: str, base: Source, extended: Sequence[Source], chunks: Sequence[Chunk]) -> str:
    """Header, digests, body. The digests tell a stale file from one that was edited by hand."""
    texts = [chunk.text for chunk in chunks]
    texts[-1:] = [text.rstrip("\n") for text in texts[-1:]]
    body = "".join([f"{text}\n" for text in texts])
    digests = f"// kaven: inputs {inputs_digest(base, extended)} content {_digest(body)}\n"
    return header + digests + (f"\n{body}" if body else "")


def inputs_digest(base: Source, extended: Sequence[Source]) -> str:
    return _digest("\0".join(source.text for source in (base, *extended)))


def state_of(written: str, base: Source, extended: Sequence[Source]) -> FileState:
    """Tells by the header alone, without compiling, what `written` is."""
    found = _DIGEST_LINE.search(written, 0, _HEADER_LIMIT)
    if not found:
        return FileState.FOREIGN
    if _digest(written[found.end() :]) != found[2]:
        return FileState.EDITED
    return FileState.CURRENT if found[1] == inputs_digest(base, extended) else FileState.STALE


def body_start(written: str) -> int:
    """The number of lines before the body of a generated file."""
    found = _DIGEST_LINE.search(written, 0, _HEADER_LIMIT)
    return written.count("\n", 0, found.end()) if found else 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
