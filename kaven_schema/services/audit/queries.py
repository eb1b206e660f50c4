"""Reading the log, newest first, in pages that stay right while it grows: each begins after the last one's last row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kaven_schema.services.audit.shapes import AuditClient, AuditRecord

PAGE_ROWS = 50
MOST_ROWS = 1000

_CURSOR = re.compile(r"([0-9T:.+-]{10,40})~([^\x00\ud800-\udfff]{1,200})")
_Where = dict[str, object]


class CursorError(ValueError):
    """What came back as a cursor is none that a page gave."""

    def __init__(self) -> None:
        super().__init__("this is no cursor of an audit page")


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`next` is text for the following page's `after`; None on the last page."""

    records: Sequence[AuditRecord]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` on, and before `until`; None is open."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """`tenant_id` confines every answer to one tenant; without it the client alone decides what is seen.

    Every method raises CursorError for an `after` that no page gave, ValueError for a `size` out of 1 to 1000.
    """

    client: AuditClient = field(repr=False)
    tenant_id: str | None = field(default=None, kw_only=True)

    async def all(
        self,
        *,
        span: Span = Span(),
        after: str | None = None,
        size: int = PAGE_ROWS,
    ) -> AuditPage:
        return await self._page({}, span, after, size)

    async def of_entity(
        self,
        entity_type: str,
        entity_id: str,
        *,
        span: Span = Span(),
        after: str | None = None,
        size: int = PAGE_ROWS,
    ) -> AuditPage:
        """What became of one row."""
        return await self._page({"entityType": entity_type, "entityId": entity_id}, span, after, size)

    async def of_user(
        self,
        user_id: str,
        *,
        span: Span = Span(),
        after: str | None = None,
        size: int = PAGE_ROWS,
    ) -> AuditPage:
        """What one user did."""
        return await self._page({"userId": user_id}, span, after, size)

    async def of_action(
        self,
        action: str,
        *,
        span: Span = Span(),
        after: str | None = None,
        size: int = PAGE_ROWS,
    ) -> AuditPage:
        return await self._page({"action": action}, span, after, size)

    async def _page(self, what: Mapping[str, object], span: Span, after: str | None, size: int) -> AuditPage:
        if not 1 <= size <= MOST_ROWS:
            raise ValueError(f"a page has 1 to {MOST_ROWS} rows, not {size}")
        conditions = [dict(what), *_within(span), *_beyond(after)]
        if self.tenant_id is not None:
            conditions.append({"tenantId": self.tenant_id})
        found = await self.client.auditlog.find_many(
            where={"AND": conditions}, order=[{"createdAt": "desc"}, {"id": "desc"}], take=size + 1
        )
        records = list(found[:size])
        return AuditPage(records, _cursor(records[-1]) if len(found) > size else None)


def _within(span: Span) -> list[_Where]:
    bounds = {name: moment for name, moment in (("gte", span.since), ("lt", span.until)) if moment}
    return [{"createdAt": bounds}] if bounds else []


def _beyond(after: str | None) -> list[_Where]:
    if after is None:
        return []
    moment, row = _read(after)
    return [{"OR": [{"createdAt": {"lt": moment}}, {"createdAt": moment, "id": {"lt": row}}]}]


def _cursor(row: AuditRecord) -> str:
    return f"{row.createdAt.astimezone(UTC).isoformat()}~{row.id}"


def _read(cursor: str) -> tuple[datetime, str]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorError
    try:
        moment = datetime.fromisoformat(found[1])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), found[2]
    except (ValueError, OverflowError):
        raise CursorError from None
