"""Making a generated client lean: what only type checkers read moves out of what Python imports."""

from __future__ import annotations

from pathlib import Path

from kaven_schema.client.lean.definitions import TypesModule, UnknownLayoutError, split_types

LEAN_FILES = ("_lean.py", "types.index", "types.pyi")
"""What a lean client has beside the files of prisma-client-py."""

_REBUILD = b"from ._compat import model_rebuild, field_validator\n"
_REBUILD_LATER = b"from ._compat import field_validator\nfrom ._lean import rebuild_later as model_rebuild\n"
_BASE = b"class _PrismaModel(BaseModel):\n"
_BASES_END = b"\nfrom ._lean import complete_bases\n\ncomplete_bases(_PrismaModel)\n"
_TYPES = b"""\
# The definitions stand in types.pyi, complete for type checkers; each is compiled when it is first asked for.
%s
from ._lean import serve_definitions as _serve_definitions

_serve_definitions(globals(), %d)
"""


def make_lean(package: Path) -> bool:
    """Rewrite the client at `package`; False, with nothing written, where its text is not as expected."""
    types, bases = package / "types.py", package / "bases.py"
    try:
        split = split_types(types.read_bytes())
        models = {file: _rebuilt_later(file.read_bytes()) for file in (package / "models.py", package / "partials.py")}
        based = _with_complete_bases(bases.read_bytes())
    except UnknownLayoutError:
        return False
    size = types.stat().st_size
    (package / "_lean.py").write_bytes(Path(__file__).with_name("runtime.py").read_bytes())
    (package / "types.index").write_bytes(_index(split))
    types.rename(package / "types.pyi")
    types.write_bytes(_TYPES % (split.eager, size))
    bases.write_bytes(based)
    for file, text in models.items():
        file.write_bytes(text)
    return True


def _rebuilt_later(text: bytes) -> bytes:
    if text.count(_REBUILD) != 1:
        raise UnknownLayoutError("no import of model_rebuild")
    return text.replace(_REBUILD, _REBUILD_LATER)


def _with_complete_bases(text: bytes) -> bytes:
    place = text.find(b"\n\n\n", text.find(_BASE))
    if _BASE not in text or place < 0:
        raise UnknownLayoutError("no class _PrismaModel")
    return text + _BASES_END


def _index(split: TypesModule) -> bytes:
    """Sorted by name; of two definitions of one name the last holds."""
    places = {name.encode(): (start, end) for name, start, end in split.definitions}
    return b"".join(b"%s %d %d\n" % (name, *place) for name, place in sorted(places.items()))
