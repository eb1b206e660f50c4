"""Settings, typed; what is unknown stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kaven_schema.services.tenants import (
    Limits,
    SettingsInvalidError,
    TenantSettings,
    read_settings,
    write_settings,
)


@pytest.mark.parametrize("stored", [None, {}, {"limits": None, "features": None}, {"limits": {}}])
def test_defaults(stored: object) -> None:
    assert read_settings(stored) == TenantSettings()
    assert TenantSettings().limits.users is None
    assert not TenantSettings().has("2fa")


def test_the_specification_example() -> None:
    settings = read_settings({"theme": "dark", "features": ["2fa", "api"]})
    assert settings == TenantSettings(theme="dark", features=("2fa", "api"))
    assert settings.has("2fa")
    assert not settings.has("analytics")


def test_unknown_keys_are_kept() -> None:
    stored: dict[str, Any] = {
        "theme": "dark",
        "features": ["a", "b"],
        "limits": {"users": 5, "storage_megabytes": 0, "seats": {"x": 1}},
        "branding": {"logo": "x.svg", "colours": [1, None]},
        "beta": True,
    }
    settings = read_settings(stored)
    assert settings.limits == Limits(users=5, storage_megabytes=0, others={"seats": {"x": 1}})
    assert settings.others == {"branding": stored["branding"], "beta": True}
    assert write_settings(settings) == stored
    changed = write_settings(replace(settings, theme="light", limits=replace(settings.limits, users=None)))
    limits = {"storage_megabytes": 0, "seats": {"x": 1}}
    assert changed == {**stored, "theme": "light", "limits": limits}


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        ("{}", "settings"),
        ([], "settings"),
        ({"theme": 1}, "theme"),
        ({"theme": None}, "theme"),
        ({"features": "2fa"}, "features"),
        ({"features": {"2fa": True}}, "features"),
        ({"features": [1]}, "features"),
        ({"limits": []}, "limits"),
        ({"limits": {"users": "5"}}, "limits.users"),
        ({"limits": {"users": 5.0}}, "limits.users"),
        ({"limits": {"users": True}}, "limits.users"),
        ({"limits": {"requests_per_minute": -1}}, "limits.requests_per_minute"),
    ],
)
def test_an_unreadable_limit_is_not_no_limit(stored: object, path: str) -> None:
    with pytest.raises(SettingsInvalidError) as error:
        read_settings(stored)
    assert error.value.path == path


def test_nothing_unreadable_is_written() -> None:
    with pytest.raises(SettingsInvalidError):
        write_settings(TenantSettings(limits=Limits(users=-1)))


def test_others_take_no_known_key() -> None:
    assert write_settings(TenantSettings(others={"theme": 5}))["theme"] == "light"
    assert write_settings(TenantSettings(limits=Limits(users=1, others={"users": 9})))["limits"] == {
        "users": 1
    }
