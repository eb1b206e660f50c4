"""Why something that is asked of users and members is refused."""

from __future__ import annotations

from enum import StrEnum


class UserProblem(StrEnum):
    EMAIL_INVALID = "email_invalid"
    EMAIL_TAKEN = "email_taken"
    UNKNOWN_USER = "unknown_user"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - no password
    ALREADY_VERIFIED = "already_verified"
    NOT_VERIFIED = "not_verified"
    ALREADY_MEMBER = "already_member"
    NOT_A_MEMBER = "not_a_member"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    LAST_ADMIN = "last_admin"
    LAST_SUPER_ADMIN = "last_super_admin"
    LIMIT_REACHED = "limit_reached"
    NOT_YOURSELF = "not_yourself"
    NOT_DELETED = "not_deleted"
    CHANGED_MEANWHILE = "changed_meanwhile"


_MESSAGES = {
    UserProblem.EMAIL_INVALID: "this is no e-mail address",
    UserProblem.EMAIL_TAKEN: "another user has this e-mail address",
    UserProblem.UNKNOWN_USER: "there is no such user",
    UserProblem.TOKEN_INVALID: "the token is unknown, used, expired, or another user's",
    UserProblem.ALREADY_VERIFIED: "the e-mail address is verified",
    UserProblem.NOT_VERIFIED: "the e-mail address is not verified yet",
    UserProblem.ALREADY_MEMBER: "the user is a member of the tenant",
    UserProblem.NOT_A_MEMBER: "the user is no member of the tenant",
    UserProblem.ROLE_NOT_ALLOWED: "a tenant gives no such role",
    UserProblem.LAST_ADMIN: "a tenant keeps at least one administrator",
    UserProblem.LAST_SUPER_ADMIN: "there is no other super admin",
    UserProblem.LIMIT_REACHED: "the tenant has as many users as it may have",
    UserProblem.NOT_YOURSELF: "only the user, a super admin or the program itself may do this",
    UserProblem.NOT_DELETED: "the user is not deleted",
    UserProblem.CHANGED_MEANWHILE: "the user's tenants or rights changed at the same time: try again",
}


class UserRefusedError(Exception):
    """To whoever sent a token or an address, say no more than that it was refused."""

    def __init__(self, problem: UserProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem
