"""How often one may guess. In this process's memory: several processes share a store such as Redis instead."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic

_MOST_KEYS = 100_000


class TooManyAttemptsError(Exception):
    """`retry_after` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many attempts: try again later")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Attempts:
    """At most `most` for a key in `seconds`; counted before the guess is looked at, so that racing ones count too."""

    most: int = 10
    seconds: int = 900
    _taken: OrderedDict[str, list[float]] = field(default_factory=OrderedDict, repr=False)

    def take(self, key: str) -> None:
        """Raises TooManyAttemptsError."""
        now = monotonic()
        recent = [moment for moment in self._taken.pop(key, []) if moment > now - self.seconds]
        if len(recent) < self.most:
            recent.append(now)
            self._keep(key, recent)
            return
        self._keep(key, recent)
        raise TooManyAttemptsError(int(recent[0] + self.seconds - now) + 1)

    def forget(self, key: str) -> None:
        self._taken.pop(key, None)

    def _keep(self, key: str, recent: list[float]) -> None:
        self._taken[key] = recent
        if len(self._taken) > _MOST_KEYS:
            self._taken.popitem(last=False)
