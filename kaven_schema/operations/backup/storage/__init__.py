"""Where backups are kept: a folder, or an S3 bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping

from kaven_schema.operations.backup.storage.location import S3Location, parse_location
from kaven_schema.operations.backup.storage.store import Sink, Source, Store, Stored

__all__ = ["Sink", "Source", "Store", "Stored", "open_store"]


def open_store(location: str, environment: Mapping[str, str] = os.environ) -> Store:
    """A folder's path, or `s3://bucket/prefix?endpoint=…&region=…&path_style=1&checksums=when_required`.

    Asks nothing of the store yet. S3's credentials come by boto3's own chain: AWS_… in the environment, a profile,
    a role. Raises KavenError `backup_location_invalid`, `backup_location_has_secrets`, `backups_extra_missing`.
    """
    found = parse_location(location)
    if isinstance(found, S3Location):
        from kaven_schema.operations.backup.storage.s3 import S3Store

        return S3Store(found, environment)
    from kaven_schema.operations.backup.storage.folder import FolderStore

    return FolderStore(found)
