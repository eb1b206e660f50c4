"""kaven tokens"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, say
from kaven_schema.cli.servicing import batch_size_option, check_services_installed
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.services.project_client import ServiceClient
    from kaven_schema.services.refresh_tokens.cleanup import Cleanup


@click.group("tokens", short_help="refresh tokens: cleanup")
def command() -> None:
    """Refresh tokens in the database.

    \b
    Example:
      kaven tokens cleanup
    """


@command.command("cleanup", short_help="remove expired refresh tokens, in batches")
@batch_size_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def cleanup(batch_size: int, as_json: bool) -> int:
    """Remove refresh tokens that have expired; for cron, once a day.

    \b
    Example:
      kaven tokens cleanup
      0 3 * * * cd /srv/app && kaven tokens cleanup
    """
    check_services_installed()
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.services.project_client import with_project_client
    from kaven_schema.services.refresh_tokens.cleanup import clean_up

    async def work(client: ServiceClient) -> Cleanup:
        return await clean_up(client, batch=batch_size, progress=on_stderr)

    done = with_project_client(load_settings(Path.cwd()), work, progress=on_stderr)
    if as_json:
        echo_json(asdict(done))
    else:
        say(f"removed {_counted(done.sessions, 'session')} and {_counted(done.spent_tokens, 'spent token')}")
    return ExitCode.FINE


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
