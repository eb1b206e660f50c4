"""One row of the log, in the transaction of the change that it tells of."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from uuid import uuid4

from kaven_schema.services.audit.context import current_context
from kaven_schema.services.audit.redaction import Dumpable, Json, redacted, redacted_text
from kaven_schema.services.audit.shapes import AuditClient

_OUTSIDE = "OutsideTenantError"

Snapshot = Mapping[str, object] | Dumpable


class NotInTransactionError(Exception):
    """A change and its record are written together or not at all."""

    def __init__(self) -> None:
        super().__init__("a change is recorded in its own transaction: open one with transaction(client)")


async def record(
    client: AuditClient,
    action: str,
    *,
    entity_type: str,
    entity_id: str,
    before: Snapshot | None = None,
    after: Snapshot | None = None,
    user_id: str | None = None,
    tenant_id: str | None = None,
    secret_fields: Collection[str] = (),
) -> str:
    """The row's id. `before` None is a creation, `after` None a removal; of two snapshots what differs is kept.

    User and tenant are the context's unless given. Raises NotInTransactionError for a change outside of one.
    """
    if (before is not None or after is not None) and not client.is_transaction():
        raise NotInTransactionError
    context = current_context()
    user, tenant = user_id or context.user_id, tenant_id or context.tenant_id
    # The columns are foreign keys that a deletion empties; this copy stays.
    actor: dict[str, Json] = {"userId": user, "tenantId": tenant}
    changes = {**changes_of(before, after, secret_fields), "actor": actor}
    data: dict[str, str | None] = {
        "id": str(uuid4()),
        "action": action,
        "entityType": entity_type,
        "entityId": entity_id,
        "userId": user,
        "tenantId": tenant,
        "changes": json.dumps(changes, allow_nan=False),
        "ipAddress": context.ip_address,
        "userAgent": redacted_text(context.user_agent) if context.user_agent else None,
    }
    given = {
        name: value for name, value in data.items() if value is not None
    }  # a tenant's client adds its own
    await _add(client, given)
    return given["id"]


async def _add(client: AuditClient, data: dict[str, str]) -> None:
    """By an INSERT that returns no row: whoever adds to the log need not be able to read it.

    In the client of a tenant where the user is a guest, the column would lead to a row of another tenant's.
    """
    try:
        await client.auditlog.create_many(data=[data])
    except Exception as error:
        if (
            type(error).__name__ != _OUTSIDE or data.pop("userId", None) is None
        ):  # each project has its own class
            raise
        await client.auditlog.create_many(data=[data])


def changes_of(
    before: Snapshot | None, after: Snapshot | None, secret_fields: Collection[str] = ()
) -> dict[str, Json]:
    """`{"before": …, "after": …}`, redacted; a secret that changed is there, and says nothing else."""
    old, new = _fields(before), _fields(after)
    if old is not None and new is not None:
        names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        old, new = ({name: side.get(name) for name in names} for side in (old, new))
    elif old is not None or new is not None:
        old, new = (_filled(side) for side in (old, new))
    return {"before": redacted(old, secret_fields), "after": redacted(new, secret_fields)}


def _fields(snapshot: Snapshot | None) -> dict[str, object] | None:
    if snapshot is None:
        return None
    return dict(snapshot.model_dump() if isinstance(snapshot, Dumpable) else snapshot)


def _filled(fields: dict[str, object] | None) -> dict[str, object] | None:
    """Without relations that were not loaded, and columns that are empty."""
    return fields and {name: value for name, value in fields.items() if value is not None}
