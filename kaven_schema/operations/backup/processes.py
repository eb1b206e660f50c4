"""PostgreSQL's programs as ends of a pipe: every exit status counts, and nothing that they say is lost."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import Popen

CHUNK = 1 << 20
_KEPT_LINES = 40
_PATIENCE_SECONDS = 10.0
_SET_PIPE_SIZE = 1031  # Linux: the pipe holds as much as one read takes


class ProgramFailedError(Exception):
    """`said` is what it wrote to standard error at last, `status` its exit status; negative is a signal's number."""

    def __init__(self, program: str, status: int, said: str) -> None:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with {status}"
        super().__init__(f"{program} {how}{': ' if said else ''}{said}")
        self.program = program
        self.status = status
        self.said = said


class Running:
    """A program that was started; `stdout` and `stdin` are pipes where they were asked for."""

    def __init__(self, process: Popen[bytes], name: str) -> None:
        from threading import Thread

        self.process = process
        self._name = name
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        # Somebody has to read it, or the program waits for ever with a full pipe.
        self._drain = Thread(target=self._listen, daemon=True)
        self._drain.start()

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def write(self, data: bytes) -> None:
        """Raises ProgramFailedError where the program no longer reads."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
        except BrokenPipeError:
            self.finish()
            raise ProgramFailedError(self._name, 0, "it stopped reading before the end") from None

    def feed(self, data: bytes) -> bool:
        """Whether the program still reads; it may have seen enough."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
        except BrokenPipeError:
            return False
        return True

    def finish(self) -> None:
        """Wait for its end. Raises ProgramFailedError unless that was a good one."""
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        status = self.process.wait()
        self._release()
        if status:
            raise ProgramFailedError(self._name, status, self.said())

    def said(self) -> str:
        """The lines that tell, without the program's own name before each."""
        lines = [line.removeprefix(f"{self._name}: ") for line in self._lines]
        telling = [line for line in lines if "error:" in line or "detail:" in line.lower()] or lines
        return "; ".join(telling[:4])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._release()

    def _release(self) -> None:
        """A child of its own may still hold the other end of what it said: nobody waits long for that."""
        self._drain.join(_PATIENCE_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None and not (pipe is self.process.stderr and self._drain.is_alive()):
                with suppress(OSError):
                    pipe.close()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if text := line.decode("utf-8", "replace").strip():
                self._lines.append(text)


@contextmanager
def running(
    command: Sequence[str | Path], *, password: str = "", stdin: bool = False, stdout: bool = False
) -> Iterator[Running]:
    """The program, until the end of the block: then it has to have ended well, or it is killed with the block.

    The password is in its environment, not among its arguments, which others can see. Raises ProgramFailedError.
    """
    import subprocess

    process = subprocess.Popen(
        [str(part) for part in command],
        env=_environment(password),
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    program = Running(process, Path(command[0]).name)
    if process.stdout is not None:
        _widen(process.stdout.fileno())
    try:
        yield program
        program.finish()
    except BaseException:
        program.kill()
        raise


def chunks(pipe: IO[bytes]) -> Iterator[bytes]:
    """All that comes, in pieces as they come."""
    while data := os.read(pipe.fileno(), CHUNK):
        yield data


def _widen(descriptor: int) -> None:
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(descriptor, _SET_PIPE_SIZE, CHUNK)


def _environment(password: str) -> dict[str, str]:
    """Without what would lead PostgreSQL's programs elsewhere than their arguments say."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PGOPTIONS", "PGSERVICE")}
    return kept | ({"PGPASSWORD": password} if password else {}) | {"LC_ALL": "C"}
