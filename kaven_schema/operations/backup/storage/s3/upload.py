"""An object in parts, sent while the next one fills; it is there when all of them are, or not at all."""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from kaven_schema.operations.backup.storage.location import S3Location
from kaven_schema.operations.backup.storage.problems import object_exists, object_too_large
from kaven_schema.operations.backup.storage.s3.parts import (
    MOST_PARTS,
    Part,
    most_bytes,
    part_bytes,
    parts_in_flight,
)
from kaven_schema.operations.backup.storage.s3.problems import code_of, is_taken, is_unknown, told

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

_MARK = "kaven-upload"  # in the metadata; by it a writer knows an object as its own
_PATIENCE_SECONDS = 30


class Upload:
    """A Sink. `finish` names the object, `abort` leaves nothing; one of them is called at the end."""

    def __init__(self, client: S3Client, location: S3Location, key: str, *, replace: bool) -> None:
        self._client = client
        self._location = location
        self._target: dict[str, Any] = {"Bucket": location.bucket, "Key": key}
        self._replace = replace
        self._token = secrets.token_hex(16)
        self._number = 1
        self._filling = Part(part_bytes(1))
        self._id = ""
        self._under_way: deque[Future[None]] = deque()
        self._done: list[CompletedPartTypeDef] = []
        self._pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="kaven-upload")

    def write(self, data: bytes, /) -> None:
        rest = memoryview(data)
        while rest:
            rest = self._filling.fill(rest)
            if self._filling.is_full:
                self._send()

    def finish(self) -> None:
        """Raises KavenError `backup_object_exists` where the name was taken meanwhile."""
        with told(self._location):
            if not self._id:
                self._name_it(self._put)
                self._pool.shutdown()
                return
        if self._filling.size:
            self._send()
        self._settle(0)
        self._pool.shutdown()
        with told(self._location):
            self._name_it(self._complete)

    def abort(self) -> None:
        """Also where the server no longer answers: then a sweep does it, later."""
        from botocore.exceptions import BotoCoreError, ClientError

        self._pool.shutdown(wait=False, cancel_futures=True)
        wait(self._under_way, timeout=_PATIENCE_SECONDS)  # a part that arrives after the abort would stay
        if self._id:
            with suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(**self._target, UploadId=self._id)

    def _send(self) -> None:
        if self._number > MOST_PARTS:
            raise object_too_large(str(self._target["Key"]), most_bytes())
        if not self._id:
            with told(self._location):
                started = self._client.create_multipart_upload(**self._target, Metadata=self._metadata())
                self._id = started["UploadId"]
        self._settle(parts_in_flight(part_bytes(self._number)) - 1)
        part, number = self._filling, self._number
        self._under_way.append(self._pool.submit(self._send_part, number, part))
        self._number = number + 1
        self._filling = Part(part_bytes(self._number))

    def _send_part(self, number: int, part: Part) -> None:
        with told(self._location), closing(part):
            answer = self._client.upload_part(
                **self._target, UploadId=self._id, PartNumber=number, Body=part.file
            )
        self._done.append({"PartNumber": number, "ETag": answer["ETag"]})

    def _settle(self, most: int) -> None:
        """Until at most so many are under way; one that failed ends the upload."""
        while len(self._under_way) > most or (self._under_way and self._under_way[0].done()):
            self._under_way.popleft().result()

    def _name_it(self, request: Any) -> None:
        """`request` names the object, unless the name is taken; its answer may have been lost on the way."""
        from botocore.exceptions import ClientError

        condition: dict[str, Any] = {} if self._replace else {"IfNoneMatch": "*"}
        try:
            try:
                request(condition)
            except ClientError as error:
                if not condition or not is_unknown(error):
                    raise
                request({})  # a server that knows no conditions; `check_own` is what is left
        except ClientError as error:
            if not is_taken(error) and code_of(error) != "NoSuchUpload":
                raise
            self._check_own(error)
        else:
            if not self._replace:
                self._check_own()

    def _put(self, condition: dict[str, Any]) -> None:
        self._filling.seek(0)  # once more, if the first condition was unknown
        self._client.put_object(
            **self._target, Body=self._filling.file, Metadata=self._metadata(), **condition
        )

    def _complete(self, condition: dict[str, Any]) -> None:
        parts = sorted(self._done, key=lambda part: part["PartNumber"])
        self._client.complete_multipart_upload(
            **self._target, UploadId=self._id, MultipartUpload={"Parts": parts}, **condition
        )

    def _metadata(self) -> dict[str, str]:
        return {_MARK: self._token}

    def _check_own(self, refused: ClientError | None = None) -> None:
        """Whether the object under the name is the one that was just sent, and not another writer's."""
        from botocore.exceptions import ClientError

        try:
            there = self._client.head_object(**self._target)["Metadata"]
        except ClientError as error:
            if code_of(error) != "404":
                raise
            there = {}
        if self._token in there.values():  # some servers write the mark in other letters
            return
        if refused is not None and code_of(refused) == "NoSuchUpload":
            raise refused
        raise object_exists(str(self._target["Key"]), self._location.url)
