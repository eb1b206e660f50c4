"""What may be a slug, and which tenant a Host header names."""

from __future__ import annotations

import pytest

from kaven_schema.services.tenants import (
    RESERVED,
    HostProblem,
    HostRefusedError,
    SlugProblem,
    SlugRefusedError,
    Subdomains,
    check_slug,
)

SITE = Subdomains("saas.com")


@pytest.mark.parametrize("slug", ["acme", "a", "9", "a-b", "a--b", "abc--d", "123", "a" * 63, "0-0"])
def test_slugs(slug: str) -> None:
    assert check_slug(slug) == slug
    assert SITE.slug_of(SITE.host_of(slug)) == slug


@pytest.mark.parametrize(
    ("slug", "problem"),
    [
        ("", SlugProblem.EMPTY),
        ("a" * 64, SlugProblem.TOO_LONG),
        *(
            (slug, SlugProblem.NOT_A_LABEL)
            for slug in (
                *("-a", "a-", "-", "Acme", "ac me", "a_b", "a.b", "é", "аcme", "ａcme", "acme\n", "\nacme"),
                *("acme\0", "a/b", "../a", "a%2e", "a:80", "a@b", "ﬁ", "١", "K", "ſ"),
            )
        ),
        ("xn--80ak6aa92e", SlugProblem.INTERNATIONAL),
        ("ab--c", SlugProblem.INTERNATIONAL),
        *((slug, SlugProblem.RESERVED) for slug in ("www", "api", "admin", "mail", "localhost", "wpad")),
    ],
)
def test_what_is_no_slug(slug: str, problem: SlugProblem) -> None:
    with pytest.raises(SlugRefusedError) as error:
        check_slug(slug)
    assert error.value.problem is problem


def test_reserved_names_are_labels() -> None:
    assert all(check_slug(name, frozenset()) == name for name in RESERVED)
    with pytest.raises(SlugRefusedError):
        check_slug("mine", RESERVED | {"mine"})


@pytest.mark.parametrize(
    "host",
    [
        *("acme.saas.com", "ACME.saas.com", "Acme.SAAS.Com", "acme.saas.com:443", "acme.saas.com:8000"),
        *("acme.saas.com.", "acme.saas.com.:80"),
    ],
)
def test_hosts_of_a_tenant(host: str) -> None:
    assert SITE.slug_of(host) == "acme"


@pytest.mark.parametrize("host", ["saas.com", "SAAS.com:80", "saas.com.", "www.saas.com", "api.saas.com:1"])
def test_hosts_of_the_application(host: str) -> None:
    assert SITE.slug_of(host) is None


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        *((host, HostProblem.NESTED) for host in ("a.b.saas.com", "www.acme.saas.com", "acme.www.saas.com")),
        *(
            (host, HostProblem.FOREIGN)
            for host in (
                *("evil.com", "acme.evil.com", "acme.saas.com.evil.com", "acmesaas.com", "evilsaas.com"),
                *(
                    "com",
                    "127.0.0.1",
                    "127.0.0.1:80",
                    "localhost",
                    "saas.co",
                    "saas.com.saas.co",
                    "-saas.com",
                ),
            )
        ),
        *(
            (host, HostProblem.NO_SLUG)
            for host in ("-a.saas.com", "a-.saas.com", f"{'a' * 64}.saas.com", "xn--80ak6aa92e.saas.com")
        ),
        *(
            (host, HostProblem.MALFORMED)
            for host in (
                *(
                    "",
                    " ",
                    ".saas.com",
                    "acme..saas.com",
                    "acme.saas.com..",
                    "acme.saas.com:",
                    "a.saas.com:x",
                ),
                *(
                    "a.saas.com:0",
                    "a.saas.com:65536",
                    "a.saas.com:-1",
                    "a.saas.com:80:80",
                    "[::1]",
                    "[::1]:80",
                ),
                *(
                    " acme.saas.com",
                    "acme.saas.com ",
                    "acme.saas.com\n",
                    "acme.saas.com\r\nX: y",
                    "a\0.saas.com",
                ),
                *(
                    "acme.saas.com,evil.com",
                    "acme.saas.com, acme.saas.com",
                    "user@acme.saas.com",
                    "a/b.saas.com",
                ),
                *(
                    "http://acme.saas.com",
                    "acme.saas.com/path",
                    "acme.saas.com?x",
                    "acme.saas.com#x",
                    "*.saas.com",
                ),
                *("a_b.saas.com", "a%2eb.saas.com", "acme。saas.com", "acme．saas.com", "ａcme.saas.com"),
                *("аcme.saas.com", "acme.ſaas.com", "é.saas.com", "acme.saas.com:８０", "a\ud83d.saas.com"),
                *("a." * 200 + "saas.com", "x" * 100_000),
            )
        ),
    ],
)
def test_hosts_that_are_refused(host: str, problem: HostProblem) -> None:
    with pytest.raises(HostRefusedError) as error:
        SITE.slug_of(host)
    assert error.value.problem is problem
    assert not host.strip() or host not in str(error.value)


def test_domains_of_other_scripts() -> None:
    """Browsers send them in ASCII."""
    site = Subdomains("Münster.example")
    assert site.domain == "xn--mnster-3ya.example"
    assert site.slug_of("acme.xn--mnster-3ya.EXAMPLE:443") == "acme"
    with pytest.raises(HostRefusedError):
        site.slug_of("acme.münster.example")


def test_domains_of_several_labels() -> None:
    site = Subdomains("app.saas.co.uk.")
    assert site.slug_of("acme.app.saas.co.uk") == "acme"
    for host in ("acme.saas.co.uk", "saas.co.uk", "acme.app.saas.co.uk.com"):
        with pytest.raises(HostRefusedError):
            site.slug_of(host)
    assert Subdomains("localhost").slug_of("acme.localhost:3000") == "acme"


@pytest.mark.parametrize(
    "domain", ["", ".", "https://saas.com", "saas.com:80", "*.saas.com", "a..b", "a b.com"]
)
def test_what_is_no_domain(domain: str) -> None:
    with pytest.raises(ValueError, match="is no domain"):
        Subdomains(domain)
