"""Super admins: the way to all tenants for whoever is proved to be one, and who is one."""

from kaven_schema.services.super_admins.service import SuperAdmins
from kaven_schema.services.super_admins.shapes import (
    OfficeClient,
    SuperAdminProblem,
    SuperAdminRefusedError,
)

__all__ = ["OfficeClient", "SuperAdminProblem", "SuperAdminRefusedError", "SuperAdmins"]
