"""Whether the query engine works here: started for real, and asked."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from subprocess import Popen

_SCHEMA = 'datasource db {\n  provider = "postgresql"\n  url = env("KAVEN_DOCTOR_URL")\n}\n'
_NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `help` says what to do where it is not well."""

    is_well: bool
    text: str
    help: str = ""


def examine_query_engine(url: str | None) -> Iterator[Finding]:
    """What was found, in the order in which one thing needs another. `url` is the database to reach."""
    from kaven_schema.engines.node import find_node_tools
    from kaven_schema.engines.query_engine import query_engine_path

    try:
        yield Finding(True, f"Node: {find_node_tools().node}")
        engine = query_engine_path()
    except KavenError as error:
        yield Finding(False, error.message, error.help)
        return
    yield Finding(True, f"query engine: {engine}")
    chosen = os.environ.get("PRISMA_QUERY_ENGINE_BINARY")
    if chosen and Path(chosen) != engine:
        yield Finding(True, f"clients use another one, which PRISMA_QUERY_ENGINE_BINARY names: {chosen}")
    yield from _started(engine, url)


def _started(engine: Path, url: str | None) -> Iterator[Finding]:
    import subprocess

    port = _free_port()
    begun = time.monotonic()
    process = subprocess.Popen(
        [str(engine), "-p", str(port)],
        env={**os.environ, "PRISMA_DML_PATH": "", "PRISMA_DML": _SCHEMA, "KAVEN_DOCTOR_URL": url or _NOWHERE},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answer = _status(port, process)
        taken = round((time.monotonic() - begun) * 1000)
    finally:
        process.terminate()
        said = process.communicate()[1].strip()
    if answer is None:
        yield Finding(False, f"the query engine does not start: {said}", "run: kaven engine install")
        return
    yield Finding(True, f"it starts, and answers after {taken} ms")
    status, problem = answer
    if url is not None:
        ok = status == 200
        text = "the database answers" if ok else f"the database does not: {problem}"
        yield Finding(ok, text, "" if ok else "start it, or correct DATABASE_URL")


def _status(port: int, process: Popen[str]) -> tuple[int, str] | None:
    """The status of /status and the engine's own words, or None if it never answers."""
    import json
    from http.client import HTTPConnection

    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        try:
            connection.request("GET", "/status")
            response = connection.getresponse()
            body = json.loads(response.read())
            return response.status, str(body.get("message", "")).partition("\n")[0]
        except (OSError, ValueError):
            time.sleep(0.02)
        finally:
            connection.close()
    return None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
