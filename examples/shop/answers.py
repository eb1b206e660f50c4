"""What goes out: the fields that are named here, and no other of the row."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AliasGenerator, BaseModel, ConfigDict, JsonValue, PlainSerializer
from pydantic.alias_generators import to_camel

# Base's columns hold two digits; the client gives no more of them than there are.
Amount = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str)]


class Answer(BaseModel):
    """Read from a row, whose fields are in camel case."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=to_camel),
        from_attributes=True,
        frozen=True,
        populate_by_name=True,
    )


class Said(Answer):
    message: str


class Problem(Answer):
    error: str
    message: str


class Session(Answer):
    """`access_token` is for the header `Authorization: Bearer`; the refresh token is in a cookie."""

    access_token: str
    expires_in: int
    tenant: str | None = None


class SecondStep(Answer):
    """The password was right; the authenticator's code is still to come."""

    challenge: str
    expires_in: int


class Account(Answer):
    id: str
    email: str
    name: str
    two_factor_enabled: bool


class Enrolled(Answer):
    """To be shown this once."""

    secret: str
    uri: str
    qr_svg: str


class TwoFactorState(Answer):
    enabled: bool
    backup_codes_left: int


class NewBackupCodes(Answer):
    """To be shown this once."""

    backup_codes: tuple[str, ...]


class Tenant(Answer):
    id: str
    name: str
    slug: str


class Membership(Answer):
    tenant: Tenant
    role: str


class Member(Answer):
    user_id: str
    email: str
    name: str
    role: str


class Order(Answer):
    id: str
    number: str
    status: str
    subtotal: Amount
    shipping: Amount
    tax: Amount
    total: Amount
    currency: str


class OrderChange(Answer):
    status: str
    notes: str | None
    created_at: datetime


class Invoice(Answer):
    id: str
    number: str
    status: str
    subtotal: Amount
    tax: Amount
    discount: Amount
    total: Amount
    currency: str
    due_date: datetime | None


class Ticket(Answer):
    id: str
    subject: str
    priority: str
    assignee_id: str | None
    created_at: datetime


class TenantSettings(Answer):
    theme: str
    features: tuple[str, ...]
    users: int | None


class AuditEntry(Answer):
    action: str
    entity_type: str
    entity_id: str
    user_id: str | None
    ip_address: str | None
    changes: JsonValue
    created_at: datetime


class AuditPage(Answer):
    entries: tuple[AuditEntry, ...]
    next: str | None
