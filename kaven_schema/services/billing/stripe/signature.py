"""Whether a request comes from Stripe: HMAC-SHA256 of its time and its body, in the header Stripe-Signature."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from kaven_schema.services.access import Clock, utc_now
from kaven_schema.services.billing.stripe.events import StripeEvent, read_event

TOLERANCE = timedelta(minutes=5)
_SCHEME = "v1"
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureProblem(StrEnum):
    """For the application's log; to whoever sent the request all of them are the same answer, 400."""

    MALFORMED = "malformed"
    WRONG = "wrong"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"


class SignatureRefusedError(Exception):
    """Neither a secret nor a signature is in the message."""

    def __init__(self, problem: SignatureProblem) -> None:
        super().__init__(f"the signature of the webhook is {problem.value.replace('_', ' ')}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class StripeWebhook:
    """`secrets` are of the endpoint, whsec_…: several while one replaces the other."""

    secrets: Sequence[str] = field(repr=False)
    tolerance: timedelta = field(default=TOLERANCE, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.secrets, str) or not self.secrets or not all(self.secrets):
            raise ValueError("give the secrets of the endpoint as a tuple, none of them empty")

    def read(self, payload: bytes, signature: str) -> StripeEvent:
        """The event of a request: its body as it came, and its header Stripe-Signature.

        Raises SignatureRefusedError, and StripePayloadError for what is signed but no event.
        """
        self.check(payload, signature)
        return read_event(payload)

    def check(self, payload: bytes, signature: str) -> None:
        """Raises SignatureRefusedError."""
        made_at, given = _parts(signature)
        expected = self._expected(made_at, payload)
        # All are compared, so that how long it takes says nothing of which one was near.
        matches = [hmac.compare_digest(one, other) for one in expected for other in given]
        if not any(matches):
            raise SignatureRefusedError(SignatureProblem.WRONG)
        age = self.clock().timestamp() - int(made_at)
        if abs(age) > self.tolerance.total_seconds():
            raise SignatureRefusedError(SignatureProblem.TOO_OLD if age > 0 else SignatureProblem.TOO_NEW)

    def _expected(self, made_at: str, payload: bytes) -> list[bytes]:
        signed = made_at.encode() + b"." + payload
        return [hmac.digest(secret.encode(), signed, sha256).hex().encode() for secret in self.secrets]


def _parts(signature: str) -> tuple[str, list[bytes]]:
    """The time as it was signed, and the signatures of the scheme that counts; others, such as v0, are for tests."""
    found = list(_pairs(signature))
    times = [value for name, value in found if name == "t"]
    given = [value.encode(errors="replace") for name, value in found if name == _SCHEME]
    if len(times) != 1 or not _TIME.fullmatch(times[0]) or not given:
        raise SignatureRefusedError(SignatureProblem.MALFORMED)
    return times[0], given


def _pairs(signature: str) -> Iterator[tuple[str, str]]:
    for part in signature.split(","):
        name, _, value = part.strip().partition("=")
        yield name, value
