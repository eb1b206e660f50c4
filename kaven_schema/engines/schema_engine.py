"""Prisma's schema engine in a Node host: what turns one schema into SQL that leads to another."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.cache import cache_folder, cache_unwritable, private_folder
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_wasm import Files

if TYPE_CHECKING:
    from subprocess import Popen
    from types import TracebackType

_RECIPE = "schema-engine"
_HOST = Path(__file__).parent / "schema_host" / "host.mjs"
_PACKAGES = "KAVEN_SCHEMA_ENGINE_PACKAGES"
# What leads from a schema file to a database, for the engine: only the latter is said to have this one.
_NO_CHANGE = '-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n'
_LAUNCHER = """\
#!/bin/sh
{variable}={packages} exec {node} {host} "$@"
"""


@dataclass(frozen=True, slots=True)
class Empty:
    """A database without anything."""

    def as_target(self) -> dict[str, Any]:
        return {"tag": "empty"}


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """What Prisma schema files describe."""

    files: Files

    def as_target(self) -> dict[str, Any]:
        return {"tag": "schemaDatamodel", **_container(self.files)}


@dataclass(frozen=True, slots=True)
class Database:
    """What a database holds: only looked at, never changed."""

    url: str

    def as_target(self) -> dict[str, Any]:
        return {"tag": "url", "url": self.url}


@dataclass(frozen=True, slots=True)
class Migrations:
    """What all migrations of a folder give, one after the other."""

    folder: Path

    def as_target(self) -> dict[str, Any]:
        return {"tag": "migrations", "path": str(self.folder)}


State = Empty | SchemaFiles | Database | Migrations


class SchemaEngineError(KavenError):
    """What the engine refused; `code` is one of Prisma's, such as P1001, or empty."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(
            "prisma_engine_refused",
            f"Prisma's schema engine{f' ({code})' if code else ''}: {message.strip()}",
            help="mend what it names, then run the command again",
            exit_code=ExitCode.PROBLEMS,
        )
        self.code = code


def schema_engine_path(*, progress: Progress = silent) -> Path:
    """A program that takes the place of Prisma's native schema engine, for PRISMA_SCHEMA_ENGINE_BINARY.

    Raises KavenError `node_missing`, `npm_registry_unreachable`, `npm_failed`, `cache_unwritable`.
    """
    from hashlib import sha256
    from shlex import quote

    node, packages = _node_and_packages(progress)
    text = _LAUNCHER.format(
        variable=_PACKAGES, packages=quote(str(packages)), node=quote(node), host=quote(str(_HOST))
    )
    folder = private_folder(cache_folder() / "bin")
    path = folder / f"schema-engine-{sha256(text.encode()).hexdigest()[:16]}"
    if not path.exists():
        _write_program(path, text)
    return path


def _write_program(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError as error:
        raise cache_unwritable(path, error) from None


def _node_and_packages(progress: Progress) -> tuple[str, Path]:
    from kaven_schema.engines.node import find_node_tools
    from kaven_schema.engines.packages import ensure_packages

    return find_node_tools().node, ensure_packages(_RECIPE, progress=progress)


@dataclass(frozen=True, slots=True)
class PushResult:
    """`steps` were executed, unless `unexecutable` is not empty, or `warnings` and no force."""

    steps: int
    unexecutable: tuple[str, ...]
    warnings: tuple[str, ...]


class SchemaEngineSession:
    """One host process; use it as a block. Any method raises SchemaEngineError."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self._last = 0

    @classmethod
    def start(cls, *, progress: Progress = silent) -> SchemaEngineSession:
        """Raises KavenError as `schema_engine_path` does."""
        import subprocess

        node, packages = _node_and_packages(progress)
        return cls(
            subprocess.Popen(
                [node, str(_HOST)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                env={**os.environ, _PACKAGES: str(packages)},
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the host: it removes the databases that it tried migrations in."""
        if self._process.poll() is None:
            self._process.terminate()
        with suppress(BrokenPipeError), self._process:  # what could not be sent is still to be flushed
            pass

    def script(self, before: State, after: State, *, shadow_url: str | None = None) -> str:
        """The SQL that leads from one state to the other; empty if they are the same.

        `shadow_url` is a database to try `Migrations` in: whatever it holds is lost.
        """
        text, differs = self._diff(before, after, shadow_url, script=True)
        text = text.replace(_NO_CHANGE, "")
        return text if differs and text.strip() else ""

    def summary(self, before: State, after: State, *, shadow_url: str | None = None) -> str:
        """The same for people, table by table."""
        text, differs = self._diff(before, after, shadow_url, script=False)
        return text if differs and text.strip() else ""

    def push(self, files: Files, *, force: bool = False) -> PushResult:
        """Bring the database of the schema's datasource to the schema, without migrations."""
        answer = self._call("schemaPush", {"force": force, "schema": _container(files)})
        return PushResult(answer["executedSteps"], tuple(answer["unexecutable"]), tuple(answer["warnings"]))

    def execute(self, url: str, script: str) -> None:
        """Run SQL as one script in a database."""
        self._call("dbExecute", {"datasourceType": {"tag": "url", "url": url}, "script": script})

    def _diff(self, before: State, after: State, shadow_url: str | None, *, script: bool) -> tuple[str, bool]:
        printed: list[str] = []
        question = {
            "from": before.as_target(),
            "to": after.as_target(),
            "shadowDatabaseUrl": shadow_url,
            "script": script,
            "exitCode": True,
        }
        answer = self._call("diff", question, printed)
        return "".join(printed), answer["exitCode"] == 2

    def _call(self, method: str, parameters: dict[str, Any], printed: list[str] | None = None) -> Any:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("method") == "print":
                if printed is not None:
                    printed.append(message["params"]["content"])
                self._send({"id": message["id"], "result": {}})
            elif "error" in message:
                data = message["error"].get("data") or message["error"]
                raise SchemaEngineError(data.get("error_code") or "", data["message"])
            else:
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # why it has ended is told by what it says last
            self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            said = self._process.stderr.read().strip().splitlines()
            reasons = [line for line in said if "Error" in line] or said or ["it ended without a word"]
            raise KavenError(
                "prisma_engine_panicked",
                f"Prisma's schema engine ended: {reasons[0]}",
                help="run the command again; if it stays, clear its packages: rm -r ~/.cache/kaven/npm",
            )
        message: dict[str, Any] = json.loads(line)
        return message


def _container(files: Files) -> dict[str, Any]:
    return {"files": [{"path": path, "content": content} for path, content in files]}
