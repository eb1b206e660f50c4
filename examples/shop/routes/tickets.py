"""Tickets: a model of one's own, in schema.extended.prisma. The typed client does what a service does elsewhere."""

from __future__ import annotations

import re
from uuid import UUID

from db.enums import TicketPriority
from fastapi import APIRouter
from kaven_schema.services.access import transaction
from kaven_schema.services.audit import record

from shop.answers import Said, Ticket
from shop.dependencies import TheDesk
from shop.fields import Form, Line, Search
from shop.problems import NotFoundError

router = APIRouter(prefix="/tickets", tags=["tickets"])
_KIND = "Ticket"


class NewTicket(Form):
    subject: Line
    priority: TicketPriority = TicketPriority.NORMAL
    assignee_id: UUID | None = None


class Assignment(Form):
    assignee_id: UUID


@router.post("", status_code=201)
async def create(form: NewTicket, desk: TheDesk) -> Ticket:
    """The tenant is not said: rows that the tenant's client makes are the tenant's."""
    async with transaction(desk.client) as inside:
        row = await inside.ticket.create(
            {
                "subject": form.subject,
                "priority": form.priority,
                "assigneeId": str(form.assignee_id) if form.assignee_id else None,
            }
        )
        await record(inside, "ticket.created", entity_type=_KIND, entity_id=row.id, after=row)
    return Ticket.model_validate(row)


@router.get("")
async def show_all(desk: TheDesk, q: Search = "") -> list[Ticket]:
    rows = await desk.client.ticket.find_many(
        where={"subject": {"contains": _literally(q), "mode": "insensitive"}},
        order={"createdAt": "desc"},
        take=100,
    )
    return [Ticket.model_validate(row) for row in rows]


@router.patch("/{ticket_id}")
async def assign(ticket_id: UUID, form: Assignment, desk: TheDesk) -> Ticket:
    async with transaction(desk.client) as inside:
        before = await inside.ticket.find_unique(where={"id": str(ticket_id)})
        after = await inside.ticket.update(
            where={"id": str(ticket_id)}, data={"assignee": {"connect": {"id": str(form.assignee_id)}}}
        )
        if before is None or after is None:
            raise NotFoundError
        await record(
            inside, "ticket.assigned", entity_type=_KIND, entity_id=after.id, before=before, after=after
        )
    return Ticket.model_validate(after)


@router.delete("/{ticket_id}")
async def delete(ticket_id: UUID, desk: TheDesk) -> Said:
    async with transaction(desk.client) as inside:
        gone = await inside.ticket.delete(where={"id": str(ticket_id)})
        if gone is None:
            raise NotFoundError
        await record(inside, "ticket.deleted", entity_type=_KIND, entity_id=gone.id, before=gone)
    return Said(message="the ticket is deleted")


def _literally(text: str) -> str:
    """To the engine `contains` is LIKE, whose wildcards it leaves as they are."""
    return re.sub(r"([\\%_])", r"\\\1", text)
