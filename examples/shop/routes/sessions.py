"""Login, its second step, refresh, the choice of a tenant, logout."""

from __future__ import annotations

from uuid import uuid4

from fastapi import APIRouter, Request, Response
from kaven_schema.services.access_tokens import Identity
from kaven_schema.services.audit import record
from kaven_schema.services.refresh_tokens import IssuedToken, TokenProblem, TokenRefusedError
from kaven_schema.services.tenants import access_to

from shop.answers import SecondStep, Session
from shop.cookies import drop_refresh_token, put_refresh_token, refresh_token_of
from shop.dependencies import OwnHost, OwnPage, TheCaller, TheShop
from shop.fields import Code, Email, Form, Password, Slug, Token
from shop.problems import LoginRefusedError, NotFoundError
from shop.state import Shop

router = APIRouter(prefix="/session", tags=["session"], dependencies=[OwnHost, OwnPage])


class Login(Form):
    email: Email
    password: Password


class SecondStepForm(Form):
    """`code` is the authenticator's, or one of the backup codes."""

    challenge: Token
    code: Code


class TenantChoice(Form):
    tenant: Slug


@router.post("")
async def log_in(form: Login, shop: TheShop, response: Response) -> Session | SecondStep:
    shop.attempts.take(f"login:{form.email}")
    verified = await shop.passwords.verify(form.email, form.password.get_secret_value())
    if verified is None:
        raise LoginRefusedError
    user = await shop.authentication.user.find_unique(where={"id": verified.user_id})
    if user is None or not user.emailVerified:
        raise LoginRefusedError
    shop.attempts.forget(f"login:{form.email}")
    if user.twoFactorEnabled:
        said = Identity(user_id=user.id, session_id=str(uuid4()), stamp=verified.stamp)
        challenge = shop.second_steps.issue(said)
        return SecondStep(challenge=challenge, expires_in=int(shop.second_steps.lifetime.total_seconds()))
    return await _begin(shop, user.id, verified.stamp, response)


@router.post("/second-step")
async def take_second_step(form: SecondStepForm, shop: TheShop, response: Response) -> Session:
    said = shop.second_steps.verify(form.challenge.get_secret_value()).identity
    user_id, code = said.user_id, form.code.get_secret_value()
    shop.attempts.take(f"second-step:{user_id}")
    if said.stamp is None or not (
        await shop.two_factor.verify(user_id, code) or await shop.two_factor.use_backup_code(user_id, code)
    ):
        raise LoginRefusedError
    shop.attempts.forget(f"second-step:{user_id}")
    return await _begin(shop, user_id, said.stamp, response)


@router.post("/refresh")
async def refresh(shop: TheShop, request: Request, response: Response) -> Session:
    """The cookie's token is exchanged for the next one, once. The new session is in no tenant yet."""
    token = refresh_token_of(request)
    if token is None:
        raise TokenRefusedError(TokenProblem.UNKNOWN)
    issued = await shop.refresh_tokens.rotate(token)
    return _answer(shop, issued, response)


@router.post("/tenant")
async def enter(form: TenantChoice, shop: TheShop, caller: TheCaller) -> Session:
    """An access token for one of the user's tenants, and the role there."""
    tenant = await shop.authentication.tenant.find_unique(where={"slug": form.tenant})
    if tenant is None:
        raise NotFoundError
    access = await access_to(shop.authentication, tenant.id, caller.user.id)
    identity = Identity(
        user_id=caller.user.id,
        session_id=caller.identity.session_id,
        tenant_id=tenant.id,
        roles=(access.role,) if access.role else (),
        is_super_admin=access.is_super_admin,
    )
    return _session(shop, identity, tenant.slug)


@router.post("/end", status_code=204)
async def log_out(shop: TheShop, request: Request, response: Response) -> None:
    token = refresh_token_of(request)
    if token is not None:
        await shop.refresh_tokens.revoke(token)
    drop_refresh_token(response)


async def _begin(shop: Shop, user_id: str, stamp: str, response: Response) -> Session:
    """Not with a password that was changed since it was verified, nor for a user who was deleted since."""
    try:
        issued = await shop.refresh_tokens.issue(user_id, stamp=stamp)
    except TokenRefusedError:
        raise LoginRefusedError from None
    await record(shop.authentication, "session.begun", entity_type="User", entity_id=user_id, user_id=user_id)
    return _answer(shop, issued, response)


def _answer(shop: Shop, issued: IssuedToken, response: Response) -> Session:
    put_refresh_token(response, issued.token)
    return _session(shop, Identity(user_id=issued.user_id, session_id=issued.session_id), None)


def _session(shop: Shop, identity: Identity, tenant: str | None) -> Session:
    return Session(
        access_token=shop.access_tokens.issue(identity),
        expires_in=int(shop.access_tokens.lifetime.total_seconds()),
        tenant=tenant,
    )
