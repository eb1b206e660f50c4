from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.storage import open_store
from kaven_schema.operations.backup.storage.location import S3Location, parse_location

SECRET = "wJalrXUtnFEMI"


def refused(location: str) -> KavenError:
    with pytest.raises(KavenError) as raised:
        parse_location(location)
    assert raised.value.exit_code is ExitCode.WRONG_USE
    assert raised.value.help
    return raised.value


def test_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert parse_location("/var/backups") == Path("/var/backups")
    assert parse_location("backups") == tmp_path / "backups"
    assert parse_location("~/backups") == Path("/home/somebody/backups")
    assert open_store("backups").url == str(tmp_path / "backups")


def test_a_bucket() -> None:
    assert parse_location("s3://acme-backups") == S3Location(bucket="acme-backups")
    assert parse_location("s3://acme-backups/a/b/") == S3Location(bucket="acme-backups", prefix="a/b")
    assert parse_location(
        "s3://acme/kaven?endpoint=http://127.0.0.1:9000&region=eu-central-1&path_style=1"
        "&checksums=when_required&timeout=5"
    ) == S3Location(
        bucket="acme",
        prefix="kaven",
        endpoint="http://127.0.0.1:9000",
        region="eu-central-1",
        path_style=True,
        checksums="when_required",
        timeout=5,
    )


@pytest.mark.parametrize(
    "location",
    [
        "s3://acme-backups",
        "s3://acme/kaven?endpoint=http://127.0.0.1:9000&region=eu-central-1&path_style=1&checksums=when_required",
        "s3://acme/a/b?endpoint=https://[::1]:9000&timeout=5",
    ],
)
def test_the_url_leads_to_the_same_place(location: str) -> None:
    assert open_store(location, {}).url == location
    assert parse_location(open_store(location, {}).url) == parse_location(location)


@pytest.mark.parametrize(
    "location",
    [
        f"s3://AKIA:{SECRET}@acme/kaven",
        f"s3://acme/kaven?endpoint=http://AKIA:{SECRET}@127.0.0.1:9000",
        f"s3://acme/kaven?aws_secret_access_key={SECRET}",
        f"s3://acme/kaven?key={SECRET}",
        f"s3://acme/kaven?X-Amz-Security-Token={SECRET}",
        f"https://user:{SECRET}@host/path",
    ],
)
def test_credentials_are_refused_and_not_repeated(location: str) -> None:
    error = refused(location)
    assert error.rule == "backup_location_has_secrets"
    assert SECRET not in error.message + error.help


@pytest.mark.parametrize(
    "location",
    [
        "",
        "  ",
        "a\0b",
        "s3://",
        "s3:///prefix",
        "s3://ab",
        "s3://-bucket",
        "s3://bucket:9000/prefix",
        "s3://bucket/a//b",
        "s3://bucket/../b",
        "s3://bucket/a b",
        "s3://bucket/a#b",
        "s3://bucket?colour=red",
        "s3://bucket?endpoint=127.0.0.1:9000",
        "s3://bucket?endpoint=ftp://127.0.0.1",
        "s3://bucket?endpoint=http://host:port",
        "s3://bucket?path_style=yes",
        "s3://bucket?checksums=never",
        "s3://bucket?timeout=0",
        "s3://bucket?timeout=1e3",
        "s3://bucket?&&",
        "s3://[bucket",
        "file:///var/backups",
        "https://example.com/backups",
    ],
)
def test_what_is_no_place(location: str) -> None:
    assert refused(location).rule == "backup_location_invalid"
