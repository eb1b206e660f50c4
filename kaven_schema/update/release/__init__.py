"""What a vendor ships: one version of base with its migrations, checked before anything of it is used."""

from kaven_schema.update.release.catalogue import Catalogue
from kaven_schema.update.release.manifest import DataMigration, Manifest
from kaven_schema.update.release.release import Release, ReleaseMigration
from kaven_schema.update.release.sources import open_source
from kaven_schema.update.release.version import Version

__all__ = [
    "Catalogue",
    "DataMigration",
    "Manifest",
    "Release",
    "ReleaseMigration",
    "Version",
    "open_source",
]
