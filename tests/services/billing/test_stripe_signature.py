"""Stripe's documented signature scheme, and everything that is not it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaven_schema.services.billing import SubscriptionStatus
from kaven_schema.services.billing.stripe import (
    SignatureProblem,
    SignatureRefusedError,
    StripePayloadError,
    StripeWebhook,
    subscription_status,
)
from tests.services.billing.stripe_world import NOW, SECOND, SECRET, payload, signed

WEBHOOK = StripeWebhook((SECRET,), clock=lambda: NOW)
BODY = payload()


def problem_of(body: bytes, header: str, webhook: StripeWebhook = WEBHOOK) -> SignatureProblem:
    with pytest.raises(SignatureRefusedError) as error:
        webhook.read(body, header)
    assert SECRET not in f"{error.value!r}{webhook!r}"
    return error.value.problem


def test_known_answer() -> None:
    """By `openssl dgst -sha256 -hmac whsec_test_secret` over what is signed."""
    signature = "654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543"
    webhook = StripeWebhook((SECRET,), clock=lambda: datetime.fromtimestamp(1492774577, UTC))
    webhook.check(b'{"id":"evt_1","object":"event"}', f"t=1492774577,v1={signature}")


def test_read() -> None:
    event = WEBHOOK.read(BODY, signed(BODY))
    assert (event.id, event.type, event.made_at) == ("evt_1", "customer.subscription.updated", NOW)
    assert event.state
    assert (event.state.subscription_id, event.state.customer_id) == ("sub_1", "cus_1")
    assert event.state.price_id == "price_1"
    assert event.state.status is SubscriptionStatus.ACTIVE
    assert event.state.period_end == datetime(2025, 4, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        f"t={SECOND}",
        "v1=00",
        f"t={SECOND},v0=00",
        f"t=now,v1={'0' * 64}",
        f"t=-1,v1={'0' * 64}",
        f"t={SECOND},t={SECOND},v1={'0' * 64}",
        "t=" + "9" * 5000 + ",v1=00",
        "t=١٢٣,v1=00",
        "=,=,=",
    ],
)
def test_malformed(header: str) -> None:
    assert problem_of(BODY, header) is SignatureProblem.MALFORMED


def test_wrong() -> None:
    right = signed(BODY)
    assert problem_of(BODY + b" ", right) is SignatureProblem.WRONG
    assert problem_of(BODY, signed(BODY, secret="whsec_another")) is SignatureProblem.WRONG
    assert problem_of(BODY, right.replace(f"t={SECOND}", f"t={SECOND + 1}")) is SignatureProblem.WRONG
    assert problem_of(BODY, right.replace("v1=", "v2=").replace("v0=", "v1=")) is SignatureProblem.WRONG
    assert problem_of(BODY, f"t={SECOND},v1=é\ud83d") is SignatureProblem.WRONG
    assert problem_of(BODY, f"t={SECOND},v1=") is SignatureProblem.WRONG


@pytest.mark.parametrize(
    ("age", "problem"),
    [(301, SignatureProblem.TOO_OLD), (-301, SignatureProblem.TOO_NEW), (300, None), (-300, None)],
)
def test_tolerance(age: int, problem: SignatureProblem | None) -> None:
    header = signed(BODY, at=SECOND - age)
    if problem is None:
        WEBHOOK.read(BODY, header)
    else:
        assert problem_of(BODY, header) is problem


def test_another_tolerance() -> None:
    strict = StripeWebhook((SECRET,), tolerance=timedelta(seconds=10), clock=lambda: NOW)
    assert problem_of(BODY, signed(BODY, at=SECOND - 11), strict) is SignatureProblem.TOO_OLD


def test_one_secret_replaces_the_other() -> None:
    both = StripeWebhook(("whsec_new", SECRET), clock=lambda: NOW)
    both.read(BODY, signed(BODY))
    both.read(BODY, signed(BODY, secret="whsec_new"))
    two_signatures = signed(BODY, secret="whsec_lost") + "," + signed(BODY).split(",")[1]
    WEBHOOK.read(BODY, two_signatures)


@pytest.mark.parametrize("secrets", [(), ("",), SECRET, (SECRET, "")])
def test_secrets_that_are_none(secrets: Any) -> None:
    """A text would be a tuple of secrets of one letter each."""
    with pytest.raises(ValueError, match="secrets"):
        StripeWebhook(secrets)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("trialing", "TRIAL"),
        ("active", "ACTIVE"),
        ("past_due", "PAST_DUE"),
        ("unpaid", "UNPAID"),
        ("incomplete", "UNPAID"),
        ("paused", "UNPAID"),
        ("canceled", "CANCELED"),
        ("incomplete_expired", "CANCELED"),
    ],
)
def test_statuses(theirs: str, ours: str) -> None:
    assert subscription_status(theirs) == ours


def test_older_versions_of_the_interface() -> None:
    """Until 2025-03 the subscription itself had its period; and a customer may have been expanded."""
    body = payload(current_period_start=1, current_period_end=2, items={"data": []}, customer={"id": "cus_2"})
    state = WEBHOOK.read(body, signed(body)).state
    assert state
    assert (state.customer_id, state.price_id) == ("cus_2", None)
    assert state.period_end == datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)


def test_other_events_have_no_state() -> None:
    body = b'{"id": "evt_2", "type": "invoice.paid", "created": 1, "data": {"object": {"id": 5}}}'
    assert WEBHOOK.read(body, signed(body)).state is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        b'{"id": "evt", "type": "x"}',
        b'{"id": "evt", "type": "x", "created": true}',
        b'{"id": "evt", "type": "x", "created": 1e400}',
        b'{"id": "", "type": "x", "created": 1}',
        payload(status="brand_new"),
        payload(status=None),
        payload(customer=5),
        payload(customer="a\0b"),
        payload(items={"data": 5}),
        payload(items="none"),
        payload(trial_end="tomorrow"),
        payload(trial_end=10**30),
        payload(cancel_at_period_end="no"),
        payload(metadata={"tenant_id": 5}),
        json.dumps({"id": "evt", "type": "customer.subscription.updated", "created": 1}).encode(),
    ],
)
def test_signed_and_no_event(body: bytes) -> None:
    with pytest.raises(StripePayloadError):
        WEBHOOK.read(body, signed(body))
