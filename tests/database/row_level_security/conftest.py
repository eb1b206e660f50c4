from tests.database.row_level_security.protecting import protected, protected_template, roles
from tests.database.servers import database, shared_server

__all__ = ["database", "protected", "protected_template", "roles", "shared_server"]
