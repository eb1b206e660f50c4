"""Which page stands where. Names that differ in their case alone get files that differ in more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from kaven_schema.docs.schema import DocumentedSchema

# Windows keeps these, with any ending.
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$")


class Addresses:
    """Relative to the site's top. Raises KeyError for what is not in the schema."""

    def __init__(self, schema: DocumentedSchema) -> None:
        self._models = _files("models", [model.name for model in schema.models])
        self._enums = _files("enums", [enum.name for enum in schema.enums])
        self._areas = _files("areas", [area.name for area in schema.areas], lower=True)

    def model(self, name: str) -> str:
        return self._models[name]

    def enum(self, name: str) -> str:
        return self._enums[name]

    def area(self, name: str) -> str:
        return self._areas[name]


def _files(folder: str, names: Iterable[str], *, lower: bool = False) -> dict[str, str]:
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = free = _plain(name, lower=lower)
        number = 2
        while free.casefold() in taken:
            free, number = f"{plain}-{number}", number + 1
        taken.add(free.casefold())
        found[name] = f"{folder}/{free}.html"
    return found


def _plain(name: str, *, lower: bool) -> str:
    ascii_only = normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", ascii_only).strip("-")[:80] or "x"
    plain = plain.lower() if lower else plain
    return f"{plain}_" if _DEVICES.match(plain.lower()) or plain.lower() == "index" else plain
