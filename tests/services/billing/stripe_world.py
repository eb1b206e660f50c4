"""Stripe's side: events as its documentation shows them, signed as it documents."""

from __future__ import annotations

import copy
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

SECRET = "whsec_test_secret"
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
SECOND = int(NOW.timestamp())

_EVENT = json.loads(
    (Path(__file__).parent / "fixtures" / "subscription_updated.json").read_text(encoding="utf-8")
)


def signed(payload: bytes, *, at: int = SECOND, secret: str = SECRET) -> str:
    """The header Stripe-Signature, with the signature of test mode beside the one that counts."""
    signature = hmac.new(secret.encode(), b"%d.%s" % (at, payload), sha256).hexdigest()
    return f"t={at},v1={signature},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"


def payload(
    event_id: str = "evt_1", kind: str = "updated", at: int = SECOND, before: str | None = None, **fields: Any
) -> bytes:
    """An event of a subscription; `fields` are the subscription's."""
    event = copy.deepcopy(_EVENT)
    event |= {"id": event_id, "type": f"customer.subscription.{kind}", "created": at}
    event["data"]["object"] |= fields
    if before:
        event["data"]["previous_attributes"] = {"status": before}
    return json.dumps(event).encode()
