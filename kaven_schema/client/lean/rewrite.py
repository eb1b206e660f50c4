"""Making a generated client lean: what only type checkers read moves out of what Python imports."""

from __future__ import annotations

from pathlib import Path

from kaven_schema.client.lean.definitions import TypesModule, UnknownLayoutError, split_types

LEAN_FILES = ("_kaven_lean.py", "types.index", "types.pyi")
"""What a lean client has beside the files of prisma-client-py."""

_REBUILD = (
    b"from ._compat import model_rebuild, field_validator\n",
    b"from ._compat import field_validator\nfrom ._kaven_lean import rebuild_later as model_rebuild\n",
)
_BASE_IMPORT = (
    b"from ._compat import PYDANTIC_V2, ConfigDict\n",
    b"from ._kaven_lean import complete_bases\nfrom ._compat import PYDANTIC_V2, ConfigDict\n",
)
_BASE = (
    b"    __prisma_model__: ClassVar[str]\n\n\n",
    b"    __prisma_model__: ClassVar[str]\n\n\ncomplete_bases(_PrismaModel)\n\n\n",
)
# Templates of prisma-client-py alone: with what it merely copies, the next generation starts.
_EDITS = {
    "models.py": (_REBUILD,),
    "partials.py": (_REBUILD,),
    "bases.py": (_BASE_IMPORT, _BASE),
}
_TYPES = b"""\
# The definitions stand in types.pyi, complete for type checkers; each is compiled when it is first asked for.
%s
from . import _kaven_lean, validator as _validator

_kaven_lean.serve_definitions(globals(), %d)
_validator._get_module = _kaven_lean.module_of
"""


def make_lean(package: Path) -> bool:
    """Rewrite the client at `package`; False, with nothing written, where its text is not as expected."""
    types = package / "types.py"
    try:
        split = split_types(types.read_bytes())
        edited = {package / name: _edited(package / name) for name in _EDITS}
    except UnknownLayoutError:
        return False
    size = types.stat().st_size
    (package / "_kaven_lean.py").write_bytes(Path(__file__).with_name("runtime.py").read_bytes())
    (package / "types.index").write_bytes(_index(split))
    types.rename(package / "types.pyi")
    types.write_bytes(_TYPES % (split.eager, size))
    for file, text in edited.items():
        file.write_bytes(text)
    return True


def _edited(file: Path) -> bytes:
    text = file.read_bytes()
    for old, new in _EDITS[file.name]:
        if text.count(old) != 1:
            raise UnknownLayoutError(f"{file.name}: {old!r}")
        text = text.replace(old, new)
    return text


def _index(split: TypesModule) -> bytes:
    """Sorted by name; of two definitions of one name the last holds."""
    places = {name.encode(): (start, end) for name, start, end in split.definitions}
    return b"".join(b"%s %d %d\n" % (name, *place) for name, place in sorted(places.items()))
