"""Slugs are labels of host names: what may be one, and which one a request came in by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

RESERVED = frozenset(
    {
        *(
            "www",
            "api",
            "app",
            "apps",
            "admin",
            "administrator",
            "root",
            "system",
            "kaven",
            "internal",
            "public",
        ),
        *(
            "mail",
            "email",
            "smtp",
            "imap",
            "pop",
            "pop3",
            "mx",
            "webmail",
            "autodiscover",
            "autoconfig",
            "wpad",
        ),
        *(
            "postmaster",
            "hostmaster",
            "webmaster",
            "abuse",
            "security",
            "noc",
            "ssladmin",
            "sysadmin",
            "isatap",
        ),
        *(
            "ftp",
            "sftp",
            "ssh",
            "vpn",
            "dns",
            "ns",
            "ns1",
            "ns2",
            "ns3",
            "ns4",
            "proxy",
            "gateway",
            "localhost",
        ),
        *(
            "auth",
            "oauth",
            "sso",
            "login",
            "logout",
            "signin",
            "signup",
            "register",
            "account",
            "accounts",
            "id",
        ),
        *("billing", "pay", "payment", "payments", "checkout", "invoice", "invoices", "stripe", "webhook"),
        *(
            "webhooks",
            "help",
            "support",
            "status",
            "docs",
            "blog",
            "news",
            "about",
            "contact",
            "legal",
            "privacy",
        ),
        *(
            "terms",
            "static",
            "assets",
            "cdn",
            "media",
            "files",
            "images",
            "img",
            "js",
            "css",
            "download",
            "upload",
        ),
        *(
            "dev",
            "development",
            "staging",
            "stage",
            "test",
            "testing",
            "demo-admin",
            "beta",
            "preview",
            "sandbox",
        ),
        *("prod", "production", "dashboard", "console", "monitor", "metrics", "grafana", "tenant", "tenants"),
        *("user", "users", "me", "self", "null", "undefined", "none", "true", "false", "default", "example"),
    }
)

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)\.?(?::([0-9]{1,5}))?")
_LONGEST_LABEL, _LONGEST_HOST = 63, 253


class SlugProblem(StrEnum):
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_A_LABEL = "not_a_label"
    INTERNATIONAL = "international"
    RESERVED = "reserved"
    TAKEN = "taken"


_MESSAGES = {
    SlugProblem.EMPTY: "a slug has at least one letter or digit",
    SlugProblem.TOO_LONG: f"a slug has at most {_LONGEST_LABEL} characters",
    SlugProblem.NOT_A_LABEL: "a slug is of a-z, 0-9 and -, and begins and ends with a letter or digit",
    SlugProblem.INTERNATIONAL: "a slug has no -- as its third and fourth character: it would be shown as another",
    SlugProblem.RESERVED: "this slug is reserved",
    SlugProblem.TAKEN: "another tenant has this slug",
}


class SlugRefusedError(ValueError):
    def __init__(self, problem: SlugProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


def check_slug(slug: str, reserved: frozenset[str] = RESERVED) -> str:
    """The slug, which is a label of RFC 1123 in lower case, and no one else's name. Raises SlugRefusedError."""
    problem = _problem(slug, reserved)
    if problem:
        raise SlugRefusedError(problem)
    return slug


def _problem(slug: str, reserved: frozenset[str]) -> SlugProblem | None:
    if not slug:
        return SlugProblem.EMPTY
    if len(slug) > _LONGEST_LABEL:
        return SlugProblem.TOO_LONG
    if not _LABEL.fullmatch(slug):
        return SlugProblem.NOT_A_LABEL
    if slug[2:4] == "--":
        return SlugProblem.INTERNATIONAL
    return SlugProblem.RESERVED if slug in reserved else None


class HostProblem(StrEnum):
    MALFORMED = "malformed"
    FOREIGN = "foreign"
    NESTED = "nested"
    NO_SLUG = "no_slug"


_HOST_MESSAGES = {
    HostProblem.MALFORMED: "this is no host name",
    HostProblem.FOREIGN: "the host is none of this application's",
    HostProblem.NESTED: "a tenant's host has one label before the application's domain",
    HostProblem.NO_SLUG: "no tenant can have this host",
}


class HostRefusedError(ValueError):
    """Answer with 400 or 404: whoever sent the header chose it."""

    def __init__(self, problem: HostProblem) -> None:
        super().__init__(_HOST_MESSAGES[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Subdomains:
    """`domain` is the application's, as in `saas.com`; in its own script it becomes the form that browsers send."""

    domain: str
    reserved: frozenset[str] = field(default=RESERVED, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", _domain(self.domain))

    def slug_of(self, host: str) -> str | None:
        """Of a Host header, port and all; None for the domain itself and reserved names. Raises HostRefusedError."""
        name = _host_name(host)
        if name == self.domain:
            return None
        if not name.endswith(f".{self.domain}"):
            raise HostRefusedError(HostProblem.FOREIGN)
        label = name.removesuffix(f".{self.domain}")
        if "." in label:
            raise HostRefusedError(HostProblem.NESTED)
        problem = _problem(label, self.reserved)
        if problem not in (None, SlugProblem.RESERVED):
            raise HostRefusedError(HostProblem.NO_SLUG)
        return None if problem else label

    def host_of(self, slug: str) -> str:
        """Raises SlugRefusedError."""
        return f"{check_slug(slug, self.reserved)}.{self.domain}"


def _host_name(host: str) -> str:
    """ASCII alone: folding other letters would make one tenant's host of another's."""
    found = _HOST.fullmatch(host)
    if found is None or len(found[1]) > _LONGEST_HOST or (found[2] and not 0 < int(found[2]) <= 65535):
        raise HostRefusedError(HostProblem.MALFORMED)
    return found[1].lower()


def _domain(text: str) -> str:
    try:
        name = text.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(name) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{text!r} is no domain: write it as saas.com, without scheme and port")
    return name
