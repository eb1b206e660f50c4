"""Bytes for people."""

from __future__ import annotations

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def shown_size(size: float) -> str:
    """As `pg_size_pretty` does: steps of 1,024."""
    for unit in _UNITS[:-1]:
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"


def counted(number: int, one: str, many: str = "") -> str:
    """Such as `1 index` and `2 indexes`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
