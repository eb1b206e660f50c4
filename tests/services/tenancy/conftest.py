from tests.database.row_level_security.protecting import roles
from tests.database.seed.examples import example, template
from tests.database.servers import shared_server
from tests.services.tenancy.school import school, school_database, school_package, tenant
from tests.services.tenancy.worlds import package, populated, protected_world, still_world, world

__all__ = [
    "example",
    "package",
    "populated",
    "protected_world",
    "roles",
    "school",
    "school_database",
    "school_package",
    "shared_server",
    "still_world",
    "template",
    "tenant",
    "world",
]
