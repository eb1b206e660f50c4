"""The tenant's settings. What a tenant pays for is not for its own administrators to change."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from kaven_schema.services import tenants

from shop.answers import TenantSettings
from shop.dependencies import AdminDesk, TheDesk, TheShop
from shop.fields import Form, Line

router = APIRouter(prefix="/settings", tags=["settings"])


class SettingsChange(Form):
    theme: Line | None = None
    features: tuple[Line, ...] | None = None


@router.get("")
async def show(shop: TheShop, desk: TheDesk) -> TenantSettings:
    return _answer(await shop.tenants.settings(desk.tenant_id))


@router.patch("")
async def change(form: SettingsChange, shop: TheShop, desk: AdminDesk) -> TenantSettings:
    def changed(old: tenants.TenantSettings) -> tenants.TenantSettings:
        return replace(
            old,
            theme=old.theme if form.theme is None else form.theme,
            features=old.features if form.features is None else form.features,
        )

    return _answer(await shop.tenants.change_settings(desk.tenant_id, changed, by=desk.user_id))


def _answer(found: tenants.TenantSettings) -> TenantSettings:
    return TenantSettings(theme=found.theme, features=found.features, users=found.limits.users)
