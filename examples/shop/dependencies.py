"""Who asks, and where: what routes declare that they need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from db.models import User
from db.tenant import TenantClient, tenant_client
from fastapi import Depends, Request
from kaven_schema.services.access_tokens import AccessTokenProblem, AccessTokenRefusedError, Identity
from kaven_schema.services.audit import acting
from kaven_schema.services.tenants import Access, AccessProblem, AccessRefusedError, access_to

from shop.problems import NotFoundError
from shop.state import Shop


def shop_of(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


TheShop = Annotated[Shop, Depends(shop_of)]


def at_own_host(shop: TheShop, request: Request) -> None:
    """Accounts and sessions are at the application's own host, as is the cookie. Raises NotFoundError."""
    if shop.subdomains.slug_of(request.headers.get("host", "")) is not None:
        raise NotFoundError


OwnHost = Depends(at_own_host)


def from_own_page(request: Request) -> None:
    """A tenant's host is the same site to SameSite, but not the same origin. Raises NotFoundError."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != request.headers.get("host", "").lower():
        raise NotFoundError


OwnPage = Depends(from_own_page)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is logged in; of no tenant yet."""

    user: User = field(repr=False)
    identity: Identity


async def caller_of(shop: TheShop, request: Request) -> AsyncIterator[Caller]:
    """The token is ours, and its session has not ended since. Raises AccessTokenRefusedError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise AccessTokenRefusedError(AccessTokenProblem.MALFORMED)
    identity = shop.access_tokens.verify(token).identity
    session = await shop.authentication.refreshtoken.find_unique(
        where={"id": identity.session_id}, include={"user": True}
    )
    if session is None or session.userId != identity.user_id or session.expiresAt <= datetime.now(UTC):
        raise AccessTokenRefusedError(AccessTokenProblem.EXPIRED)
    if session.user is None or session.user.deletedAt is not None:
        raise AccessRefusedError(AccessProblem.UNKNOWN_USER)
    with acting(user_id=identity.user_id):
        yield Caller(session.user, identity)


TheCaller = Annotated[Caller, Depends(caller_of)]


@dataclass(frozen=True, slots=True)
class Desk:
    """A member at work in a tenant. `client` reaches the rows of that tenant, and no others."""

    access: Access
    client: TenantClient = field(repr=False)

    @property
    def user_id(self) -> str:
        return self.access.user_id

    @property
    def tenant_id(self) -> str:
        return self.access.tenant_id

    def require_admin(self) -> None:
        """Raises AccessRefusedError."""
        if not self.access.is_admin:
            raise AccessRefusedError(AccessProblem.NOT_ADMIN)


async def desk_of(shop: TheShop, caller: TheCaller, request: Request) -> AsyncIterator[Desk]:
    """The token's tenant, if the user is still a member, and the host is that tenant's.

    Raises AccessRefusedError, NotFoundError: what is another's looks like what does not exist.
    """
    tenant_id = caller.identity.tenant_id
    if tenant_id is None:
        raise NotFoundError
    access = await access_to(shop.authentication, tenant_id, caller.user.id)
    tenant = await shop.tenants.of_host(request.headers.get("host", ""), shop.subdomains)
    if tenant is None or tenant.id != tenant_id:
        raise NotFoundError
    with acting(tenant_id=tenant_id):
        yield Desk(access, tenant_client(shop.application, tenant_id))


TheDesk = Annotated[Desk, Depends(desk_of)]


def admin_desk_of(desk: TheDesk) -> Desk:
    desk.require_admin()
    return desk


AdminDesk = Annotated[Desk, Depends(admin_desk_of)]
