"""Calls into a module that wasm-bindgen made: text in, text or an error out.

Prisma's modules come in two conventions. Older ones return through memory on a shadow stack and keep
JavaScript values in a numbered heap of the host; newer ones return several values and keep them in a table
of external references. Both are served by what the glue code published beside the modules does.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wasmtime import Caller, Engine, Func, Memory, Module, Store

_POINTER = 0xFFFFFFFF
_SHADOW_FRAME = 16
_RETURNS_TEXT_OR_ERROR = frozenset({"get_dmmf"})
_RETURNS_ERROR = frozenset({"validate"})
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class EngineError(Exception):
    """What the engine throws at input that it does not accept: Prisma's own report, without colours."""

    def __init__(self, thrown: str) -> None:
        super().__init__(_ANSI.sub("", _message(thrown)).strip())


def _message(thrown: str) -> str:
    try:
        message = json.loads(thrown)["message"]
    except (ValueError, LookupError, TypeError):
        return thrown
    return str(message)


class _Host:
    """The functions that a module calls. They reach its memory through the caller: a host that held the
    instance would keep each crashed one alive for ever.
    """

    def __init__(self) -> None:
        self.error = ""
        self.panic = ""

    def function(self, name: str) -> Callable[..., Any]:
        """What the glue code does under this name; the names carry a hash that changes with each release."""
        if name == "__wbindgen_init_externref_table":
            return _leave_to_instance
        if name == "__wbindgen_error_new":
            return self._number_error
        if name.startswith("__wbg_Error_"):
            return self._note_error
        if re.match(r"__wbg_set_?message_", name):
            return self._note_panic
        return _throw

    def _note_error(self, caller: Caller, start: int, length: int) -> None:
        """The module hands the error back as it got it: no need to give it one that tells anything."""
        self.error = _text_of(caller, start, length)

    def _number_error(self, caller: Caller, start: int, length: int) -> int:
        self._note_error(caller, start, length)
        return 1

    def _note_panic(self, caller: Caller, start: int, length: int) -> None:
        self.panic = _text_of(caller, start, length)


def _text_of(caller: Caller, start: int, length: int) -> str:
    memory: Any = caller["memory"]
    return _read(memory, caller, start, length)


def _throw(caller: Caller, start: int, length: int) -> None:
    raise RuntimeError(_text_of(caller, start, length))


def _leave_to_instance(_caller: Caller) -> None:
    """A caller gives no access to tables."""


def _read(memory: Memory, store: Store | Caller, start: int, length: int) -> str:
    start &= _POINTER
    return memory.read(store, start, start + length).decode("utf-8")


class Instance:
    """One instance of a module. After any exception but EngineError its memory is not to be trusted."""

    def __init__(self, engine: Engine, module: Module) -> None:
        from wasmtime import Func, FuncType, Store
        from wasmtime import Instance as WasmInstance

        self._store = Store(engine)
        self._host = _Host()
        imports = []
        for wanted in module.imports:
            assert isinstance(wanted.type, FuncType)
            function = self._host.function(wanted.name or "")
            imports.append(Func(self._store, wanted.type, function, access_caller=True))
        exports: Any = WasmInstance(self._store, module, imports).exports(self._store)
        self._exports = exports
        self._memory: Memory = exports["memory"]
        self._returns_through_memory = "__wbindgen_add_to_stack_pointer" in exports
        if not self._returns_through_memory:
            self._function("__wbindgen_start")(self._store)
            # The places of undefined, null, true and false: none of them is ever read here.
            exports["__wbindgen_externrefs"].grow(self._store, 4, None)

    @property
    def panic(self) -> str:
        """What the engine said when it crashed, empty if nothing."""
        return self._host.panic

    def call(self, name: str, *arguments: str) -> str:
        """The text that the function returns, empty if it returns none. Raises EngineError."""
        passed = [number for argument in arguments for number in self._pass(argument)]
        start = length = error = failed = 0
        if name in _RETURNS_ERROR:
            error, failed = self._results(name, passed, 2)
        elif name in _RETURNS_TEXT_OR_ERROR:
            start, length, error, failed = self._results(name, passed, 4)
        else:
            start, length = self._results(name, passed, 2)
        if failed:
            self._drop_error(error)
            raise EngineError(self._host.error)
        return self._take(start, length)

    def _function(self, name: str) -> Func:
        found: Func = self._exports[name]
        return found

    def _results(self, name: str, passed: Sequence[int], count: int) -> Sequence[int]:
        function = self._function(name)
        if not self._returns_through_memory:
            results: list[int] = function(self._store, *passed)
            return results
        move = self._function("__wbindgen_add_to_stack_pointer")
        frame = move(self._store, -_SHADOW_FRAME) & _POINTER
        function(self._store, frame, *passed)
        values = struct.unpack(f"<{count}i", self._memory.read(self._store, frame, frame + 4 * count))
        move(self._store, _SHADOW_FRAME)
        return values

    def _pass(self, text: str) -> tuple[int, int]:
        # A lone surrogate has no UTF-8 form, and the engine trusts that it gets UTF-8.
        encoded = text.encode("utf-8", "replace")
        start = self._function("__wbindgen_malloc")(self._store, len(encoded), 1) & _POINTER
        self._memory.write(self._store, encoded, start)
        return start, len(encoded)

    def _take(self, start: int, length: int) -> str:
        text = _read(self._memory, self._store, start, length)
        if length:
            self._function("__wbindgen_free")(self._store, start, length, 1)
        return text

    def _drop_error(self, index: int) -> None:
        if not self._returns_through_memory:
            self._function("__externref_table_dealloc")(self._store, index)
