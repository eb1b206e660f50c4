"""Tenants are founded and joined from outside of them."""

from __future__ import annotations

from fastapi import APIRouter
from kaven_schema.services.tenants import SYSTEM

from shop.answers import Membership, Tenant
from shop.dependencies import OwnHost, TheCaller, TheShop
from shop.fields import Form, Line, Slug, Token
from shop.problems import NotFoundError

router = APIRouter(prefix="/tenants", tags=["tenants"], dependencies=[OwnHost])


class Founding(Form):
    name: Line
    slug: Slug


class Joining(Form):
    token: Token


@router.post("", status_code=201)
async def found(form: Founding, shop: TheShop, caller: TheCaller) -> Tenant:
    """Whoever founds a tenant is its first administrator. Here everybody may, a few times in a row."""
    shop.attempts.take(f"founding:{caller.user.id}")
    row = await shop.tenants.create(form.name, form.slug, admin_id=caller.user.id, by=SYSTEM)
    return Tenant.model_validate(row)


@router.get("")
async def show(shop: TheShop, caller: TheCaller) -> list[Membership]:
    members = await shop.memberships.of_user(caller.user.id)
    return [Membership.model_validate(member) for member in members if member.tenant]


@router.post("/joining")
async def join(form: Joining, shop: TheShop, caller: TheCaller) -> Tenant:
    tenant_id = await shop.memberships.join(form.token.get_secret_value(), caller.user.id)
    row = await shop.authentication.tenant.find_unique(where={"id": tenant_id})
    if row is None:
        raise NotFoundError
    return Tenant.model_validate(row)
