"""An authenticator is enrolled, confirmed and taken away; each with the password, as a token can be stolen."""

from __future__ import annotations

from fastapi import APIRouter

from shop.answers import Enrolled, NewBackupCodes, Said, TwoFactorState
from shop.dependencies import Caller, OwnHost, TheCaller, TheShop
from shop.fields import Code, Form, Password
from shop.problems import LoginRefusedError
from shop.state import Shop

router = APIRouter(prefix="/two-factor", tags=["two-factor"], dependencies=[OwnHost])


class Enrolment(Form):
    password: Password


class Confirmation(Form):
    code: Code


class Disabling(Form):
    password: Password
    code: Code


@router.get("")
async def show(shop: TheShop, caller: TheCaller) -> TwoFactorState:
    left = await shop.two_factor.backup_codes_left(caller.user.id)
    return TwoFactorState(enabled=caller.user.twoFactorEnabled, backup_codes_left=left)


@router.post("/enrolment")
async def enrol(form: Enrolment, shop: TheShop, caller: TheCaller) -> Enrolled:
    """`qr_svg` is the picture for the authenticator. Nothing counts before the confirmation."""
    await _require_password(shop, caller, form.password.get_secret_value())
    enrolment = await shop.two_factor.enrol(caller.user.id)
    return Enrolled(secret=enrolment.secret, uri=enrolment.uri, qr_svg=enrolment.qr_svg())


@router.post("/confirmation")
async def confirm(form: Confirmation, shop: TheShop, caller: TheCaller) -> NewBackupCodes:
    shop.attempts.take(f"second-step:{caller.user.id}")
    codes = await shop.two_factor.confirm(caller.user.id, form.code.get_secret_value())
    if codes is None:
        raise LoginRefusedError
    shop.attempts.forget(f"second-step:{caller.user.id}")
    return NewBackupCodes(backup_codes=codes.codes)


@router.post("/disabling")
async def disable(form: Disabling, shop: TheShop, caller: TheCaller) -> Said:
    await _require_password(shop, caller, form.password.get_secret_value())
    shop.attempts.take(f"second-step:{caller.user.id}")
    code, user_id = form.code.get_secret_value(), caller.user.id
    if not (
        await shop.two_factor.verify(user_id, code) or await shop.two_factor.use_backup_code(user_id, code)
    ):
        raise LoginRefusedError
    await shop.two_factor.disable(user_id)
    return Said(message="two-factor is disabled")


async def _require_password(shop: Shop, caller: Caller, password: str) -> None:
    """Raises LoginRefusedError."""
    shop.attempts.take(f"password:{caller.user.id}")
    if await shop.passwords.check(caller.user.email, password) != caller.user.id:
        raise LoginRefusedError
    shop.attempts.forget(f"password:{caller.user.id}")
