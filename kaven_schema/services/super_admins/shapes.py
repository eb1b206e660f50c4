"""What is asked of the client of the back office, and why something is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from kaven_schema.services.users.shapes import UserClient


class OfficeClient(UserClient, Protocol):
    """A generated client that is connected as a member of `kaven_super_admin`, or a transaction of it."""

    @property
    def query_raw(self) -> Callable[..., Awaitable[object]]: ...


class SuperAdminProblem(StrEnum):
    """For the application's log; to whoever asked all of them are the same answer."""

    NO_SUPER_ADMIN = "no_super_admin"
    SESSION_ENDED = "session_ended"
    NO_REASON = "no_reason"
    WRONG_CONNECTION = "wrong_connection"
    IS_ONE = "is_one"


_MESSAGES = {
    SuperAdminProblem.NO_SUPER_ADMIN: "the user is no super admin",
    SuperAdminProblem.SESSION_ENDED: "the session of the access token has ended",
    SuperAdminProblem.NO_REASON: "a super admin says why",
    SuperAdminProblem.WRONG_CONNECTION: "the client is not connected as kaven_super_admin, bound by row-level security",
    SuperAdminProblem.IS_ONE: "the user is a super admin",
}


class SuperAdminRefusedError(Exception):
    def __init__(self, problem: SuperAdminProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem
