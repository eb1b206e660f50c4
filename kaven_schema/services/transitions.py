"""Which status may follow which: one table for each kind of row, and an error for everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

StatusT = TypeVar("StatusT", bound=StrEnum)


class IllegalTransitionError(Exception):
    """`what` is the kind of row, such as "order"; `old` and `new` are statuses, and `allowed` what may follow `old`."""

    def __init__(self, what: str, old: str, new: str, allowed: tuple[str, ...] | None = None) -> None:
        follow = f": after {old} may come {', '.join(allowed)}" if allowed else f": nothing comes after {old}"
        super().__init__(f"no {what} goes from {old} to {new}{'' if allowed is None else follow}")
        self.what = what
        self.old = old
        self.new = new


class RowMissingError(Exception):
    """The tenant has no such row."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"the tenant has no {what} {key}")
        self.what = what
        self.key = key


@dataclass(frozen=True, slots=True)
class StatusMachine(Generic[StatusT]):
    """`following` has every status, also those after which nothing comes."""

    what: str
    following: Mapping[StatusT, frozenset[StatusT]]

    def allows(self, old: str, new: str) -> bool:
        return new in self._after(old)

    def check(self, old: str, new: str) -> None:
        """Raises IllegalTransitionError."""
        if not self.allows(old, new):
            raise IllegalTransitionError(self.what, old, new, tuple(sorted(self._after(old))))

    def before(self, new: str) -> tuple[str, ...]:
        """The statuses that `new` may follow."""
        return tuple(old.value for old, after in self.following.items() if new in after)

    def _after(self, old: str) -> frozenset[str]:
        """Nothing, after a value that the developer's own enum has and the table has not."""
        return next((frozenset(after) for one, after in self.following.items() if one == old), frozenset())


async def move_row(
    machine: StatusMachine[StatusT],
    new: StatusT,
    read: Callable[[], Awaitable[str]],
    write: Callable[[str], Awaitable[int]],
) -> None:
    """`write` changes the row where it still has the status that it is given, and says how many rows it changed.

    Where another was first, the row is looked at again. Raises IllegalTransitionError, and what both raise.
    """
    while True:
        old = await read()
        machine.check(old, new)
        if await write(old):
            return
