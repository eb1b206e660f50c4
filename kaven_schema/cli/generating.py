"""Generating the client at the end of a command."""

from __future__ import annotations

from kaven_schema.cli.output import say
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path
from kaven_schema.project import Project

_NOTHING_TO_DO = "client_nothing_to_generate"


def generate_client(project: Project, *, is_asked_for: bool = False) -> None:
    """Generate it if the settings want one, and say what was made; no Python client to make is no error.

    Where it `is_asked_for`, a generator that is not installed is one.
    """
    from kaven_schema.client.generator import generate_clients
    from kaven_schema.client.place import chosen_place
    from kaven_schema.engines.progress import on_stderr

    if not project.settings.client:
        return
    try:
        settings = project.settings
        generation = generate_clients(
            project.output,
            prisma=settings.prisma,
            output=chosen_place(settings),
            lean=settings.lean_client,
            global_models=settings.global_models,
            progress=on_stderr,
        )
    except KavenError as error:
        if error.rule != _NOTHING_TO_DO and (is_asked_for or error.rule != "client_missing"):
            raise
        say(f"no Python client: {error.message}")
        return
    for note in (*generation.ignored, *(note for client in generation.clients for note in client.notes)):
        say(note)
    for generated in generation.clients:
        counts = f"{_counted(generated.models, 'model')} and {_counted(generated.enums, 'enum')}"
        say(f"{shown_path(generated.output)}: typed client with {counts}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
