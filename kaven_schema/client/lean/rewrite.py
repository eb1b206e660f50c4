"""Making a generated client lean: what only type checkers read moves out of what Python imports."""

from __future__ import annotations

import re
from pathlib import Path

from kaven_schema.client.lean.definitions import TypesModule, UnknownLayoutError, split_types

_HERE = Path(__file__).parent
_TRANSPORT = _HERE.parent / "transport"
# What is copied into a client, and under which name: flat, as all that prisma-client-py writes.
_COPIES = {
    "_kaven_lean.py": _HERE / "runtime.py",
    "_kaven_base.py": _HERE / "base.py",
    "_kaven_transport.py": _TRANSPORT / "__init__.py",
    **{f"_kaven_{file.name}": file for file in sorted(_TRANSPORT.glob("[a-z]*.py"))},
}
LEAN_FILES = (*_COPIES, "types.index", "types.pyi")
"""What a lean client has beside the files of prisma-client-py."""

_IMPORTS = (
    (
        re.compile(rb"^( *)from kaven_schema\.client\.transport import", re.MULTILINE),
        b"from ._kaven_transport import",
    ),
    (re.compile(rb"^( *)from kaven_schema\.client\.transport\.", re.MULTILINE), rb"\1from ._kaven_"),
    (re.compile(rb"^( *)from prisma import", re.MULTILINE), rb"\1from . import"),
    (re.compile(rb"^( *)from prisma\.", re.MULTILINE), rb"\1from ."),
)
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
_CLIENTS_BASE = (
    b"from ._base_client import SyncBasePrisma, AsyncBasePrisma, load_env as load_env\n",
    (
        b"from ._base_client import load_env as load_env\n"
        b"from ._kaven_base import SyncBasePrisma, AsyncBasePrisma\n"
    ),
)
_CLIENTS_BUILDER = (
    b"from ._builder import QueryBuilder, dumps\n",
    b"from ._builder import dumps\nfrom ._kaven_base import QueryBuilder\n",
)
# Templates of prisma-client-py alone: with what it merely copies, the next generation starts.
_EDITS = {
    "models.py": (_REBUILD,),
    "partials.py": (_REBUILD,),
    "bases.py": (_BASE_IMPORT, _BASE),
    "client.py": (_CLIENTS_BASE, _CLIENTS_BUILDER),
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
    for name, source in _COPIES.items():
        (package / name).write_bytes(_with_own_imports(source.read_bytes()))
    (package / "types.index").write_bytes(_index(split))
    types.rename(package / "types.pyi")
    types.write_bytes(_TYPES % (split.eager, size))
    for file, text in edited.items():
        file.write_bytes(text)
    return True


def _with_own_imports(text: bytes) -> bytes:
    """A module of ours as one of the client's, which has all that it needs."""
    for pattern, own in _IMPORTS:
        text = pattern.sub(own, text)
    return text


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
