"""What the commands on top of the services share."""

from __future__ import annotations

import click

from kaven_schema.diagnostics import KavenError

batch_size_option = click.option(
    "--batch-size",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Rows of one statement.",
)


def check_services_installed() -> None:
    """Raises KavenError `services_missing`."""
    try:
        import cryptography  # noqa: F401 - only whether it can be had
    except ImportError:
        raise KavenError(
            "services_missing",
            "the services need Python packages that are not installed, cryptography for one",
            help="pip install 'kaven-schema[services]'",
        ) from None
