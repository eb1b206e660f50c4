"""What a tenant's client refuses."""

from __future__ import annotations


class TenancyError(Exception):
    """Base of all that a tenant's client refuses. Nothing was read or written."""


class TenantMissingError(TenancyError, ValueError):
    """No tenant was named. None and "" are nobody, and never everybody."""


class OutsideTenantError(TenancyError):
    """A reference to a row that the tenant has not: it is another's, deleted, or does not exist."""


class NotConfinableError(TenancyError):
    """An operation that cannot be confined to the tenant."""


class RawQueryRefusedError(NotConfinableError):
    """SQL goes round the confinement; only row-level security would stop it."""


class TransactionEndedError(TenancyError):
    """The tenant's transaction is over."""
