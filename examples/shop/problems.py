"""Each error as an answer: a status, a word for programs, a sentence for people. What the sentence must not tell,
the log does, without secrets.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from db.tenant import OutsideTenantError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from kaven_schema.services.access_tokens import AccessTokenRefusedError
from kaven_schema.services.audit import CursorError
from kaven_schema.services.money import MoneyError
from kaven_schema.services.passwords import PasswordRefusedError
from kaven_schema.services.refresh_tokens import TokenProblem, TokenRefusedError
from kaven_schema.services.tenants import (
    AccessProblem,
    AccessRefusedError,
    HostRefusedError,
    SettingsInvalidError,
    SlugProblem,
    SlugRefusedError,
    TenantStateError,
)
from kaven_schema.services.transitions import IllegalTransitionError, RowMissingError
from kaven_schema.services.two_factor import TwoFactorError
from kaven_schema.services.users import UserProblem, UserRefusedError
from starlette.exceptions import HTTPException

from shop.attempts import TooManyAttemptsError
from shop.cookies import drop_refresh_token

_LOG = logging.getLogger("shop")


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    error: str
    message: str

    def answer(self) -> JSONResponse:
        return JSONResponse({"error": self.error, "message": self.message}, self.status)


class LoginRefusedError(Exception):
    """Unknown user, wrong password, address not verified, wrong code: one answer."""

    def __init__(self) -> None:
        super().__init__("this did not work: is the address verified, and the password right?")


class NotFoundError(Exception):
    def __init__(self) -> None:
        super().__init__("there is nothing here, or it is not yours")


_UNAUTHENTICATED = Problem(401, "unauthenticated", "log in")
_NOT_FOUND = Problem(404, "not_found", str(NotFoundError()))
_USERS = {
    UserProblem.TOKEN_INVALID: 422,
    UserProblem.EMAIL_INVALID: 422,
    UserProblem.ROLE_NOT_ALLOWED: 422,
    UserProblem.NOT_A_MEMBER: 404,
    UserProblem.UNKNOWN_USER: 404,
    UserProblem.NOT_YOURSELF: 403,
}
_ACCESS = {
    AccessProblem.UNKNOWN_USER: _UNAUTHENTICATED,
    AccessProblem.NOT_A_MEMBER: _NOT_FOUND,
    AccessProblem.TENANT_DELETED: _NOT_FOUND,
}
_HANDLED = (
    AccessTokenRefusedError,
    AccessRefusedError,
    CursorError,
    HostRefusedError,
    HTTPException,
    IllegalTransitionError,
    LoginRefusedError,
    MoneyError,
    NotFoundError,
    OutsideTenantError,
    PasswordRefusedError,
    RequestValidationError,
    RowMissingError,
    SettingsInvalidError,
    SlugRefusedError,
    TenantStateError,
    TokenRefusedError,
    TooManyAttemptsError,
    TwoFactorError,
    UserRefusedError,
)


def problem_of(error: Exception) -> Problem:
    """What whoever asked is told."""
    found = _of_access(error) or _of_value(error) or _of_state(error)
    return found or Problem(500, "unexpected", "this did not work, and it is our fault")


def _of_access(error: Exception) -> Problem | None:
    match error:
        case AccessTokenRefusedError() | TokenRefusedError():
            return _UNAUTHENTICATED
        case LoginRefusedError():
            return Problem(401, "login_refused", str(error))
        case AccessRefusedError():
            return _ACCESS.get(error.problem, Problem(403, error.problem, str(error)))
        case (
            NotFoundError()
            | RowMissingError()
            | OutsideTenantError()
            | TenantStateError()
            | HostRefusedError()
        ):
            return _NOT_FOUND
        case TooManyAttemptsError():
            return Problem(429, "too_many_attempts", str(error))
    return None


def _of_value(error: Exception) -> Problem | None:
    match error:
        case SlugRefusedError():
            return Problem(409 if error.problem == SlugProblem.TAKEN else 422, error.problem, str(error))
        case PasswordRefusedError() | MoneyError():
            return Problem(422, error.problem, str(error))
        case RequestValidationError():
            return Problem(422, "invalid", _places(error))
        case CursorError() | SettingsInvalidError():
            return Problem(422, "invalid", str(error))
    return None


def _of_state(error: Exception) -> Problem | None:
    match error:
        case UserRefusedError():
            return Problem(_USERS.get(error.problem, 409), error.problem, str(error))
        case TwoFactorError():
            return Problem(409, error.problem, str(error))
        case IllegalTransitionError():
            return Problem(409, "illegal_transition", str(error))
        case HTTPException():
            return Problem(error.status_code, "refused", str(error.detail))
    return None


def _places(error: RequestValidationError) -> str:
    """Where, and what was expected; what was sent may be a password."""
    found = (
        "{}: {}".format(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors()
    )
    return "; ".join(found)


async def _answer(_: Request, error: Exception) -> JSONResponse:
    response = problem_of(error).answer()
    match error:
        case TokenRefusedError():
            if error.problem == TokenProblem.REUSED:
                _LOG.warning("refresh token used twice: session %s, user %s", error.session_id, error.user_id)
            if error.problem != TokenProblem.OVERTAKEN:  # the other request's answer has the next one
                drop_refresh_token(response)
        case AccessTokenRefusedError():
            _LOG.info("access token refused: %s", error.problem)
            response.headers["WWW-Authenticate"] = "Bearer"
        case TooManyAttemptsError():
            response.headers["Retry-After"] = str(error.retry_after)
    return response


def handle_problems(app: FastAPI) -> None:
    for kind in _HANDLED:
        app.add_exception_handler(kind, _answer)
