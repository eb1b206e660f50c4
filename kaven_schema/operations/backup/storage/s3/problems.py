"""What S3 refuses, and what boto3 says of a server that does not answer, in words that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage.location import S3Location

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_SKEW_SECONDS = 900  # what S3 tolerates

_SKEWED = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_DENIED = {
    "403",
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthFailure",
    "CredentialsNotSupported",
    "ExpiredToken",
    "Forbidden",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "Unauthorized",
    "UnauthorizedAccess",
}
_FULL = {"QuotaExceeded", "StorageFull", "XMinioAdminBucketQuotaExceeded", "XMinioStorageFull", "507"}
_BUSY = {
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
}
_TAKEN = {"ConditionalRequestConflict", "PreconditionFailed", "409", "412"}
_ELSEWHERE = {
    "301",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
}
_UNKNOWN = {"MethodNotAllowed", "NotImplemented", "XNotImplemented", "405", "501"}


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_taken(error: ClientError) -> bool:
    """Whether somebody else's object has the name."""
    return code_of(error) in _TAKEN


def is_unknown(error: ClientError) -> bool:
    """Whether the server lacks what was asked for."""
    return code_of(error) in _UNKNOWN


@contextmanager
def told(location: S3Location) -> Iterator[None]:
    """botocore's errors as KavenError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise problem(error, location) from None


def problem(error: ClientError | BotoCoreError, location: S3Location) -> KavenError:
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        return _refused(error, location)
    return _unasked(error, location)


def _refused(error: ClientError, location: S3Location) -> KavenError:
    """An answer that is no success."""
    code, status = code_of(error), int(_metadata(error).get("HTTPStatusCode", 0))
    if code in _SKEWED or (status == 403 and _is_skewed(error)):
        return _skewed(location)
    if code == "NoSuchBucket":
        return _no_bucket(location)
    if code in _FULL or status == 507:
        return _full(location, code)
    if code in _DENIED or status in (401, 403):
        return _denied(location, f"the server refuses these credentials ({code or status})")
    if code in _BUSY or status in (429, 500, 502, 503, 504):
        return unreachable(location, f"it answers {code or status}, also when asked again")
    return _failed(error, location, code)


def _is_skewed(error: ClientError) -> bool:
    """An answer without a body, as to HEAD, cannot name its reason; its date gives it away."""
    try:
        there = parsedate_to_datetime(_metadata(error).get("HTTPHeaders", {}).get("date", ""))
        return abs((datetime.now(UTC) - there).total_seconds()) > _SKEW_SECONDS
    except (TypeError, ValueError):
        return False


def _metadata(error: ClientError) -> dict[str, Any]:
    return dict(error.response.get("ResponseMetadata", {}))


def _unasked(error: BotoCoreError, location: S3Location) -> KavenError:
    """No answer, or not even a question."""
    from botocore import exceptions

    kind = type(error).__name__
    if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
        return _denied(location, "there are no credentials for it")
    if isinstance(error, exceptions.ProfileNotFound) or "Credential" in kind or "Token" in kind:
        return _denied(location, f"its credentials cannot be had ({kind})")
    if isinstance(error, exceptions.SSLError):
        help_line = "set AWS_CA_BUNDLE to the file of the authority that signed its certificate"
        return unreachable(location, "there is no TLS connection that can be trusted", help_line)
    if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)) or "Incomplete" in kind:
        return unreachable(location, f"no whole answer ({kind})")
    if isinstance(error, exceptions.NoRegionError):
        return _other(location, "cannot be used without a region", "add region=NAME to the location")
    return _other(location, f"cannot be used ({kind})", "see boto3's own settings: aws configure list")


_ANEW = (
    "see the network, the endpoint and the server, then run the command again; no half object is left there"
)


def unreachable(location: S3Location, reason: str, help: str = _ANEW) -> KavenError:
    return KavenError("backup_store_unreachable", f"{location.url} is out of reach: {reason}", help=help)


def _other(location: S3Location, problem: str, help: str) -> KavenError:
    return KavenError("backup_store_failed", f"{location.url} {problem}", help=help)


def _denied(location: S3Location, reason: str) -> KavenError:
    return KavenError(
        "backup_store_denied",
        f"{location.url}: {reason}",
        help="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, of who may list, read, write and delete",
    )


def _no_bucket(location: S3Location) -> KavenError:
    return KavenError(
        "backup_store_missing",
        f"there is no bucket `{location.bucket}` at {location.url}",
        help=f"see its name, region and endpoint, or make it: aws s3 mb s3://{location.bucket}",
    )


def _full(location: S3Location, code: str) -> KavenError:
    return KavenError(
        "backup_store_full",
        f"there is no room in {location.url} ({code or 507})",
        help="make room, or remove old backups: kaven backup prune",
    )


def _skewed(location: S3Location) -> KavenError:
    return KavenError(
        "backup_clock_skewed",
        f"the clock of this machine and that of {location.url} are more than 15 minutes apart",
        help="set this machine's clock: timedatectl set-ntp true",
    )


def _failed(error: ClientError, location: S3Location, code: str) -> KavenError:
    said = str(error.response.get("Error", {}).get("Message", ""))[:200]
    help_line = "see what the server's own log says of it"
    if code in _ELSEWHERE:
        help_line = "add region=NAME to the location, of the region in which the bucket is"
    elif code in ("BadDigest", "InvalidRequest", "XAmzContentSHA256Mismatch", *_UNKNOWN):
        help_line = "if the server is older than its client: add checksums=when_required to the location"
    return _other(location, f"refuses {error.operation_name} ({code}): {said}".rstrip(": "), help_line)
