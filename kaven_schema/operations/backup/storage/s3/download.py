"""An object as it comes, taken up again where the connection was cut."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage.location import S3Location
from kaven_schema.operations.backup.storage.problems import object_changed, object_missing
from kaven_schema.operations.backup.storage.s3.problems import code_of, is_taken, problem, told, unreachable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_ATTEMPTS = 5


class Download:
    """A Source. Each cut that brought no byte counts as an attempt."""

    def __init__(self, client: S3Client, location: S3Location, key: str, name: str) -> None:
        self._client = client
        self._location = location
        self._key = key
        self._name = name
        self._offset = 0
        self._failures = 0
        self._ended = False
        answer = self._ask({})
        self._etag: str = answer["ETag"]
        self._total: int = answer["ContentLength"]
        self._body = answer["Body"]

    def read(self, size: int, /) -> bytes:
        while size and self._offset < self._total:
            if data := self._piece(min(size, self._total - self._offset)):
                self._offset += len(data)
                self._failures = 0
                return data
            self._reconnect()
        if size and not self._ended:
            self._ended = True
            self._piece(1)  # there is none; but only now a checksum is judged, and the connection free again
        return b""

    def close(self) -> None:
        self._body.close()

    def _piece(self, size: int) -> bytes:
        """Nothing where the connection was cut."""
        from botocore.exceptions import BotoCoreError, FlexibleChecksumError
        from urllib3.exceptions import HTTPError

        try:
            data: bytes = self._body.read(size)
        except FlexibleChecksumError:
            raise object_changed(self._name) from None
        except (BotoCoreError, HTTPError, OSError):
            return b""
        return data

    def _reconnect(self) -> None:
        self._failures += 1
        if self._failures >= _ATTEMPTS:
            raise unreachable(self._location, f"{self._name} is cut off again and again")
        time.sleep(0.25 * 2**self._failures)
        self._body.close()
        answer = self._ask({"Range": f"bytes={self._offset}-", "IfMatch": self._etag})
        self._body = answer["Body"]
        if answer["ETag"] != self._etag or answer["ContentLength"] != self._total - self._offset:
            raise object_changed(self._name)

    def _ask(self, options: dict[str, str]) -> Any:
        from botocore.exceptions import ClientError

        with told(self._location):
            try:
                return self._client.get_object(Bucket=self._location.bucket, Key=self._key, **options)  # type: ignore[arg-type]
            except ClientError as error:
                raise self._refused(error) from None

    def _refused(self, error: Any) -> KavenError:
        if code_of(error) in ("NoSuchKey", "404"):
            return object_missing(self._name, self._location.url)
        return object_changed(self._name) if is_taken(error) else problem(error, self._location)
