from tests.database.servers import database, shared_server

__all__ = ["database", "shared_server"]
