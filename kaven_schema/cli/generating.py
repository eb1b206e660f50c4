"""Generating the client at the end of a command."""

from __future__ import annotations

from kaven_schema.cli.output import say
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path
from kaven_schema.project import Project


def generate_client(project: Project) -> None:
    """Generate it if the settings want one, and say what was made; no Python client to make is no error."""
    from kaven_schema.client.generator import generate_clients
    from kaven_schema.engines.progress import on_stderr

    if not project.settings.client:
        return
    try:
        generation = generate_clients(project.output, prisma=project.settings.prisma, progress=on_stderr)
    except KavenError as error:
        if error.rule not in ("client_nothing_to_generate", "client_missing"):
            raise
        say(f"no Python client: {error.message}")
        return
    for client in generation.clients:
        say(f"{shown_path(client.output)}: typed client with {client.models} models, {client.enums} enums")
