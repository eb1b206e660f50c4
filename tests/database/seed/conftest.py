from tests.database.seed.examples import app, example, owner, template

__all__ = ["app", "example", "owner", "template"]
