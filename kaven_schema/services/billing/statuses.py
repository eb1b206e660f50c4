"""The statuses of invoices and subscriptions, and what may follow what."""

from __future__ import annotations

from enum import StrEnum

from kaven_schema.services.transitions import StatusMachine


class InvoiceStatus(StrEnum):
    """Base's enum of the same name."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CANCELED = "CANCELED"


class SubscriptionStatus(StrEnum):
    """Base's enum of the same name."""

    TRIAL = "TRIAL"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    UNPAID = "UNPAID"
    CANCELED = "CANCELED"


INVOICE_STATUSES = StatusMachine(
    "invoice",
    {
        InvoiceStatus.DRAFT: frozenset({InvoiceStatus.SENT, InvoiceStatus.CANCELED}),
        InvoiceStatus.SENT: frozenset({InvoiceStatus.PAID, InvoiceStatus.OVERDUE, InvoiceStatus.CANCELED}),
        InvoiceStatus.OVERDUE: frozenset({InvoiceStatus.PAID, InvoiceStatus.CANCELED}),
        InvoiceStatus.PAID: frozenset(),
        InvoiceStatus.CANCELED: frozenset(),
    },
)

_ALIVE = frozenset(SubscriptionStatus) - {SubscriptionStatus.CANCELED}

SUBSCRIPTION_STATUSES = StatusMachine(
    "subscription",
    {
        SubscriptionStatus.TRIAL: _ALIVE - {SubscriptionStatus.TRIAL} | {SubscriptionStatus.CANCELED},
        SubscriptionStatus.ACTIVE: frozenset(
            {SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.CANCELED}
        ),
        SubscriptionStatus.PAST_DUE: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.UNPAID, SubscriptionStatus.CANCELED}
        ),
        SubscriptionStatus.UNPAID: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELED}),
        # A tenant has one row: whoever comes back takes up the one that was canceled.
        SubscriptionStatus.CANCELED: frozenset({SubscriptionStatus.ACTIVE}),
    },
)
