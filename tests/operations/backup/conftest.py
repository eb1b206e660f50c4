from tests.database.servers import database, shared_server
from tests.operations.backup.world import empty_world, own_programs, world

__all__ = ["database", "empty_world", "own_programs", "shared_server", "world"]
