"""Schemas of a wished size, made from the example: many copies of it, each with names of its own.

The same size gives the same bytes. Base holds all copies; extended re-opens one model in four and adds some.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_EXAMPLES = Path(__file__).resolve().parent.parent / "prisma"
_MODELS_IN_EXAMPLE = 13


class Layers(NamedTuple):
    base: str
    extended: str


def make_layers(models: int) -> Layers:
    """Base and extended with about `models` models together, 42 lines and 1.6 KB each."""
    base = (_EXAMPLES / "schema.base.prisma").read_text(encoding="utf-8")
    extended = (_EXAMPLES / "schema.extended.prisma").read_text(encoding="utf-8")
    head, base_body = _split_config(base)
    copies = max(1, round(models / _MODELS_IN_EXAMPLE))
    names = re.findall(r"^(?:model|enum) (\w+)", base_body + extended, re.MULTILINE)
    return Layers(
        head + "\n".join(_copy(base_body, names, number) for number in range(copies)),
        "\n".join(_copy(extended, names, number) for number in range(copies)),
    )


def change_one_block(schema: str) -> str:
    """The same with one more field in one block."""
    return schema.replace("  name String\n", "  name String\n\n  /// Added by the benchmark\n  nickname String?\n", 1)


def _split_config(base: str) -> tuple[str, str]:
    start = base.index("// ====", base.index("datasource"))
    return base[:start], base[start:]


def _copy(text: str, names: list[str], number: int) -> str:
    """One area: its models, tables and constraints bear the area's name, its banners are left out."""
    area = f"area{number:03}"
    without_banners = re.sub(r"^ *// (=+|[A-Z& ()]+)\n", "", text, flags=re.MULTILINE)
    squeezed = re.sub(r"\n\n\n+", "\n\n", without_banners)
    renamed = re.sub(rf"\b({'|'.join(sorted(set(names)))})\b(?!\()", rf"\1{area.title()}", squeezed)
    return re.sub(r'map\("(\w+)"\)', rf'map("{area}_\1")', renamed)
