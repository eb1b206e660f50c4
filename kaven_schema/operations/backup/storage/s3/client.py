"""boto3's client, with what a long upload needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError
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
    """Raises botocore's errors. AWS_MAX_ATTEMPTS counts the first try, as everywhere."""
    import boto3
    from botocore.config import Config

    profile = environment.get("AWS_PROFILE") or None
    session = boto3.session.Session(**_keys(environment), profile_name=profile, region_name=location.region)
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _attempts(environment)},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=location.timeout,
        request_checksum_calculation=location.checksums,
        response_checksum_validation=location.checksums,
        s3={"addressing_style": "path" if location.path_style else "auto"},
        user_agent_extra="kaven-schema",
    )
    region = location.region or session.region_name or ("us-east-1" if location.endpoint else None)
    return session.client("s3", endpoint_url=location.endpoint, region_name=region, config=config)


def _keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the environment, if it has any; all other places boto3 looks into itself."""
    variables = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    if not environment.get(variables[0]):
        return {}
    return {name.lower(): environment[name] for name in variables if environment.get(name)}


def _attempts(environment: Mapping[str, str]) -> int:
    given = environment.get("AWS_MAX_ATTEMPTS", "")
    return int(given) if given.isdecimal() and int(given) else _ATTEMPTS
