"""What a user writes for the place of the backups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from kaven_schema.diagnostics import ExitCode, KavenError

Checksums = Literal["when_required", "when_supported"]

_CHECKSUMS: dict[str | None, Checksums | None] = {
    None: None,
    "when_required": "when_required",
    "when_supported": "when_supported",
}
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()=+@-]+(/[A-Za-z0-9!_.*'()=+@-]+)*")
_SECRET = re.compile(r"access|secret|key|token|password|credential|signature", re.IGNORECASE)
_OPTIONS = ("endpoint", "region", "path_style", "checksums", "timeout")
_EXAMPLE = "write a folder's path, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Location:
    """A bucket, and the prefix of our names in it; what is None is boto3's to decide. `timeout` in seconds."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    path_style: bool = False
    checksums: Checksums | None = None
    timeout: int = 60

    @property
    def url(self) -> str:
        options = {
            "endpoint": self.endpoint,
            "region": self.region,
            "path_style": "1" if self.path_style else None,
            "checksums": self.checksums,
            "timeout": None if self.timeout == 60 else str(self.timeout),
        }
        query = "&".join(f"{name}={quote(value, safe='/:[]')}" for name, value in options.items() if value)
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + (f"?{query}" if query else "")


def parse_location(location: str) -> Path | S3Location:
    """Raises KavenError `backup_location_invalid`, `backup_location_has_secrets`, which quote no secret."""
    if "://" not in location:
        if not location.strip() or "\0" in location:
            _refuse("the place for backups is empty")
        return Path(location).expanduser().absolute()
    try:
        parts = urlsplit(location)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        _refuse("the place for backups is no URL")
    _refuse_secrets(parts, options)
    if parts.scheme != "s3":
        _refuse(f"backups cannot be kept at `{parts.scheme}://…`")
    return _s3(parts, options)


def _refuse_secrets(parts: SplitResult, options: dict[str, str]) -> None:
    """A URL is printed, logged, and seen in the list of processes."""
    named = [name for name in options if name not in _OPTIONS and _SECRET.search(name)]
    if "@" in parts.netloc or "@" in urlsplit(options.get("endpoint", "")).netloc or named:
        raise KavenError(
            "backup_location_has_secrets",
            "the place for backups has credentials in it",
            help="leave them out; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            exit_code=ExitCode.WRONG_USE,
        )


def _s3(parts: SplitResult, options: dict[str, str]) -> S3Location:
    prefix = parts.path.strip("/")
    if unknown := sorted(set(options) - set(_OPTIONS)):
        _refuse(f"there is no option `{unknown[0]}` for S3", f"the options are: {', '.join(_OPTIONS)}")
    if not _BUCKET.fullmatch(parts.netloc):
        _refuse("there is no bucket of that name: 3 to 63 letters, digits, dots and dashes")
    if parts.fragment or (prefix and not _PREFIX.fullmatch(prefix)) or {".", ".."} & {*prefix.split("/")}:
        _refuse("the prefix in the bucket has letters that make trouble", "use letters, digits, - and _")
    return S3Location(
        bucket=parts.netloc,
        prefix=prefix,
        endpoint=_endpoint(options.get("endpoint")),
        region=options.get("region") or None,
        path_style=_switch(options.get("path_style", "0")),
        checksums=_checksums(options.get("checksums")),
        timeout=_timeout(options.get("timeout", "60")),
    )


def _endpoint(given: str | None) -> str | None:
    if not given:
        return None
    try:
        parts = urlsplit(given)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        _refuse("`endpoint` is no URL", "write endpoint=https://HOST:PORT")
    return given.rstrip("/")


def _switch(given: str) -> bool:
    if given not in ("0", "1"):
        _refuse("`path_style` is neither 0 nor 1", "write path_style=1 for servers without a name a bucket")
    return given == "1"


def _checksums(given: str | None) -> Checksums | None:
    if given not in _CHECKSUMS:
        _refuse("`checksums` is something else", "write checksums=when_required or checksums=when_supported")
    return _CHECKSUMS[given]


def _timeout(given: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", given) or not 1 <= int(given) <= 3600:
        _refuse("`timeout` is no number of seconds from 1 to 3600", "write timeout=60")
    return int(given)


def _refuse(problem: str, help: str = _EXAMPLE) -> NoReturn:
    raise KavenError("backup_location_invalid", problem, help=help, exit_code=ExitCode.WRONG_USE)
