"""The data of a first day: the specification's demo tenant, and load data, through the generated client."""

from kaven_schema.database.seed.run import SeedOptions, SeedRun, seed

__all__ = ["SeedOptions", "SeedRun", "seed"]
