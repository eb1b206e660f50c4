"""kaven secrets"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, say
from kaven_schema.cli.servicing import check_services_installed
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.services.project_client import ServiceClient
    from kaven_schema.services.secrets import Rotation

_SHOWN_USERS = 20


@click.group("secrets", short_help="secrets encrypted at rest: new-key, rotate")
def command() -> None:
    """The encryption of two-factor secrets and backup codes.

    Keys come from KAVEN_SECRET_KEYS, or from the file that KAVEN_SECRET_KEYS_FILE names; the first one encrypts.

    \b
    Example:
      kaven secrets new-key /etc/app/secret-keys
      kaven secrets rotate
    """


@command.command("new-key", short_help="put a new key first in a file of keys")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--id",
    "key_id",
    metavar="ID",
    help="Its name in ciphertexts: letters, digits, _ and -.  [default: date and chance]",
)
def new_key(file: Path, key_id: str | None) -> int:
    """Make a key, and put it before those that are in FILE, which only its owner may read. It is not shown.

    \b
    Example:
      kaven secrets new-key /etc/app/secret-keys
      KAVEN_SECRET_KEYS_FILE=/etc/app/secret-keys kaven secrets rotate
    """
    check_services_installed()
    from kaven_schema.keyring.key_file import add_key

    ring = add_key(file, key_id)
    others = len(ring.keys) - 1
    more = f", {others} older one{'s' * (others != 1)} still decrypt{'s' * (others == 1)}" if others else ""
    say(f"{file}: key {ring.current.id} encrypts{more}")
    if _would_be_committed(file):
        say(f"git does not ignore {file}, and would take it along: add it to .gitignore")
    return ExitCode.FINE


def _would_be_committed(file: Path) -> bool:
    """False also where there is no git, or no repository."""
    import subprocess

    command = ["git", "check-ignore", "--quiet", "--", file.name]
    try:
        done = subprocess.run(command, cwd=file.parent, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 1


@command.command("rotate", short_help="encrypt every secret under the first key")
@click.option(
    "--batch-size",
    default=500,
    show_default=True,
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Users read at once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def rotate(batch_size: int, as_json: bool) -> int:
    """Encrypt anew whatever is not encrypted under the first key, while the application works on.

    A run that was killed goes on where it was. An older key is needed until a run ends without an unreadable secret,
    after every process of the application has the new one.

    \b
    Example:
      kaven secrets rotate
    """
    check_services_installed()
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.services.project_client import with_project_client
    from kaven_schema.services.secrets import load_key_ring, rotate_secrets

    keys = load_key_ring()

    async def work(client: ServiceClient) -> Rotation:
        return await rotate_secrets(client, keys, batch=batch_size, progress=on_stderr)

    done = with_project_client(load_settings(Path.cwd()), work, progress=on_stderr)
    if as_json:
        echo_json({"key": keys.current.id, **asdict(done)})
    else:
        _tell(done, keys.current.id)
    return ExitCode.PROBLEMS if done.unreadable else ExitCode.FINE


def _tell(done: Rotation, key: str) -> None:
    say(
        f"{done.users} user{'s' * (done.users != 1)} with secrets, {done.rewritten} encrypted anew under key {key}"
    )
    if done.unreadable:
        shown = ", ".join(done.unreadable[:_SHOWN_USERS])
        more = " …" if len(done.unreadable) > _SHOWN_USERS else ""
        say(f"unreadable, left as they are: {shown}{more}")
        say("  put the key back that they are encrypted under; whoever was tampered with must enrol again")
