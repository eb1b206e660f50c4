"""A command of the user's own that tells whether what was deployed works."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError

VARIABLE = "DATABASE_URL"


def run_smoke(
    command: str, url: DatabaseUrl, *, variables: Sequence[str] = (VARIABLE,), err: bool = False
) -> None:
    """Run it by the shell with the URL in its environment, as each of `variables`.

    What it prints passes through, `err` all to stderr. Raises KavenError `smoke_failed` (exit 1) where it ends with
    anything but 0.
    """
    import subprocess

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    done = subprocess.run(  # noqa: S602 - the user's own command line, with pipes and all
        command,
        check=False,
        shell=True,
        env=os.environ | dict.fromkeys(variables, str(url)),
        stdout=sys.stderr.fileno() if err else None,
    )
    if done.returncode:
        raise KavenError(
            "smoke_failed",
            f"the migrations are applied, and the smoke command {_ending(done.returncode)}: {command}",
            help="see what it printed; mend the application, or deploy a migration that mends the database",
            exit_code=ExitCode.PROBLEMS,
        )


def _ending(code: int) -> str:
    if code > 0:
        return f"ended with {code}"
    import signal

    return f"was ended by {signal.Signals(-code).name}"
