"""A bucket, or what stands below a prefix in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from kaven_schema.operations.backup.storage.location import S3Location
from kaven_schema.operations.backup.storage.problems import object_exists
from kaven_schema.operations.backup.storage.s3.client import check_installed, make_client
from kaven_schema.operations.backup.storage.s3.problems import is_unknown, told
from kaven_schema.operations.backup.storage.store import Sink, Source, Stored, checked_name, is_name

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import MultipartUploadTypeDef

_ABANDONED = timedelta(days=1)


class S3Store:
    """Raises KavenError `backup_packages_missing` where boto3 is not installed."""

    def __init__(self, location: S3Location, environment: Mapping[str, str]) -> None:
        check_installed()
        self._location = location
        self._environment = environment
        self._above = f"{location.prefix}/" if location.prefix else ""

    @property
    def url(self) -> str:
        return self._location.url

    @cached_property
    def _client(self) -> S3Client:
        with told(self._location):
            return make_client(self._location, self._environment)

    @contextmanager
    def writer(self, name: str, *, replace: bool = False) -> Iterator[Sink]:
        from kaven_schema.operations.backup.storage.s3.upload import Upload

        if not replace and self._is_taken(name):
            raise object_exists(name, self.url)
        upload = Upload(self._client, self._location, self._key(name), replace=replace)
        try:
            yield upload
            if not replace and self._is_taken(name):
                raise object_exists(name, self.url)
            upload.finish()
        except BaseException:
            upload.abort()
            raise

    @contextmanager
    def reader(self, name: str) -> Iterator[Source]:
        from kaven_schema.operations.backup.storage.s3.download import Download

        source = Download(self._client, self._location, self._key(name), name)
        try:
            yield source
        finally:
            source.close()

    def names(self, prefix: str = "") -> Iterator[Stored]:
        with told(self._location):
            found = [*self._listed(prefix)]
        yield from sorted(found, key=attrgetter("name"))  # not every server has them in this order

    def _listed(self, prefix: str) -> Iterator[Stored]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._location.bucket, Prefix=self._above + prefix
        )
        for page in pages:
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(self._above)
                if is_name(name):
                    yield Stored(name, entry["Size"], entry["LastModified"].astimezone(UTC))

    def remove(self, names: Sequence[str]) -> None:
        with told(self._location):
            for name in names:  # one by one: not every server knows the request for many
                self._client.delete_object(Bucket=self._location.bucket, Key=self._key(name))

    def sweep(self, now: datetime | None = None) -> None:
        """Uploads of ours to which no part came for a day."""
        from botocore.exceptions import ClientError

        with told(self._location):
            try:
                for upload in [*self._abandoned((now or datetime.now(UTC)) - _ABANDONED)]:
                    self._client.abort_multipart_upload(
                        Bucket=self._location.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
            except ClientError as error:
                if not is_unknown(error):
                    raise

    def _abandoned(self, since: datetime) -> Iterator[MultipartUploadTypeDef]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._location.bucket, Prefix=self._above
        )
        for page in pages:
            for upload in page.get("Uploads", ()):
                is_ours = is_name(upload["Key"].removeprefix(self._above))
                if is_ours and upload["Initiated"] < since and not self._has_part_after(upload, since):
                    yield upload

    def _has_part_after(self, upload: MultipartUploadTypeDef, since: datetime) -> bool:
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._location.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
        )
        return any(part["LastModified"] >= since for page in pages for part in page.get("Parts", ()))

    def _key(self, name: str) -> str:
        return self._above + checked_name(name)

    def _is_taken(self, name: str) -> bool:
        """Asked by listing, whose errors have a reason in them, which those of HEAD do not."""
        key = self._key(name)
        with told(self._location):
            found = self._client.list_objects_v2(Bucket=self._location.bucket, Prefix=key, MaxKeys=1)
        return any(entry["Key"] == key for entry in found.get("Contents", ()))
