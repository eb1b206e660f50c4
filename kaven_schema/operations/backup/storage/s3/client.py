"""boto3's client, with what a long upload needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.storage.location import S3Location

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_CONNECT_SECONDS = 10
_ATTEMPTS = 5


def check_installed() -> None:
    """Raises KavenError `backup_packages_missing`; imports nothing."""
    from importlib.util import find_spec

    if find_spec("boto3") is None:
        raise KavenError(
            "backup_packages_missing",
            "the package boto3, which speaks to S3, is not installed",
            help="pip install 'kaven-schema[backups]'",
        )


def make_client(location: S3Location, environment: Mapping[str, str]) -> S3Client:
    """AWS_MAX_ATTEMPTS counts the first try, as everywhere.

    Raises botocore's errors, and KavenError `backup_location_invalid` for a region or endpoint that it does not take.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": _attempts(environment)},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=location.timeout,
        request_checksum_calculation=location.checksums,
        response_checksum_validation=location.checksums,
        s3={"addressing_style": "path" if location.path_style else "auto"},
        user_agent_extra="kaven-schema",
    )
    id, secret, token = _keys(environment)
    session = boto3.session.Session(
        id, secret, token, location.region, profile_name=environment.get("AWS_PROFILE") or None
    )
    region = session.region_name or ("us-east-1" if location.endpoint else None)
    try:
        return session.client("s3", region_name=region, endpoint_url=location.endpoint, config=config)
    except ValueError as error:
        raise KavenError(
            "backup_location_invalid",
            f"{location.url}: {error}",
            help="mend its endpoint and region",
            exit_code=ExitCode.WRONG_USE,
        ) from None


def _keys(environment: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Those of the environment, if it has any; everywhere else boto3 looks itself."""
    from botocore.exceptions import PartialCredentialsError

    id, secret = (environment.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    if not id:
        return None, None, None
    if not secret:
        raise PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY")
    return id, secret, environment.get("AWS_SESSION_TOKEN") or None


def _attempts(environment: Mapping[str, str]) -> int:
    given = environment.get("AWS_MAX_ATTEMPTS", "")
    return int(given) if given.isdecimal() and int(given) else _ATTEMPTS
