"""A schema under construction: models that gain opposite relations as others come to name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

Row = tuple[str, ...]
"""A field: its name, its type and, where it has any, its attributes."""


@dataclass
class Model:
    """One block. `columns` holds rows, and comments and blank lines as text; `keys` the block attributes."""

    name: str
    about: str
    columns: list[Row | str]
    relations: list[Row | str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    keyword: str = "model"

    def text(self) -> str:
        relations = _section("Relations", self.relations) if self.relations else []
        keys = _section("Keys and indexes", self.keys) if self.keys else []
        body = [*self.columns, *relations, *keys]
        lines = "\n".join(line and f"  {line}" for line in aligned(body[1:] if body[0] == "" else body))
        about = f"/// {self.about}\n" if self.about else ""
        return f"{about}{self.keyword} {self.name} {{\n{lines}\n}}\n"


def _section(title: str, lines: Sequence[Row | str]) -> list[Row | str]:
    return ["", f"// {title}", *lines]


def aligned(lines: Sequence[Row | str]) -> Iterator[str]:
    """Rows that follow one another have their columns under one another, as in any formatted schema."""
    for are_rows, group in groupby(lines, lambda line: isinstance(line, tuple)):
        if are_rows:
            rows = [row for row in group if isinstance(row, tuple)]
            names, types = (max(len(row[column]) for row in rows) for column in (0, 1))
            for name, type_name, *attributes in rows:
                yield f"{name:<{names}} {type_name:<{types}} {' '.join(attributes)}".rstrip()
        else:
            yield from (line for line in group if isinstance(line, str))


def table(name: str) -> str:
    """`CatalogPriceList` is stored as `catalog_price_list`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def column(name: str, type_name: str, *attributes: str, note: str = "") -> Row:
    """A field with its name in the database, where that differs, and a comment at the end of its line."""
    mapped = [f'@map("{table(name)}")'] if table(name) != name else []
    return (name, type_name, *attributes, *mapped, *([f"// {note}"] if note else []))


def variable(name: str) -> str:
    return name[0].lower() + name[1:]
