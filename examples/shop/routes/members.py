"""Who is in the tenant, and who is to be."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks

from shop.answers import Member, Said
from shop.dependencies import AdminDesk, TheDesk, TheShop
from shop.fields import Email, Form
from shop.mail import invitation

router = APIRouter(prefix="/members", tags=["members"])


class Invitation(Form):
    email: Email
    role: Literal["USER", "TENANT_ADMIN"] = "USER"


class RoleChange(Form):
    role: Literal["USER", "TENANT_ADMIN"]


@router.get("")
async def show(shop: TheShop, desk: AdminDesk) -> list[Member]:
    members = await shop.memberships.of_tenant(desk.tenant_id, by=desk.user_id)
    return [
        Member(user_id=member.userId, email=member.user.email, name=member.user.name, role=member.role)
        for member in members
        if member.user
    ]


@router.post("/invitations", status_code=202)
async def invite(form: Invitation, shop: TheShop, desk: AdminDesk, later: BackgroundTasks) -> Said:
    """The token goes to the address that is invited, and not to whoever invites."""
    mailed = await shop.memberships.invite(desk.tenant_id, form.email, by=desk.user_id, role=form.role)
    tenant = await desk.client.tenant.find_unique_or_raise(where={"id": desk.tenant_id})
    later.add_task(shop.mailer.send, invitation(mailed.email, tenant.name, mailed.token))
    return Said(message="the invitation is on its way")


@router.patch("/{user_id}")
async def change_role(user_id: UUID, form: RoleChange, shop: TheShop, desk: AdminDesk) -> Said:
    await shop.memberships.change_role(desk.tenant_id, str(user_id), form.role, by=desk.user_id)
    return Said(message="the role is changed")


@router.delete("/{user_id}")
async def remove(user_id: UUID, shop: TheShop, desk: AdminDesk) -> Said:
    await shop.memberships.remove(desk.tenant_id, str(user_id), by=desk.user_id)
    return Said(message="the member is removed")


@router.post("/leaving")
async def leave(shop: TheShop, desk: TheDesk) -> Said:
    await shop.memberships.leave(desk.tenant_id, desk.user_id)
    return Said(message="you have left the tenant")
