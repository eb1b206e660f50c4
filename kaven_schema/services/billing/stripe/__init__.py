"""Stripe's webhooks: verified, each done once, in whatever order they come; without the network."""

from kaven_schema.services.billing.stripe.events import (
    StripeEvent,
    StripePayloadError,
    SubscriptionState,
    subscription_status,
)
from kaven_schema.services.billing.stripe.shapes import StripeClient
from kaven_schema.services.billing.stripe.signature import (
    SignatureProblem,
    SignatureRefusedError,
    StripeWebhook,
)
from kaven_schema.services.billing.stripe.subscriptions import Outcome, StripeSubscriptions, tenant_of

__all__ = [
    "Outcome",
    "SignatureProblem",
    "SignatureRefusedError",
    "StripeClient",
    "StripeEvent",
    "StripePayloadError",
    "StripeSubscriptions",
    "StripeWebhook",
    "SubscriptionState",
    "subscription_status",
    "tenant_of",
]
