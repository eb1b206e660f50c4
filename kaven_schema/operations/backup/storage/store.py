"""What a place for backups does, whatever it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}){0,9}")


class Sink(Protocol):
    def write(self, data: bytes, /) -> None:
        """Take all of `data`."""


class Source(Protocol):
    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, fewer as it likes; none only at the end. A cut transfer is an error."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in a store; `size` in bytes, `modified` in UTC by the store's clock."""

    name: str
    size: int
    modified: datetime


class Store(Protocol):
    """Whole objects under names such as `20260101T030000Z-1f/database.dump`; never half of one.

    Every method raises KavenError: `backup_store_unreachable`, `backup_store_denied`, `backup_store_missing`,
    `backup_store_full`, `backup_store_failed`, `backup_clock_skewed`, and what its own line names.
    """

    @property
    def url(self) -> str:
        """The location, for people; no secrets in it."""

    def writer(self, name: str, *, replace: bool = False) -> AbstractContextManager[Sink]:
        """The object appears when the block ends without an error; else there is no trace of it.

        Raises `backup_object_exists` for a name that is taken, unless `replace`; `backup_object_too_large`.
        """

    def reader(self, name: str) -> AbstractContextManager[Source]:
        """Raises `backup_object_missing`; when reading, `backup_object_changed`."""

    def names(self, prefix: str = "") -> Iterator[Stored]:
        """All whole objects whose names begin with `prefix`, in the order of their names."""

    def remove(self, names: Sequence[str]) -> None:
        """What is not there is removed already."""

    def sweep(self) -> None:
        """Clear away what killed writers left: never what one at work still writes."""


def is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name))


def checked_name(name: str) -> str:
    """Names are ours, not a user's: one that leads elsewhere is a mistake in the program."""
    if not is_name(name):
        raise ValueError(f"no name for an object: {name!r}")
    return name
