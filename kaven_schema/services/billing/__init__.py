"""Invoices and subscriptions of a tenant, and the jobs that time asks for."""

from kaven_schema.services.billing.invoices import Invoices
from kaven_schema.services.billing.jobs import BATCH_ROWS, end_periods, end_trials, mark_overdue
from kaven_schema.services.billing.shapes import BillingClient, Invoice, InvoiceClient, Subscription
from kaven_schema.services.billing.statuses import (
    INVOICE_STATUSES,
    SUBSCRIPTION_STATUSES,
    InvoiceStatus,
    SubscriptionStatus,
)
from kaven_schema.services.billing.subscriptions import Subscriptions

__all__ = [
    "BATCH_ROWS",
    "INVOICE_STATUSES",
    "SUBSCRIPTION_STATUSES",
    "BillingClient",
    "Invoice",
    "InvoiceClient",
    "InvoiceStatus",
    "Invoices",
    "Subscription",
    "SubscriptionStatus",
    "Subscriptions",
    "end_periods",
    "end_trials",
    "mark_overdue",
]
