"""PostgreSQL 16 from a Python package, with its data in the project's `.kaven/postgres`."""

from kaven_schema.database.embedded.roles import DATABASE, Role
from kaven_schema.database.embedded.server import EmbeddedServer

__all__ = ["DATABASE", "EmbeddedServer", "Role"]
