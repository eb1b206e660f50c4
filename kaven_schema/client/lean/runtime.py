"""What makes a client lean at run time. `kaven generate` copies this file into it: nothing of kaven is needed."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import pydantic

_Namespace = dict[str, Any]


class _Definitions:
    """The definitions of `types.pyi`, compiled one by one into the module `types`."""

    def __init__(self, namespace: _Namespace) -> None:
        self._namespace = namespace
        self._source = Path(namespace["__file__"]).with_name("types.pyi")
        self._lock = RLock()
        self._places: dict[str, tuple[int, int]] = {}

    def places(self) -> dict[str, tuple[int, int]]:
        with self._lock:
            if not self._places:
                self._places = self._read_places()
            return self._places

    def define(self, name: str) -> Any:
        """The value of a name. Raises KeyError where nothing defines it."""
        with self._lock:
            if name not in self._namespace:
                exec(compile(self._text(*self.places()[name]), str(self._source), "exec"), self._namespace)
            return self._namespace[name]

    def _text(self, start: int, end: int) -> bytes:
        with self._source.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def _read_places(self) -> dict[str, tuple[int, int]]:
        size, *rows = self._source.with_name("types.index").read_text(encoding="ascii").splitlines()
        if self._source.stat().st_size != int(size):
            raise ImportError(f"{self._source} has been changed since it was generated: generate the client again")
        fields = (row.split() for row in rows)
        return {name: (int(start), int(end)) for name, start, end in fields}


class _Names(builtins.dict[str, Any]):
    """The builtins of the module `types`: where a definition, or a forward reference, looks last."""

    def __init__(self, definitions: _Definitions) -> None:
        super().__init__(vars(builtins))
        self._definitions = definitions

    def __missing__(self, name: str) -> Any:
        return self._definitions.define(name)


def serve_definitions(namespace: _Namespace) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of the module `types`, whose globals are given."""
    definitions = _Definitions(namespace)
    namespace["__builtins__"] = _Names(definitions)

    def names() -> list[str]:
        return sorted({*namespace, *definitions.places()})

    def value(name: str) -> Any:
        if name == "__all__":  # what `from … import *` asks for
            return [one for one in names() if not one.startswith("_")]
        if not name.startswith("__"):
            try:
                return definitions.define(name)
            except KeyError:
                pass
        raise AttributeError(f"module {namespace['__name__']!r} has no attribute {name!r}")

    return value, names


class _OnUse:
    """An attribute of a model that pydantic has yet to complete: asking for it completes the model."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, model: type[pydantic.BaseModel]) -> Any:
        owner = next(one for one in model.__mro__ if vars(one).get(self._name) is self)
        _complete(owner)
        asked = model if instance is None else instance
        in_work = vars(owner).get(self._name) is self
        return getattr(super(owner, asked) if in_work else asked, self._name)


_ASKED = ("model_fields", "__signature__")
_CAN_WAIT = tuple(int(part) for part in pydantic.VERSION.split(".")[:2]) >= (2, 11)
_completing = RLock()
_in_work: set[type] = set()


def rebuild_later(model: type[pydantic.BaseModel]) -> None:
    """Let pydantic build the model when it is first used, not when it is imported."""
    if model.__pydantic_complete__:
        return
    if not _CAN_WAIT:
        model.model_rebuild()
        return
    for name in _ASKED:
        setattr(model, name, _OnUse(name))


def complete_bases(base: type[pydantic.BaseModel]) -> None:
    """Let subclasses of a model that waits see its fields complete."""

    def init_subclass(cls: type[pydantic.BaseModel], *arguments: Any, **options: Any) -> None:
        for parent in cls.__mro__[1:]:
            _complete(parent)
        super(base, cls).__init_subclass__(*arguments, **options)

    base.__init_subclass__ = classmethod(init_subclass)  # type: ignore[assignment]


def _complete(model: type) -> None:
    if not issubclass(model, pydantic.BaseModel) or not _waiting(model):
        return
    with _completing:
        if model in _in_work:
            return
        _in_work.add(model)
        try:
            model.model_rebuild()
            for name in _waiting(model):
                delattr(model, name)
        finally:
            _in_work.remove(model)


def _waiting(model: type) -> list[str]:
    return [name for name in _ASKED if isinstance(vars(model).get(name), _OnUse)]
