"""Prisma's own schema engine in this process: verdicts, formatter and DMMF of Prisma's command line."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.wasm_calls import EngineError, Instance

if TYPE_CHECKING:
    from wasmtime import Engine, Module

PRISMA_VERSIONS = ("5.17", "6", "7")
_WASM = "node_modules/@prisma/prisma-schema-wasm/src/prisma_schema_build_bg.wasm"
_URI = "file:///schema.prisma"

Files = Sequence[tuple[str, str]]
"""Schema files as (path, text); the paths are names in messages, nothing is read from them."""


@dataclass(frozen=True, slots=True)
class EngineFinding:
    """One error or warning of Prisma's; `start` and `end` count characters of that file's text."""

    path: str
    start: int
    end: int
    message: str
    is_warning: bool


def engines_available() -> bool:
    """Whether the extra `engines` is installed; imports nothing."""
    from importlib.util import find_spec

    return find_spec("wasmtime") is not None


class SchemaEngine:
    """One version of the engine. Any method raises KavenError `prisma_engine_panicked` if it crashes."""

    def __init__(self, prisma: str, engine: Engine, module: Module) -> None:
        self.prisma = prisma
        self._engine = engine
        self._module = module
        self._instance: Instance | None = None

    @classmethod
    def load(cls, prisma: str, *, progress: Progress = silent) -> SchemaEngine:
        """The engine of Prisma "5.17", "6" or "7", installed and compiled at the first use.

        Raises KavenError `engines_missing`, `prisma_version_unknown`, `prisma_engine_damaged`, and what
        `ensure_packages` raises.
        """
        if prisma not in PRISMA_VERSIONS:
            raise _unknown_version(prisma)
        if not engines_available():
            raise KavenError(
                "engines_missing",
                "Prisma's own validator needs the Python package wasmtime, which is not installed",
                help="pip install 'kaven-schema[engines]'",
            )
        from kaven_schema.engines.packages import ensure_packages
        from kaven_schema.engines.wasm_module import load_module

        folder = ensure_packages(f"schema-{prisma}", progress=progress)
        title = f"Compiling the schema engine of Prisma {prisma} (needed once)"
        return cls(prisma, *load_module(folder / _WASM, title, progress))

    def lint(self, files: Files) -> tuple[EngineFinding, ...]:
        """All errors and warnings, in the engine's order; `validate` accepts what has no error."""
        found = json.loads(self._call("lint", _to_json(list(files))))
        return _findings(found, files)

    def validate(self, files: Files) -> None:
        """Raises EngineError with Prisma's own report if the files are not a valid schema."""
        self._call("validate", _to_json({"prismaSchema": list(files), "noColor": True}))

    def format(self, text: str) -> str:
        """The text as `prisma format` would leave it; adds missing opposite relations as that does."""
        params = {"textDocument": {"uri": _URI}, "options": {"tabSize": 2, "insertSpaces": True}}
        answer = self._call("format", _to_json([[_URI, text]]), _to_json(params))
        formatted: str = json.loads(answer)[0][1]
        return formatted

    def dmmf(self, files: Files) -> dict[str, Any]:
        """Prisma's model of the schema, as generators get it. Raises EngineError."""
        answer = self._call("get_dmmf", _to_json({"prismaSchema": list(files), "noColor": True}))
        dmmf: dict[str, Any] = json.loads(answer)
        return dmmf

    def config(self, files: Files, env: Mapping[str, str]) -> dict[str, Any]:
        """`generators`, `datasources` and `warnings`; a variable that `env` lacks is no error.

        Raises EngineError.
        """
        question = {
            "prismaSchema": list(files),
            "datasourceOverrides": {},
            "ignoreEnvVarErrors": True,
            "env": dict(env),
        }
        answer = json.loads(self._call("get_config", _to_json(question)))
        if answer["errors"]:
            raise EngineError("".join(error["message"] for error in answer["errors"]))
        config: dict[str, Any] = answer["config"]
        return config

    def _call(self, name: str, *arguments: str) -> str:
        from wasmtime import Trap, WasmtimeError

        instance = self._instance or Instance(self._engine, self._module)
        self._instance = None
        try:
            answer = instance.call(name, *arguments)
        except EngineError:
            self._instance = instance
            raise
        except (Trap, WasmtimeError, RuntimeError) as error:
            raise self._panicked(instance.panic or str(error).splitlines()[-1].strip()) from None
        self._instance = instance
        return answer

    def _panicked(self, reason: str) -> KavenError:
        return KavenError(
            "prisma_engine_panicked",
            f"the schema engine of Prisma {self.prisma} crashed on this schema: {reason}",
            help='undo the last change to the schema, or set another version in kaven.toml: prisma = "6"',
            exit_code=ExitCode.PROBLEMS,
        )


def _unknown_version(prisma: str) -> KavenError:
    return KavenError(
        "prisma_version_unknown",
        f"there is no schema engine for Prisma {prisma!r}",
        help=f"write one of {', '.join(PRISMA_VERSIONS)}",
        exit_code=ExitCode.WRONG_USE,
    )


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _findings(found: Sequence[Mapping[str, Any]], files: Files) -> tuple[EngineFinding, ...]:
    offsets = {path: _characters_of(text) for path, text in files}
    return tuple(
        EngineFinding(
            path=item["file_name"],
            start=offsets[item["file_name"]](item["start"]),
            end=offsets[item["file_name"]](item["end"]),
            message=item["text"],
            is_warning=item["is_warning"],
        )
        for item in found
    )


def _characters_of(text: str) -> Callable[[int], int]:
    """Turns the engine's offsets into this text, which count UTF-16 units, into offsets of characters."""
    if text.isascii():
        return int
    wide = [offset for offset, character in enumerate(text) if character > "\uffff"]
    unit_offsets = [offset + before for before, offset in enumerate(wide)]
    return lambda units: units - bisect_left(unit_offsets, units)
