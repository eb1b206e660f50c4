"""What the service reads of the rows, and asks of the client."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kaven_schema.services.access import Rows, Transactional


class Session(Protocol):
    """A row of model RefreshToken."""

    @property
    def id(self) -> str: ...
    @property
    def userId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def createdAt(self) -> datetime: ...  # noqa: N802 - the field's name
    @property
    def expiresAt(self) -> datetime: ...  # noqa: N802 - the field's name


class SpentToken(Protocol):
    """A row of model SpentRefreshToken, of services.extended.prisma."""

    @property
    def id(self) -> str: ...
    @property
    def sessionId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def createdAt(self) -> datetime: ...  # noqa: N802 - the field's name
    @property
    def expiresAt(self) -> datetime: ...  # noqa: N802 - the field's name


class SessionUser(Protocol):
    """What is read of a row of model User."""

    @property
    def passwordHash(self) -> str: ...  # noqa: N802 - the field's name


class TokenClient(Transactional, Protocol):
    """A generated client whose schema has base's RefreshToken and what services.extended.prisma adds."""

    @property
    def refreshtoken(self) -> Rows[Session]: ...
    @property
    def spentrefreshtoken(self) -> Rows[SpentToken]: ...


class SessionClient(TokenClient, Protocol):
    """The same, with base's User: a session begins for one who is there."""

    @property
    def user(self) -> Rows[SessionUser]: ...
