"""Graphviz as WebAssembly in Node: one process for many graphs, and a limit to the time that one of them may take."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.progress import Progress, silent

if TYPE_CHECKING:
    from subprocess import Popen

_RECIPE = "graphviz"
_HOST = Path(__file__).parent / "layout_host.mjs"
_MODULE = "node_modules/@hpcc-js/wasm-graphviz/dist/index.js"
TIME_LIMIT = 20.0
"""Seconds for one graph. What is dense enough to take that long is never asked for: this is for a sick machine."""


class Graphviz:
    """Lays out graphs. Raises KavenError `node_missing`, `layout_failed`, and what `ensure_packages` raises."""

    def __init__(self, *, progress: Progress = silent, time_limit: float = TIME_LIMIT) -> None:
        from kaven_schema.engines.node import find_node_tools
        from kaven_schema.engines.packages import ensure_packages

        self._node = find_node_tools().node
        self._module = ensure_packages(_RECIPE, progress=progress) / _MODULE
        self._limit = time_limit
        self._process: Popen[str] | None = None
        self._lines: SimpleQueue[str] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def layout(self, dot: str, engine: str = "dot") -> dict[str, Any] | None:
        """Places as `dot.read_layout` reads them; None where Graphviz gives up or takes too long."""
        process = self._started()
        assert process.stdin
        try:
            process.stdin.write(json.dumps({"id": 0, "dot": dot, "engine": engine}) + "\n")
            process.stdin.flush()
            line = self._lines.get(timeout=self._limit)
        except Empty:
            self._stop()
            return None
        except OSError:
            raise self._failed() from None
        if not line:
            raise self._failed()
        answer: dict[str, Any] = json.loads(line)
        return None if "error" in answer else answer

    def _started(self) -> Popen[str]:
        import subprocess
        from threading import Thread

        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    [self._node, str(_HOST), str(self._module)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                )
            except OSError as error:
                raise self._failed(error.strerror or str(error)) from None
            self._lines = SimpleQueue()
            Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        return self._process

    def _failed(self, reason: str = "it ended without an answer") -> KavenError:
        self._stop()
        return KavenError(
            "layout_failed",
            f"Graphviz in {self._node} could not lay the diagram out: {reason}",
            help="see whether Prisma's engines run there: kaven engine doctor",
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(BrokenPipeError), process:  # what it had not read goes with it
                process.kill()


def _read(process: Popen[str], lines: SimpleQueue[str]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put("")
