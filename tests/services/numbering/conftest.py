from tests.services.protected import guarded_world, super_admin
from tests.services.ruled import own_ruled_world, ruled_world

__all__ = ["guarded_world", "own_ruled_world", "ruled_world", "super_admin"]
