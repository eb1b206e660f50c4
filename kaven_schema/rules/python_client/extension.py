"""`/// @Python(instance_name: "people")`: how prisma-client-py lets a schema rename a model's property."""

from __future__ import annotations

import re
from typing import NamedTuple

SIGN = "@Python("
_DECLARATION = re.compile(r"@Python\([^)]+\)")
_VALUE = r"""(?:'.*?(?<!\\)(?:\\\\)*?'|".*?(?<!\\)(?:\\\\)*?")"""
_ARGUMENT = rf"[A-Za-z_]\w*\s*:\s*{_VALUE}"
_WHOLE = re.compile(rf"@Python\(\s*(?:{_ARGUMENT}\s*(?:,\s*{_ARGUMENT}\s*)*(?:,\s*)?)?\)")
_PAIR = re.compile(rf"([A-Za-z_]\w*)\s*:\s*({_VALUE})")


class Extension(NamedTuple):
    """The property's name, empty if it stays, and what is wrong, empty if nothing is."""

    instance_name: str = ""
    fault: str = ""


def read_extension(documentation: str) -> Extension:
    if SIGN not in documentation:
        return Extension()
    declarations = _DECLARATION.findall(documentation)
    if len(declarations) > 1:
        return Extension(fault="there is more than one")
    if not declarations:
        return Extension()
    if not _WHOLE.fullmatch(declarations[0]):
        return Extension(fault='its arguments are not `name: "text"`')
    name = dict(_PAIR.findall(declarations[0])).get("instance_name", "")[1:-1]
    is_name = not name or (name.isidentifier() and not name.startswith("__"))
    return Extension(name, fault="" if is_name else f"`{name}` is no name for a property")
