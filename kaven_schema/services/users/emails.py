"""E-mail addresses in the one form in which they are stored and looked up."""

from __future__ import annotations

import re

from kaven_schema.services.users.problems import UserProblem, UserRefusedError

_ADDRESS = re.compile(r"[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,64}@([a-z0-9-]+(?:\.[a-z0-9-]+)+)")
_LONGEST = 254


def normal_email(text: str) -> str:
    """Without blanks around it, in lower case: one mailbox is one user. Raises UserRefusedError.

    Whether it exists is for the verification to find out. Domains beyond ASCII are to be given in their ASCII form.
    """
    address = text.strip().lower()
    if len(address) > _LONGEST or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise UserRefusedError(UserProblem.EMAIL_INVALID)
    return address
