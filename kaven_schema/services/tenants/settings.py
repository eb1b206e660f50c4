"""A tenant's settings, typed; what is not known here is kept as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields


class SettingsInvalidError(ValueError):
    """What is stored, or to be stored, is not what its key promises. `path` is as in `limits.users`."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"the tenant's setting {path} is not {expected}")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None is no limit. `others` are limits of the application's own."""

    users: int | None = None
    storage_megabytes: int | None = None
    requests_per_minute: int | None = None
    others: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """`features` are the flags that are on. `others` are settings of the application's own, as JSON."""

    theme: str = "light"
    features: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    others: Mapping[str, object] = field(default_factory=dict)

    def has(self, feature: str) -> bool:
        return feature in self.features


_LIMITS = tuple(one.name for one in fields(Limits) if one.name != "others")
_KNOWN = ("theme", "features", "limits")


def read_settings(stored: object) -> TenantSettings:
    """What `Tenant.settings` holds; defaults for what it lacks. Raises SettingsInvalidError.

    A limit that cannot be read is an error: it must not become no limit.
    """
    given = _mapping("settings", stored)
    theme = given.get("theme", "light")
    if not isinstance(theme, str):
        raise SettingsInvalidError("theme", "a text")
    return TenantSettings(
        theme=theme,
        features=_features(given.get("features")),
        limits=_limits(_mapping("limits", given.get("limits"))),
        others={name: value for name, value in given.items() if name not in _KNOWN},
    )


def write_settings(settings: TenantSettings) -> dict[str, object]:
    """For `Tenant.settings`, as JSON. Raises SettingsInvalidError where reading it would."""
    limits = {name: getattr(settings.limits, name) for name in _LIMITS}
    written: dict[str, object] = {
        **settings.others,
        "theme": settings.theme,
        "features": list(settings.features),
        "limits": {
            **settings.limits.others,
            **{name: limit for name, limit in limits.items() if limit is not None},
        },
    }
    read_settings(written)
    return written


def _mapping(path: str, value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SettingsInvalidError(path, "an object")
    return value


def _features(value: object) -> tuple[str, ...]:
    names = [] if value is None else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SettingsInvalidError("features", "a list of names")
    return tuple(dict.fromkeys(names))


def _limits(given: Mapping[str, object]) -> Limits:
    known = {name: _limit(name, given.get(name)) for name in _LIMITS}
    others = {name: value for name, value in given.items() if name not in _LIMITS}
    return Limits(**known, others=others)


def _limit(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SettingsInvalidError(f"limits.{name}", "a whole number from 0 on")
    return value
