"""Rows of a table, aligned as Prisma's formatter aligns them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

INDENT = "  "


class Row(NamedTuple):
    """A line of a table: its columns are aligned with those of its neighbours, its comment is not.

    `member` is the index of the member that it shows; None for an empty line.
    """

    columns: tuple[str, ...]
    comment: str
    member: int | None


EMPTY_ROW = Row((), "", None)


def align(table: Sequence[Row]) -> list[str]:
    is_ascii = "".join([column for row in table for column in row.columns]).isascii()
    width: Callable[[str], int] = len if is_ascii else _bytes
    pad: Callable[[str, int], str] = str.ljust if is_ascii else _pad
    # The last column of a row is not padded, so only the two before it need their width.
    first = max([width(row.columns[0]) for row in table if row.columns], default=0) + 1
    second = max([width(row.columns[1]) for row in table if len(row.columns) > 1], default=0) + 1
    return [_join(row, first, second, pad) for row in table]


def _join(row: Row, first: int, second: int, pad: Callable[[str, int], str]) -> str:
    columns, comment, _ = row
    if not columns:
        return INDENT + comment if comment else ""
    if len(columns) == 1:
        text = INDENT + columns[0]
    elif len(columns) == 2:
        text = INDENT + pad(columns[0], first) + columns[1]
    else:
        text = INDENT + pad(columns[0], first) + pad(columns[1], second) + columns[2]
    return f"{text} {comment}" if comment else text


def _pad(column: str, width: int) -> str:
    return column + " " * (width - _bytes(column))


def _bytes(column: str) -> int:
    """Prisma aligns by bytes of UTF-8, so we do."""
    return len(column.encode())
