"""E-mail. Tokens are in it and nowhere else: neither in an answer nor in a log."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    to: str
    subject: str
    text: str


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None: ...


@dataclass(frozen=True, slots=True)
class Outbox:
    """A folder instead of a mail server, for development: a file a mail, which only its owner may read."""

    folder: Path

    async def send(self, mail: Mail) -> None:
        await asyncio.to_thread(self._write, mail)

    def _write(self, mail: Mail) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside, path = (self.folder / f"{uuid4().hex}.{kind}" for kind in ("part", "json"))
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump({"to": mail.to, "subject": mail.subject, "text": mail.text}, file)
        beside.rename(path)


def verification(to: str, token: str) -> Mail:
    return Mail(to=to, subject="Verify your address", text=token)


def already_a_user(to: str) -> Mail:
    return Mail(
        to=to, subject="You have an account", text="Somebody signed up with your address: log in instead."
    )


def invitation(to: str, tenant: str, token: str) -> Mail:
    return Mail(to=to, subject=f"Join {tenant}", text=token)
