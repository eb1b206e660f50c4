"""What the application is told from outside. Keys have variables of their own, which kaven_schema reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`domain` is the application's own host; a tenant's is one label before it. `origin` is where its pages are."""

    application_url: str = field(repr=False)
    authentication_url: str = field(repr=False)
    outbox: Path
    domain: str
    origin: str


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises KeyError with the name of the variable that is missing."""
    return Settings(
        application_url=environment["DATABASE_URL"],
        authentication_url=environment["AUTHENTICATION_DATABASE_URL"],
        outbox=Path(environment["SHOP_OUTBOX"]),
        domain=environment["SHOP_DOMAIN"],
        origin=environment["SHOP_ORIGIN"],
    )
