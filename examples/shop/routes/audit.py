"""What was done in the tenant, for its administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from kaven_schema.services.audit import AuditTrail
from pydantic import Field

from shop.answers import AuditEntry, AuditPage
from shop.dependencies import AdminDesk
from shop.fields import Form

router = APIRouter(prefix="/audit", tags=["audit"])


class AuditQuery(Form):
    """`after` is the `next` of the page before."""

    after: Annotated[str, Field(max_length=300)] | None = None
    size: Annotated[int, Field(ge=1, le=100)] = 50


@router.get("")
async def show(desk: AdminDesk, asked: Annotated[AuditQuery, Query()]) -> AuditPage:
    trail = AuditTrail(desk.client, tenant_id=desk.tenant_id)
    page = await trail.all(after=asked.after, size=asked.size)
    return AuditPage(entries=tuple(AuditEntry.model_validate(row) for row in page.records), next=page.next)
