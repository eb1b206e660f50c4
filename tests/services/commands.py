"""The project of the services as a user stands in it, on a database of the test's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kaven_schema.engines.cache import cache_folder
from kaven_schema.services.secrets import KEYS_VARIABLE
from tests.cli.conftest import Folder
from tests.services.project import World


@pytest.fixture
def place(services_project: Path, own_world: World, checkout: Path) -> Folder:
    left_out = (KEYS_VARIABLE, "DIRECT_URL", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {
        "PYTHONPATH": str(checkout),
        "KAVEN_CACHE_DIR": str(cache_folder()),
        "DATABASE_URL": str(own_world.url()),
    }
    return Folder(services_project, environment)
