from tests.cli.conftest import environment, project
from tests.database.servers import database, shadow, shared_server

__all__ = ["database", "environment", "project", "shadow", "shared_server"]
