from tests.services.ruled import own_ruled_world, ruled_world

__all__ = ["own_ruled_world", "ruled_world"]
