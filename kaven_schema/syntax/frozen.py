"""How the classes of nodes are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(eq_default=False, kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def node(cls: type[_Class]) -> type[_Class]:
    """A dataclass with slots that is frozen; its base refuses to assign. Made in two thirds of a frozen one's time."""
    made = dataclass(init=False, slots=True, kw_only=True, eq=False, repr=False)(cls)
    made.__init__ = _initializer(made)  # type: ignore[method-assign]
    return made


def _initializer(cls: type) -> Callable[..., None]:
    """As dataclasses write it for frozen classes, but each value goes straight to its slot, past `__setattr__`."""
    own = fields(cls)
    scope: dict[str, Any] = {f"default_{one.name}": one.default for one in own}
    scope |= {f"set_{one.name}": getattr(cls, one.name).__set__ for one in own}
    taken = ", ".join(one.name if one.default is MISSING else f"{one.name}=default_{one.name}" for one in own)
    body = "; ".join(f"set_{one.name}(self, {one.name})" for one in own)
    exec(f"def __init__(self, *, {taken}):\n    {body}", scope)  # noqa: S102 - our own names, as dataclasses do
    made: Callable[..., None] = scope["__init__"]
    return made
