"""Random operations of tenant A's, on every model through every door, that name B's rows as often as not.

An operation is data, so that the same one can be done in two worlds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

PRICED = {"price": Decimal(1), "total": Decimal(1)}
AMOUNTS = {"subtotal": Decimal(1), "total": Decimal(1)}
REQUIRED: dict[str, Callable[[str], dict[str, Any]]] = {
    "User": lambda key: {"email": f"{key}@example", "passwordHash": "A-h", "name": f"A-{key}"},
    "UserTenant": lambda _: {},
    "RefreshToken": lambda key: {"token": key, "expiresAt": datetime(2025, 1, 1, tzinfo=UTC)},
    "AuditLog": lambda _: {"action": "A-a", "entityType": "A-e", "entityId": "A-i"},
    "Subscription": lambda _: {},
    "Invoice": lambda key: {"number": key, **AMOUNTS},
    "InvoiceItem": lambda _: {"description": "A-d", **PRICED},
    "Order": lambda key: {"number": key, **AMOUNTS},
    "OrderItem": lambda _: {"description": "A-d", "quantity": 1, **PRICED},
    "OrderStatusHistory": lambda _: {"status": "PENDING"},
    "Ticket": lambda _: {"subject": "A-s"},
    "TicketComment": lambda _: {"body": "A-b"},
}
TEXTS = {
    "Tenant": ("id", "name", "slug"),
    "User": ("id", "email", "name", "tenantId", "company"),
    "UserTenant": ("id", "userId", "tenantId"),
    "RefreshToken": ("id", "token", "userId"),
    "AuditLog": ("id", "tenantId", "userId", "action"),
    "Subscription": ("id", "tenantId", "stripePriceId"),
    "Invoice": ("id", "tenantId", "subscriptionId", "number"),
    "InvoiceItem": ("id", "invoiceId", "description"),
    "Order": ("id", "tenantId", "number"),
    "OrderItem": ("id", "orderId", "description"),
    "OrderStatusHistory": ("id", "orderId", "notes"),
    "Ticket": ("id", "tenantId", "assigneeId", "subject"),
    "TicketComment": ("id", "ticketId", "authorId", "body"),
}
WRITABLE = {"User": "company", "AuditLog": "userAgent", "Subscription": "stripePriceId", "Ticket": "subject"}
NAMES = {
    "Tenant": "tenant",
    "User": "user",
    "UserTenant": "member",
    "RefreshToken": "token",
    "AuditLog": "log",
    "Subscription": "subscription",
    "Invoice": "invoice",
    "InvoiceItem": "line",
    "Order": "order",
    "OrderItem": "item",
    "OrderStatusHistory": "status",
    "Ticket": "ticket",
    "TicketComment": "comment",
}
READS = ("find_many", "find_first", "find_unique", "count", "group_by")
WRITES = (
    *("create", "create", "create_many", "update", "update", "update", "update_many", "upsert", "upsert"),
    *("delete", "delete_many"),
)
_OWNERS = {
    "tenantId": "Tenant",
    "userId": "User",
    "assigneeId": "User",
    "authorId": "User",
    "invoiceId": "Invoice",
    "orderId": "Order",
    "subscriptionId": "Subscription",
    "ticketId": "Ticket",
}
_STAMP = re.compile(r"20[23]\d-\d\d-\d\d[ T][\d:.]+(?:\+00(?::00)?)?")
_THE_YEAR_OF_THE_DATA = "2025"


class Operation(NamedTuple):
    model: str
    method: str
    arguments: dict[str, Any]


class Walker:
    """`schema` is what the tenant's client knows of the models."""

    def __init__(self, schema: Any, seed: int) -> None:
        self.random = Random(seed)
        self._schema = schema
        self._made: dict[str, list[str]] = {}
        self._number = 0

    def operations(self, methods: tuple[str, ...], count: int) -> list[Operation]:
        return [self._operation(self.random.choice(methods)) for _ in range(count)]

    def _operation(self, method: str) -> Operation:
        models = [*NAMES] if method in READS or self._chance(0.05) else [*REQUIRED]
        model = self.random.choice(models)
        return Operation(model, method, getattr(self, f"_{method}")(model))

    # --- operations -------------------------------------------------------------------------------------------------

    def _find_many(self, model: str) -> dict[str, Any]:
        found = self._find_first(model)
        return found | ({"take": self.random.randint(-3, 5)} if self._chance(0.3) else {})

    def _find_first(self, model: str) -> dict[str, Any]:
        found: dict[str, Any] = {"order": self._order(model)}
        found |= {"where": self._where(model, 2)} if self._chance(0.7) else {}
        found |= {"include": self._include(model, 2)} if self._chance(0.5) else {}
        found |= {"cursor": {"id": self._id(model)}} if self._chance(0.1) else {}
        found |= {"skip": 1} if self._chance(0.1) else {}
        return found | ({"distinct": [self.random.choice(TEXTS[model])]} if self._chance(0.05) else {})

    def _find_unique(self, model: str) -> dict[str, Any]:
        return {"where": self._unique(model)} | (
            {"include": self._include(model, 2)} if self._chance(0.5) else {}
        )

    def _count(self, model: str) -> dict[str, Any]:
        return {"where": self._where(model, 2)} if self._chance(0.8) else {}

    def _group_by(self, model: str) -> dict[str, Any]:
        return {"by": [self.random.choice(TEXTS[model])], "count": True, "where": self._where(model, 1)}

    def _create(self, model: str) -> dict[str, Any]:
        return {"data": self._row(model, 2)} | (
            {"include": self._include(model, 1)} if self._chance(0.3) else {}
        )

    def _create_many(self, model: str) -> dict[str, Any]:
        return {"data": [self._row(model, 0) for _ in range(self.random.randint(1, 3))]}

    def _update(self, model: str) -> dict[str, Any]:
        found = {"where": self._unique(model), "data": self._changes(model, 2)}
        return found | ({"include": self._include(model, 1)} if self._chance(0.3) else {})

    def _update_many(self, model: str) -> dict[str, Any]:
        return {"where": self._where(model, 2), "data": self._changes(model, 0)}

    def _upsert(self, model: str) -> dict[str, Any]:
        data = {"create": self._row(model, 1), "update": self._changes(model, 1)}
        return {"where": self._unique(model), "data": data}

    def _delete(self, model: str) -> dict[str, Any]:
        return {"where": self._unique(model)}

    def _delete_many(self, model: str) -> dict[str, Any]:
        return {"where": {"AND": [{"id": self._id(model)}, self._where(model, 2)]}}

    # --- arguments --------------------------------------------------------------------------------------------------

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _id(self, model: str) -> str:
        if self._made.get(model) and self._chance(0.3):
            return self.random.choice(self._made[model])
        mark = "A" if self._chance(0.65) else "B"
        return f"{mark}-tenant" if model == "Tenant" else f"{mark}-{NAMES[model]}-{self.random.randrange(4)}"

    def _unique(self, model: str) -> dict[str, Any]:
        if model == "UserTenant" and self._chance(0.3):
            pair = {"userId": self._id("User"), "tenantId": self._id("Tenant")}
            return {"userId_tenantId": pair}
        if model == "User" and self._chance(0.3):
            return {"email": f"{self.random.choice('AB')}-{self.random.randrange(4)}@example"}
        return {"id": self._id(model)}

    def _text(self, model: str, field: str) -> str:
        if field in _OWNERS:
            return self._id(_OWNERS[field])
        if field == "id":
            return self._id(model)
        return self.random.choice(("A-", "B-", "A-name-1", "B-name-1", "A-d", ""))

    def _where(self, model: str, depth: int) -> dict[str, Any]:
        relations = self._schema[model].relations
        if depth and self._chance(0.3):
            logic = self.random.choice(("AND", "OR", "NOT"))
            return {logic: [self._where(model, depth - 1) for _ in range(self.random.randint(1, 2))]}
        if depth and relations and self._chance(0.6):
            name = self.random.choice([*relations])
            return {name: self._relation_filter(relations[name], depth - 1)}
        field = self.random.choice(TEXTS[model])
        value = self._text(model, field)
        operator = self.random.choice(("equals", "contains", "startswith", "not", "gt", "lte", "in"))
        return {field: {operator: [value] if operator == "in" else value}}

    def _relation_filter(self, relation: Any, depth: int) -> Any:
        inner = self._where(relation.target, depth) if self._chance(0.9) else {}
        if relation.is_list:
            return {self.random.choice(("some", "none", "every")): inner}
        if self._chance(0.1):
            return self.random.choice((None, {"is": None}, {"is_not": None}, inner))
        return {self.random.choice(("is", "is_not")): inner}

    def _order(self, model: str) -> Any:
        relations = [name for name, one in self._schema[model].relations.items() if not one.is_list]
        if relations and self._chance(0.05):
            name = self.random.choice(relations)
            return [{name: {"id": "asc"}}, {"id": "asc"}]
        field, direction = self.random.choice(TEXTS[model]), self.random.choice(("asc", "desc"))
        return [{"id": direction}] if field == "id" else [{field: direction}, {"id": "asc"}]

    def _include(self, model: str, depth: int) -> dict[str, Any]:
        relations = self._schema[model].relations
        names = self.random.sample([*relations], min(len(relations), self.random.randint(1, 2)))
        return {name: self._included(relations[name], depth - 1) for name in names}

    def _included(self, relation: Any, depth: int) -> Any:
        found: dict[str, Any] = {}
        if depth and self._chance(0.5):
            found["include"] = self._include(relation.target, depth)
        if relation.is_list:
            found["order_by"] = self._order(relation.target)
            if self._chance(0.3):
                found["where"] = self._where(relation.target, 1)
            if self._chance(0.2):
                found["take"] = 2
            if self._chance(0.05):
                found["cursor"] = {"id": self._id(relation.target)}
        return found or True

    # --- data -------------------------------------------------------------------------------------------------------

    def _row(self, model: str, depth: int, via: str = "") -> dict[str, Any]:
        self._number += 1
        key = f"A-gen-{self._number}"
        data = {"id": key, **(REQUIRED[model](key) if model in REQUIRED else {"name": "A-n", "slug": key})}
        facts = self._schema[model]
        chosen: dict[str, Any] = {}
        for name, relation in facts.relations.items():
            if name == via or not relation.fields or relation.target == "Tenant":
                continue
            if self._chance(0.9):
                chosen[relation.fields[0]] = self._id(relation.target)
        if depth and chosen and self._chance(0.3):
            chosen = self._as_relations(facts, chosen)
        if self._chance(0.05) and facts.has_own_tenant and not facts.is_tenant:
            chosen[facts.tenant_field] = self._id("Tenant")
        if depth and self._chance(0.4):
            chosen |= self._nested(model, depth - 1, via, ("create", "connect", "connect_or_create"))
        self._made.setdefault(model, []).append(key)
        return data | chosen

    def _as_relations(self, facts: Any, keys: dict[str, Any]) -> dict[str, Any]:
        names = {relation.fields[0]: name for name, relation in facts.relations.items() if relation.fields}
        return {names[field]: {"connect": {"id": value}} for field, value in keys.items()}

    def _changes(self, model: str, depth: int) -> dict[str, Any]:
        facts = self._schema[model]
        data: dict[str, Any] = {}
        if field := WRITABLE.get(model):
            data[field] = f"A-{self.random.randrange(100)}"
        if self._chance(0.4):
            keys = [field for relation in facts.relations.values() for field in relation.fields]
            if keys:
                field = self.random.choice(keys)
                value = self._text(model, field)
                data[field] = value if self._chance(0.7) else {"set": value}
        if depth and self._chance(0.5):
            operators = ("create", "connect", "connect_or_create", "disconnect", "set", "delete")
            data |= self._nested(model, depth - 1, "", operators)
        if self._chance(0.05):
            data["id"] = self._id(model) if model == "Tenant" else self._fresh()
        return data

    def _fresh(self) -> str:
        self._number += 1
        return f"A-gen-{self._number}"

    def _nested(self, model: str, depth: int, via: str, operators: tuple[str, ...]) -> dict[str, Any]:
        relations = self._schema[model].relations
        names = [name for name in relations if name != via]
        if not names:
            return {}
        name = self.random.choice(names)
        operator = self.random.choice(operators)
        return {name: {operator: self._nested_value(relations[name], operator, depth)}}

    def _nested_value(self, relation: Any, operator: str, depth: int) -> Any:
        target = relation.target
        if operator in ("disconnect", "delete") and not relation.is_list:
            return True
        if operator == "create":
            made: Any = self._row(target, depth, relation.opposite)
        elif operator == "connect_or_create":
            made = {"where": self._unique(target), "create": self._row(target, depth, relation.opposite)}
        else:
            made = self._unique(target)
        return [made] if relation.is_list else made


def plain(value: Any) -> Any:
    """An outcome, without the moments at which rows were made."""
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return timeless(str(value)) if isinstance(value, datetime) else value


def timeless(text: str) -> str:
    return _STAMP.sub(lambda found: found[0] if found[0].startswith(_THE_YEAR_OF_THE_DATA) else "now", text)
