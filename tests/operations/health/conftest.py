"""A project on a database with row-level security, as the example has it, and one look at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kaven_schema.config import Settings, load_settings
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.operations.health.deployment import Deployment, Given
from kaven_schema.operations.health.examining import CHECKS, _made
from kaven_schema.operations.health.finding import Finding
from tests.database.row_level_security.protecting import protected, protected_template, roles
from tests.database.servers import database, shared_server, superuser

__all__ = ["database", "protected", "protected_template", "roles", "shared_server"]

Look = Callable[..., list[Finding]]
Login = Callable[[str], DatabaseUrl]


@pytest.fixture
def settings(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project with the example's schemas, and no configuration but the defaults."""
    for name in ("DATABASE_URL", "DIRECT_URL", "KAVEN_BACKUPS"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "project"
    shutil.copytree(checkout / "prisma", root / "prisma")
    (root / "kaven.toml").write_text("")
    return load_settings(root)


@pytest.fixture
def application(shared_server: EmbeddedServer, protected: DatabaseUrl) -> DatabaseUrl:
    return shared_server.url(Role.APP).with_database(protected.database)


@pytest.fixture
def look(settings: Settings, application: DatabaseUrl, protected: DatabaseUrl) -> Look:
    """The findings of one check; by keywords, what `Given` says otherwise."""

    def findings(name: str, **given: object) -> list[Finding]:
        told = replace(Given(application=str(application), direct=str(protected)), **given)  # type: ignore[arg-type]
        check = next(check for check in CHECKS if check.name == name)
        with Deployment(settings, told) as deployment:
            return list(_made(check, deployment))

    return findings


@pytest.fixture
def login(shared_server: EmbeddedServer, protected: DatabaseUrl) -> Iterator[Login]:
    """Makes a role of these attributes, and is its URL; it is gone afterwards."""
    made: list[str] = []

    def make(attributes: str) -> DatabaseUrl:
        name = f"doctor_{len(made)}"
        with superuser(shared_server) as connection:
            connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'secret' {attributes}".encode())
        made.append(name)
        return replace(protected, user=name, password="secret")

    yield make
    with superuser(shared_server) as connection:
        for name in made:
            connection.execute(f"DROP ROLE {name}".encode())


def coloured(found: list[Finding]) -> list[tuple[str, str]]:
    """Colour and text of each."""
    return [(finding.colour.value, finding.what) for finding in found]


def only(found: list[Finding], colour: str) -> Finding:
    """The one finding of this colour, which says what to do unless it is green."""
    of_colour = [finding for finding in found if finding.colour == colour]
    assert len(of_colour) == 1, coloured(found)
    assert bool(of_colour[0].do) is (colour != "green"), of_colour
    return of_colour[0]
