"""`kaven` with `kaven migrate lint`."""

from __future__ import annotations

from kaven_schema.cli import main
from kaven_schema.cli.migrate import command
from kaven_schema.cli.migrate_lint import lint

command.add_command(lint)
main()
