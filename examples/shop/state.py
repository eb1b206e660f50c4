"""All that a request may need, made once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from db import Prisma
from kaven_schema.services.access_tokens import AccessTokens, load_signing_keys
from kaven_schema.services.passwords import PasswordHasher, Passwords
from kaven_schema.services.refresh_tokens import RefreshTokens
from kaven_schema.services.secrets import KeyRing, load_key_ring
from kaven_schema.services.tenants import Subdomains, Tenants
from kaven_schema.services.two_factor import TwoFactor
from kaven_schema.services.users import Memberships, Users

from shop.attempts import Attempts
from shop.database import connected
from shop.mail import Mailer, Outbox
from shop.settings import Settings

_SECOND_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """`authentication` sees the users of all tenants; what belongs to one is reached with `application` alone."""

    settings: Settings
    application: Prisma = field(repr=False)
    authentication: Prisma = field(repr=False)
    mailer: Mailer
    hasher: PasswordHasher
    subdomains: Subdomains
    access_tokens: AccessTokens
    second_steps: AccessTokens
    secret_keys: KeyRing
    attempts: Attempts

    @property
    def passwords(self) -> Passwords:
        return Passwords(self.authentication, hasher=self.hasher)

    @property
    def two_factor(self) -> TwoFactor:
        return TwoFactor(self.authentication, self.secret_keys, self.settings.domain)

    @property
    def refresh_tokens(self) -> RefreshTokens:
        return RefreshTokens(self.authentication)

    @property
    def users(self) -> Users:
        return Users(self.authentication)

    @property
    def memberships(self) -> Memberships:
        return Memberships(self.authentication)

    @property
    def tenants(self) -> Tenants:
        return Tenants(self.authentication)


@asynccontextmanager
async def opened(settings: Settings, hasher: PasswordHasher) -> AsyncIterator[Shop]:
    keys, issuer = load_signing_keys(), f"https://{settings.domain}"
    async with connected(settings) as databases:
        yield Shop(
            settings=settings,
            application=databases.application,
            authentication=databases.authentication,
            mailer=Outbox(settings.outbox),
            hasher=hasher,
            subdomains=Subdomains(settings.domain),
            access_tokens=AccessTokens(keys, issuer, "shop"),
            # Another audience: who has shown a password alone has no access token.
            second_steps=AccessTokens(keys, issuer, "shop-second-step", lifetime=_SECOND_STEP),
            secret_keys=load_key_ring(),
            attempts=Attempts(),
        )
