"""Invitations and verifications that have expired: nobody can use them, and nobody need know of them."""

from __future__ import annotations

from kaven_schema.services.access import Clock, utc_now
from kaven_schema.services.users.shapes import OpenClient


async def clean_up(client: OpenClient, *, clock: Clock = utc_now) -> int:
    """How many rows went; for the job that also cleans up refresh tokens."""
    where = {"expiresAt": {"lte": clock()}}
    return await client.invitation.delete_many(where=where) + await client.emailverification.delete_many(
        where=where
    )
