"""Users: sign-up, e-mail verification, memberships with a role in each tenant, deletion."""

from kaven_schema.services.users.cleanup import clean_up
from kaven_schema.services.users.emails import normal_email
from kaven_schema.services.users.memberships import INVITATION_LIFETIME, Memberships
from kaven_schema.services.users.problems import UserProblem, UserRefusedError
from kaven_schema.services.users.service import VERIFICATION_LIFETIME, Users
from kaven_schema.services.users.shapes import Invited, UserClient, Verification
from kaven_schema.services.users.tokens import MailedToken

__all__ = [
    "INVITATION_LIFETIME",
    "VERIFICATION_LIFETIME",
    "Invited",
    "MailedToken",
    "Memberships",
    "UserClient",
    "UserProblem",
    "UserRefusedError",
    "Users",
    "Verification",
    "clean_up",
    "normal_email",
]
