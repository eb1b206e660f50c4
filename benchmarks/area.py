"""One area of a large product: the seven kinds of model that business schemas are made of, and two enums."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.models import Model, Row, column, table, variable
from benchmarks.names import area_name

_TIMES = [
    column("createdAt", "DateTime", "@default(now())"),
    column("updatedAt", "DateTime", "@updatedAt"),
]
_MONEY = "@db.Decimal(12, 2)"


def make_area(number: int, hosts: dict[str, Model], previous: Model | None) -> Iterator[Model]:
    """The enums and models of an area, main model first; each stands with only those before it.

    `hosts` are `Tenant` and `User`, or the blocks that re-open them: they gain the opposite relations.
    """
    area = area_name(number)
    yield _enum(f"{area}State", f"Where {_article(area)} record is in its life", _STATES)
    record = _record(area, hosts, previous)
    yield record
    yield _line(area, record)
    yield _enum(f"{area}EventKind", f"What can happen to {_article(area)} record", _KINDS)
    yield _event(area, record, hosts["User"])
    yield _settings(area, record)
    label = _label(area, record, hosts["Tenant"])
    yield label
    yield _assignment(area, record, hosts["User"])
    yield _rule(area, label, hosts)


_STATES = ("DRAFT", "IN_REVIEW", "ACTIVE", "ON_HOLD", "CLOSED", "ARCHIVED")
_KINDS = ("CREATED", "CHANGED", "STATE_CHANGED", "COMMENTED", "EXPORTED")


def _article(area: str) -> str:
    return f"an {area.lower()}" if area[0] in "AEIOU" else f"a {area.lower()}"


def _enum(name: str, about: str, values: tuple[str, ...]) -> Model:
    return Model(name, about, list(values), keyword="enum")


def _new(name: str, about: str, *columns: Row | str, keys: tuple[str, ...] = ()) -> Model:
    identity = column("id", "String", "@id", "@default(uuid())")
    return Model(name, about, [identity, *columns, "", *_TIMES], keys=[*keys, f'@@map("{table(name)}s")'])


def _relate(
    owner: Model,
    target: Model,
    name: str,
    *,
    optional: bool = False,
    back: str = "",
    label: str = "",
    one: bool = False,
) -> None:
    """A foreign key relation and its opposite; the column `{name}Id` is the caller's."""
    named = f'"{label}", ' if label else ""
    keys = f"{named}fields: [{name}Id], references: [id], onDelete: {'SetNull' if optional else 'Cascade'}"
    owner.relations.append((name, target.name + "?" * optional, f"@relation({keys})"))
    opposite = (back or f"{variable(owner.name)}s", owner.name + ("?" if one else "[]"))
    target.relations.append((*opposite, f'@relation("{label}")') if label else opposite)


def _record(area: str, hosts: dict[str, Model], previous: Model | None) -> Model:
    source: list[Row | str] = (
        ["/// What this one follows from, in another area", column("sourceId", "String?")] if previous else []
    )
    foreign_keys = ("ownerId", "reviewerId", "parentId", *(["sourceId"] if previous else []))
    record = _new(
        f"{area}Record",
        f"What the {area.lower()} area is about; everything else in the area belongs to one of these",
        *_record_columns(area),
        *source,
        keys=(
            "@@unique([tenantId, code])",
            "@@index([tenantId, state])",
            "@@index([tenantId, createdAt])",
            "@@index([externalId])",
            *(f"@@index([{name}])" for name in foreign_keys),
        ),
    )
    _relate(record, hosts["Tenant"], "tenant")
    for name in ("owner", "reviewer"):
        label = f"{area}Record{name.title()}"
        _relate(record, hosts["User"], name, optional=True, label=label, back=variable(label))
    _relate(record, record, "parent", optional=True, label=f"{area}RecordTree", back="children")
    if previous:
        _relate(record, previous, "source", optional=True, back=f"{variable(area)}Records")
    return record


