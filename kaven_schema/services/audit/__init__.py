"""Audit: who did what, when, where, before and after; in the change's own transaction, without secrets."""

from kaven_schema.services.audit.append_only import append_only_script
from kaven_schema.services.audit.context import AuditContext, acting, current_context
from kaven_schema.services.audit.queries import AuditPage, AuditTrail, CursorError, Span
from kaven_schema.services.audit.recording import NotInTransactionError, changes_of, record
from kaven_schema.services.audit.redaction import REDACTED, is_secret_field, redacted
from kaven_schema.services.audit.shapes import AuditClient, AuditRecord

__all__ = [
    "REDACTED",
    "AuditClient",
    "AuditContext",
    "AuditPage",
    "AuditRecord",
    "AuditTrail",
    "CursorError",
    "NotInTransactionError",
    "Span",
    "acting",
    "append_only_script",
    "changes_of",
    "current_context",
    "is_secret_field",
    "record",
    "redacted",
]
