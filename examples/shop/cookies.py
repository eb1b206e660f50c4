"""The refresh token's cookie. Scripts cannot read it, other sites cannot send it, other hosts cannot set it."""

from __future__ import annotations

from fastapi import Request, Response
from kaven_schema.services.refresh_tokens import LIFETIME

# Browsers take a cookie of this name from its own host alone, with Secure and without Domain.
NAME = "__Host-refresh"


def put_refresh_token(response: Response, token: str) -> None:
    age = int(LIFETIME.total_seconds())
    response.set_cookie(NAME, token, max_age=age, path="/", secure=True, httponly=True, samesite="strict")


def drop_refresh_token(response: Response) -> None:
    response.delete_cookie(NAME, path="/", secure=True, httponly=True, samesite="strict")


def refresh_token_of(request: Request) -> str | None:
    return request.cookies.get(NAME)
