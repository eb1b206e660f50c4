"""What goes out by e-mail. The tokens are made and stored as refresh tokens are: 256 random bits, as SHA-256 alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedToken:
    """`token` is for the link in an e-mail to `email`, and for nobody else: not for whoever asked for it."""

    token: str = field(repr=False)
    id: str
    email: str
    expires_at: datetime
