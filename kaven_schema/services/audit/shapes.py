"""What the log reads of its rows, and asks of the client."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kaven_schema.services.access import Rows, Transactional


class AuditRecord(Protocol):
    """A row of model AuditLog."""

    @property
    def id(self) -> str: ...
    @property
    def tenantId(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def userId(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def action(self) -> str: ...
    @property
    def entityType(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def entityId(self) -> str: ...  # noqa: N802 - the field's name
    @property
    def changes(self) -> object: ...
    @property
    def ipAddress(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def userAgent(self) -> str | None: ...  # noqa: N802 - the field's name
    @property
    def createdAt(self) -> datetime: ...  # noqa: N802 - the field's name


class AuditClient(Transactional, Protocol):
    """A generated client whose schema has base's AuditLog, or a transaction of it."""

    @property
    def auditlog(self) -> Rows[AuditRecord]: ...
