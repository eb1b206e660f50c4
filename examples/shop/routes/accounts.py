"""Sign-up, verification of the address, and one's own account."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks, Response
from kaven_schema.services.access import transaction
from kaven_schema.services.passwords import Passwords
from kaven_schema.services.users import UserProblem, UserRefusedError, Users

from shop.answers import Account, Said
from shop.cookies import drop_refresh_token
from shop.dependencies import OwnHost, TheCaller, TheShop
from shop.fields import Email, Form, Line, Password, Token
from shop.mail import Mail, already_a_user, verification
from shop.problems import LoginRefusedError
from shop.state import Shop

router = APIRouter(prefix="/account", tags=["account"], dependencies=[OwnHost])
_MAILED = Said(message="look into your mail")


class SignUp(Form):
    email: Email
    name: Line
    password: Password


class Verification(Form):
    token: Token
    password: Password


class PasswordChange(Form):
    current: Password
    password: Password


class Farewell(Form):
    password: Password


@router.post("", status_code=202)
async def sign_up(form: SignUp, shop: TheShop, later: BackgroundTasks) -> Said:
    """The same answer after the same work, whether the address is a user's or not: the mail tells."""
    shop.attempts.take(f"sign-up:{form.email}")
    hashed = await shop.hasher.hash(form.password.get_secret_value())
    later.add_task(shop.mailer.send, await _signed_up(shop, form, hashed))
    return _MAILED


async def _signed_up(shop: Shop, form: SignUp, hashed: str) -> Mail:
    try:
        _, mailed = await shop.users.sign_up(form.email, form.name, hashed)
    except UserRefusedError as refused:
        if refused.problem != UserProblem.EMAIL_TAKEN:
            raise
        return await _signed_up_again(shop, form.email, hashed)
    return verification(mailed.email, mailed.token)


async def _signed_up_again(shop: Shop, email: str, hashed: str) -> Mail:
    """Nobody keeps an address by signing up with it first: until it is verified, the last password counts."""
    async with transaction(shop.authentication) as inside:
        user = await inside.user.find_unique(where={"email": email})
        if user is None or not await inside.user.update_many(
            where={"email": email, "emailVerified": False, "deletedAt": None}, data={"passwordHash": hashed}
        ):
            return already_a_user(email)
        mailed = await Users(inside).ask_verification(user.id)
    return verification(mailed.email, mailed.token)


@router.post("/verification")
async def verify_email(form: Verification, shop: TheShop) -> Said:
    """With the password of the sign-up: so nobody verifies an account that somebody else made for their address."""
    async with transaction(shop.authentication) as inside:
        user_id = await Users(inside).verify_email(form.token.get_secret_value())
        shop.attempts.take(f"verification:{user_id}")
        user = await inside.user.find_unique_or_raise(where={"id": user_id})
        passwords = Passwords(inside, hasher=shop.hasher)
        if await passwords.check(user.email, form.password.get_secret_value()) != user_id:
            raise LoginRefusedError
    return Said(message="the address is verified: log in")


@router.get("")
async def show(caller: TheCaller) -> Account:
    return Account.model_validate(caller.user)


@router.post("/password")
async def change_password(form: PasswordChange, shop: TheShop, caller: TheCaller, response: Response) -> Said:
    """Ends every session, this one too."""
    shop.attempts.take(f"password:{caller.user.id}")
    current, password = form.current.get_secret_value(), form.password.get_secret_value()
    if not await shop.passwords.change(caller.user.id, current, password):
        raise LoginRefusedError
    await shop.refresh_tokens.revoke_all(caller.user.id)
    drop_refresh_token(response)
    return Said(message="the password is changed: log in")


@router.post("/deletion")
async def delete(form: Farewell, shop: TheShop, caller: TheCaller, response: Response) -> Said:
    shop.attempts.take(f"password:{caller.user.id}")
    if await shop.passwords.check(caller.user.email, form.password.get_secret_value()) != caller.user.id:
        raise LoginRefusedError
    await shop.users.delete(caller.user.id, by=caller.user.id)
    drop_refresh_token(response)
    return Said(message="the account is deleted")