def _record_columns(area: str) -> tuple[Row | str, ...]:
    return (
        column("tenantId", "String"),
        "",
        "/// Number that people see and quote, counted per tenant",
        column("code", "String", "@db.VarChar(32)"),
        "",
        column("title", "String"),
        column("description", "String?", "@db.Text"),
        column("state", f"{area}State", "@default(DRAFT)"),
        column("priority", "Int", "@default(0)", "@db.SmallInt", note="higher comes first"),
        "",
        "/// When work on it should be done; reminders go out some days before",
        column("dueAt", "DateTime?", "@db.Timestamptz(3)"),
        "/// Its key in the system that it was imported from",
        column("externalId", "String?", "@db.VarChar(120)"),
        "",
        column("netAmount", "Decimal", "@default(0)", _MONEY),
        column("taxAmount", "Decimal", "@default(0)", _MONEY),
        column("currency", "String", '@default("BRL")', "@db.Char(3)"),
        column("metadata", "Json?", note="free for integrations, not read by us"),
        column("archivedAt", "DateTime?"),
        "",
        "/// Who answers for it; nobody once they have left",
        column("ownerId", "String?"),
        "/// Second pair of eyes, where the tenant's settings ask for one",
        column("reviewerId", "String?"),
        "/// Records can be nested, for instance one per branch office",
        column("parentId", "String?"),
    )


def _line(area: str, record: Model) -> Model:
    line = _new(
        f"{area}Line",
        "One position of a record, in the order in which people entered them",
        column("recordId", "String"),
        "",
        column("position", "Int"),
        column("description", "String"),
        "",
        "/// Negative for what is taken back",
        column("quantity", "Decimal", "@default(1)", "@db.Decimal(12, 3)"),
        column("unitPrice", "Decimal", _MONEY),
        column("discountPercent", "Decimal", "@default(0)", "@db.Decimal(5, 2)"),
        "/// As it was on the day, whatever the rate is now",
        column("taxRatePercent", "Decimal", "@default(0)", "@db.Decimal(5, 2)"),
        column("externalReference", "String?", "@db.VarChar(120)"),
        "/// When all of it had arrived; a part of it is an event of the record",
        column("deliveredAt", "DateTime?"),
        "",
        "/// What the buyer chose; the keys are those of the product",
        column("options", "Json", '@default("{}")'),
        keys=("@@unique([recordId, position])", "@@index([externalReference])"),
    )
    _relate(line, record, "record", back="lines")
    return line


def _event(area: str, record: Model, user: Model) -> Model:
    event = _new(
        f"{area}Event",
        "What happened to a record, and who did it; rows are added and never changed",
        column("recordId", "String"),
        column("kind", f"{area}EventKind"),
        "",
        "/// Null for what the system does by itself, and once the user is gone",
        column("actorId", "String?"),
        "",
        '/// Format: { "field": [before, after], ... }',
        column("changes", "Json?"),
        column("comment", "String?", "@db.Text"),
        column("ipAddress", "String?", "@db.VarChar(45)", note="IPv6 in its longest form"),
        column("userAgent", "String?", "@db.VarChar(400)"),
        "",
        "/// Joins the rows that one request of the API left behind",
        column("requestId", "String?", "@db.Uuid"),
        column("durationMilliseconds", "Int?"),
        column("happenedAt", "DateTime", "@default(now())", "@db.Timestamptz(3)"),
        keys=("@@index([recordId, happenedAt(sort: Desc)])", "@@index([actorId])", "@@index([kind])"),
    )
    _relate(event, record, "record", back="events")
    _relate(event, user, "actor", optional=True)
    return event


