"""Kaven's Prisma schema compiler: base + extended = schema.prisma.

import kaven_schema

merged = kaven_schema.merge("prisma/schema.base.prisma", ["prisma/schema.extended.prisma"])
print(merged.text)
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kaven_schema.api import check, compile_schema, merge, parse, render
    from kaven_schema.diagnostics import Diagnostic, KavenError, SchemaError, Severity
    from kaven_schema.pipeline import Merged

__version__ = "0.1.0"

__all__ = [
    "Diagnostic",
    "KavenError",
    "Merged",
    "SchemaError",
    "Severity",
    "__version__",
    "check",
    "compile_schema",
    "merge",
    "parse",
    "render",
]

_HOMES = {
    "Diagnostic": "diagnostics",
    "KavenError": "diagnostics",
    "Merged": "pipeline",
    "SchemaError": "diagnostics",
    "Severity": "diagnostics",
}


def __getattr__(name: str) -> object:
    # Importing the package must cost nothing: the command line starts with it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'api')}"), name)


class _Front(ModuleType):
    """`merge` and `render` are functions here and rooms below: importing a room must not take the name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front
