from tests.cli.conftest import environment, folder, project
from tests.database.servers import shared_server
from tests.services.commands import place
from tests.services.project import own_world, services_package, services_project, services_server, world

__all__ = [
    "environment",
    "folder",
    "own_world",
    "place",
    "project",
    "services_package",
    "services_project",
    "services_server",
    "shared_server",
    "world",
]