def _settings(area: str, record: Model) -> Model:
    settings = _new(
        f"{area}Settings",
        "What can be set for one record; without a row, what the tenant has set holds",
        column("recordId", "String", "@unique"),
        "",
        "// Notifications",
        column("notifyOwner", "Boolean", "@default(true)"),
        column("notifyReviewer", "Boolean", "@default(false)"),
        column("reminderDays", "Int[]", "@default([7, 1])"),
        "",
        "// Approval",
        "/// Above this amount a reviewer has to agree",
        column("approvalThreshold", "Decimal?", _MONEY),
        column("requiresTwoReviewers", "Boolean", "@default(false)"),
        "",
        "// What people see",
        column("locale", "String", '@default("pt-BR")', "@db.VarChar(10)"),
        column("timeZone", "String", '@default("America/Sao_Paulo")', "@db.VarChar(64)"),
        "/// Replaces the tenant's own text at the foot of printed pages",
        column("footerText", "String?", "@db.VarChar(1000)"),
    )
    _relate(settings, record, "record", back="settings", one=True)
    return settings


def _label(area: str, record: Model, tenant: Model) -> Model:
    label = _new(
        f"{area}Label",
        "A tenant's own words to sort records by",
        column("tenantId", "String"),
        "",
        column("name", "String", "@db.VarChar(80)"),
        "/// Hexadecimal, with the number sign",
        column("color", "String", '@default("#607d8b")', "@db.Char(7)"),
        column("description", "String?"),
        column("sortOrder", "Int", "@default(0)", "@db.SmallInt"),
        column("isHidden", "Boolean", "@default(false)"),
        "",
        "/// Kinds of event after which the label is taken off again",
        column("removedBy", f"{area}EventKind[]"),
        "/// How often it is in use; counted anew each night",
        column("useCount", "Int", "@default(0)"),
        keys=("@@unique([tenantId, name])", "@@index([tenantId, createdAt])"),
    )
    _relate(label, tenant, "tenant")
    label.relations.append(("records", f"{record.name}[]"))
    record.relations.append(("labels", f"{label.name}[]"))
    return label


def _assignment(area: str, record: Model, user: Model) -> Model:
    assignment = _new(
        f"{area}Assignment",
        "Who works on a record, for how much of their time, and until when",
        column("recordId", "String"),
        column("userId", "String"),
        "",
        "/// Share of a working week",
        column("percentOfTime", "Int", "@default(100)", "@db.SmallInt"),
        column("startsOn", "DateTime", "@db.Date"),
        column("endsOn", "DateTime?", "@db.Date"),
        column("note", "String?", "@db.VarChar(2000)"),
        "",
        "/// Overrides what the user's contract says",
        column("hourlyRate", "Decimal?", "@db.Decimal(8, 2)"),
        "/// Null until the owner of the record has agreed",
        column("approvedAt", "DateTime?"),
        column("isLead", "Boolean", "@default(false)"),
        keys=("@@unique([recordId, userId])", "@@index([userId, startsOn])"),
    )
    _relate(assignment, record, "record", back="assignments")
    _relate(assignment, user, "user")
    return assignment


def _rule(area: str, label: Model, hosts: dict[str, Model]) -> Model:
    rule = _new(
        f"{area}Rule",
        "Puts a label on records by itself; rules run in their order, the first that fits wins",
        column("tenantId", "String"),
        column("labelId", "String"),
        column("authorId", "String?"),
        "",
        '/// Example: {"all": [{"field": "netAmount", "above": 1000}]} // the braces are data',
        column("condition", "Json"),
        column("runOrder", "Int", "@default(0)"),
        "/// A rule that fails is switched off, and its author is told why",
        column("lastError", "String?", "@db.Text"),
        column("lastRunAt", "DateTime?"),
        "",
        column("isEnabled", "Boolean", "@default(true)"),
        column("timesApplied", "BigInt", "@default(0)"),
        keys=(
            "@@index([tenantId, runOrder])",
            "@@index([tenantId, createdAt])",
            "@@index([labelId])",
            "@@index([authorId])",
        ),
    )
    _relate(rule, hosts["Tenant"], "tenant")
    _relate(rule, label, "label", back="rules")
    _relate(rule, hosts["User"], "author", optional=True)
    return rule
