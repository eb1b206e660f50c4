"""What makes a client lean at run time. `kaven generate` copies this file into it: nothing of kaven is needed."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

import pydantic

_Namespace = dict[str, Any]
_REFERENCE = re.compile(r"ForwardRef\('(\w+)'")


class _Definitions:
    """The definitions of `types.pyi`, compiled one by one into the module `types`."""

    def __init__(self, namespace: _Namespace, size: int) -> None:
        self.namespace = namespace
        self._size = size
        self._source = Path(namespace["__file__"]).with_name("types.pyi")
        self._lock = RLock()

    def names(self) -> list[str]:
        return [row.split()[0].decode() for row in self._index.splitlines()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and not name.startswith("__") and self._place(name.encode()) is not None

    def define(self, name: str) -> Any:
        """The value of a name. Raises KeyError where nothing defines it."""
        with self._lock:
            if name not in self.namespace:
                code = compile(self._text(name), str(self._source), "exec", dont_inherit=True)
                exec(code, self.namespace)  # noqa: S102 - as importing the file would
            return self.namespace[name]

    @cached_property
    def _index(self) -> bytes:
        """A row for each definition, sorted: its name, its first byte, the byte after its last."""
        if self._source.stat().st_size != self._size:
            raise ImportError(f"{self._source} is not as it was generated: generate the client again")
        return self._source.with_name("types.index").read_bytes()

    def _text(self, name: str) -> bytes:
        place = self._place(name.encode())
        if place is None:
            raise KeyError(name)
        start, end = place
        with self._source.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def _place(self, name: bytes) -> tuple[int, int] | None:
        """By halves: a dictionary of the 200,000 names of a large schema costs more than what is asked for."""
        low, high = 0, len(self._index)
        while low < high:
            begin = self._index.rfind(b"\n", 0, (low + high) // 2) + 1
            end = self._index.find(b"\n", begin)
            found, first, last = self._index[begin:end].split()
            if found == name:
                return int(first), int(last)
            low, high = (end + 1, high) if found < name else (low, begin)
        return None


class _Names(dict[str, Any]):
    """Names that are known, and those of the definitions as they are looked up."""

    def __init__(self, known: Mapping[str, Any], definitions: _Definitions) -> None:
        super().__init__(known)
        self._definitions = definitions

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._definitions

    def __missing__(self, name: str) -> Any:
        return self._definitions.define(name)


class _TypesModule(ModuleType):
    """The module `types` of a client."""

    _definitions: _Definitions

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # what `from … import *` asks for
            return [one for one in dir(self) if not one.startswith("_")]
        if name in self._definitions:
            return self._definitions.define(name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._definitions.names()})

    @property
    def __dict__(self) -> _Names:  # type: ignore[override]
        """Where `typing.get_type_hints` looks for what a definition refers to."""
        return _Names(self._definitions.namespace, self._definitions)


def serve_definitions(namespace: _Namespace, size: int) -> None:
    """Let the module with these globals find in `types.pyi`, of `size` bytes, what it does not have itself."""
    module = sys.modules[namespace["__name__"]]
    namespace["_definitions"] = definitions = _Definitions(namespace, size)
    namespace["__builtins__"] = _Names(vars(builtins), definitions)  # where a definition looks last
    module.__class__ = _TypesModule


def module_of(definition: type) -> ModuleType:
    """The module of a definition, with what its fields refer to, for `validate`, which looks only there."""
    module = sys.modules[definition.__module__]
    for annotation in definition.__annotations__.values():
        for name in _REFERENCE.findall(repr(annotation)):
            getattr(module, name, None)
    return module


class _OnUse:
    """An attribute of a model that pydantic has yet to complete: asking for it completes the model."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, model: type[pydantic.BaseModel]) -> Any:
        asked = model if instance is None else instance
        with _completing:
            for owner in model.__mro__:
                if vars(owner).get(self._name) is self:
                    _complete(owner)
                    if owner in _in_work:  # it is pydantic, at work on it, that asks
                        return getattr(super(owner, asked), self._name)
        return getattr(asked, self._name)


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
