"""Expired tokens, removed in batches that never hold many rows for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from kaven_schema.engines.progress import Advance, Progress, silent
from kaven_schema.services.access import Clock, Rows, utc_now
from kaven_schema.services.refresh_tokens.shapes import TokenClient

BATCH_ROWS = 1000


class _Expiring(Protocol):
    @property
    def id(self) -> str: ...


_RowT = TypeVar("_RowT", bound=_Expiring)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """How many rows went: sessions that nobody can use any more, and tokens that nobody need know of any more."""

    sessions: int
    spent_tokens: int


async def clean_up(
    client: TokenClient, *, batch: int = BATCH_ROWS, clock: Clock = utc_now, progress: Progress = silent
) -> Cleanup:
    """Remove what has expired, each batch by itself: what was done stays done when it is interrupted."""
    now = clock()
    where = {"expiresAt": {"lte": now}}
    total = await client.refreshtoken.count(where=where) + await client.spentrefreshtoken.count(where=where)
    with progress("Removing expired refresh tokens", total) as advance:
        spent = await _remove(client.spentrefreshtoken, now, batch, advance)
        sessions = await _remove(client.refreshtoken, now, batch, advance)
    return Cleanup(sessions=sessions, spent_tokens=spent)


async def _remove(rows: Rows[_RowT], now: datetime, batch: int, advance: Advance) -> int:
    removed = 0
    while found := await _expired(rows, now, batch):
        ids = [row.id for row in found]
        gone = await rows.delete_many(where={"id": {"in": ids}, "expiresAt": {"lte": now}})
        if not gone:
            break  # another run is at these rows, or nobody may remove them
        removed += gone
        advance(gone)
    return removed


async def _expired(rows: Rows[_RowT], now: datetime, batch: int) -> Sequence[_RowT]:
    return await rows.find_many(where={"expiresAt": {"lte": now}}, order={"expiresAt": "asc"}, take=batch)
