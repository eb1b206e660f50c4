"""What is installed, and whether schema, client and engine fit together."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

_CLIENT = "0.15.0"
# Whose words are about the client itself; anything else only says that it could not be looked at.
_CLIENT_FAULTS = ("client_stale", "client_missing", "client_not_generated", "prisma_schema_invalid")


def versions(deployment: Deployment) -> Iterator[Finding]:
    """This package, the release of base, and the pinned client library."""
    import platform

    from kaven_schema import __version__
    from kaven_schema.update.lock import read_lock

    lock = read_lock(deployment.settings.root)
    release = f", {lock.vendor} {lock.release}" if lock else ""
    text = f"kaven-schema {__version__}, Python {platform.python_version()}{release}"
    yield Finding("versions", Colour.GREEN, text)
    if not deployment.settings.client:
        return
    found = _installed("prisma")
    if found == _CLIENT:
        yield Finding("versions", Colour.GREEN, f"prisma-client-py {found}")
    else:
        what = (
            f"prisma-client-py is {found}, tested is {_CLIENT}"
            if found
            else "prisma-client-py is not installed"
        )
        yield Finding("versions", Colour.RED, what, "pip install 'kaven-schema[client]'")


def _installed(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def schema(deployment: Deployment) -> Iterator[Finding]:
    """Whether the merged schema is the one that base and extended give."""
    from kaven_schema.project import Project
    from kaven_schema.render.file import FileState

    output = shown_path(deployment.settings.output)
    state = Project(deployment.settings).output_state()
    if state is FileState.CURRENT:
        yield Finding("schema", Colour.GREEN, f"{output} is up to date")
        return
    what = {
        None: "does not exist",
        FileState.STALE: "is older than base and extended",
        FileState.EDITED: "was edited by hand",
        FileState.FOREIGN: "was not written by kaven",
    }[state]
    yield Finding("schema", Colour.RED, f"{output} {what}", "kaven merge")


def client(deployment: Deployment) -> Iterator[Finding]:
    """Whether the generated client is that of the merged schema."""
    if not deployment.settings.client:
        yield Finding("client", Colour.GREEN, "the project has none: client = false")
        return
    from kaven_schema.client.generated import read_project

    try:
        folder = read_project(deployment.settings).client
    except KavenError as error:
        colour = Colour.RED if error.rule in _CLIENT_FAULTS else Colour.YELLOW
        yield Finding("client", colour, error.message.partition("\n")[0], error.help)
        return
    if not (folder / "client.py").is_file():
        yield Finding("client", Colour.RED, f"there is no client at {shown_path(folder)}", "kaven generate")
    elif not (folder / "schema.prisma").is_file():
        what = f"{shown_path(folder)} does not say from which schema it was generated"
        yield Finding("client", Colour.YELLOW, what, "kaven generate")
    else:
        yield Finding("client", Colour.GREEN, f"{shown_path(folder)} was generated from this schema")


def engine(deployment: Deployment) -> Iterator[Finding]:
    """Whether the query engine is there, starts, and reaches the database as the application does."""
    from kaven_schema.engines.cache import cache_folder
    from kaven_schema.engines.doctor import examine_query_engine
    from kaven_schema.engines.query_engine import RECIPE

    if not deployment.settings.client:
        return
    if not any(cache_folder().glob(f"engines/{RECIPE}-*/query-engine")):
        yield Finding("engine", Colour.RED, "Prisma's query engine is not installed", "kaven engine install")
        return
    for found in examine_query_engine(_url(deployment)):
        yield Finding("engine", Colour.GREEN if found.is_well else Colour.RED, found.text, found.help)


def _url(deployment: Deployment) -> str | None:
    try:
        return str(deployment.application.url)
    except KavenError:
        return None
