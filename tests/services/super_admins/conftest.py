from tests.services.protected import authentication, guarded_world, super_admin

__all__ = ["authentication", "guarded_world", "super_admin"]
