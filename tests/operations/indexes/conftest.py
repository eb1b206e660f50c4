from tests.database.servers import database, shadow, shared_server

__all__ = ["database", "shadow", "shared_server"]
