from __future__ import annotations

import pytest

from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.diagnostics import ExitCode, KavenError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("postgresql://u:p@h:1/d", ("h", "1", "u", "p", "d")),
        ("postgres://u@h/d", ("h", "5432", "u", "", "d")),
        ("postgresql://u:p%40%2F%3A@h/d", ("h", "5432", "u", "p@/:", "d")),
        ("postgresql://u:p@ss@h/d", ("h", "5432", "u", "p@ss", "d")),
        ("postgresql://u:p@[::1]:7/d", ("::1", "7", "u", "p", "d")),
        ("postgresql://u:p@a:1,b:2/d", ("a,b", "1,2", "u", "p", "d")),
        ("postgresql://u:p@localhost/d?host=/run/pg", ("/run/pg", "5432", "u", "p", "d")),
        ("postgresql:///d?host=/run/pg&user=u", ("/run/pg", "5432", "u", "", "d")),
        ("postgresql://h/d%20e", ("h", "5432", "postgres", "", "d e")),
    ],
)
def test_parts(text: str, parts: tuple[str, ...]) -> None:
    url = parse_url(text, "DATABASE_URL")
    assert (url.host, url.port, url.user, url.password, url.database) == parts


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p%40%2F%3A@h:99/d?schema=s",
        "postgresql://u:p@localhost/d?host=/run/p%20g",
        "postgresql://u@h/d",
    ],
)
def test_written_url_reads_as_the_same(text: str) -> None:
    url = parse_url(text, "DATABASE_URL")
    assert parse_url(str(url), "DATABASE_URL") == url


@pytest.mark.parametrize(
    "text", ["", "nothing", "mysql://u@h/d", "postgresql://u@h:port/d", "postgresql://u@h"]
)
def test_what_is_no_url_of_postgresql(text: str) -> None:
    with pytest.raises(KavenError) as caught:
        parse_url(text, "DATABASE_URL")
    assert caught.value.rule == "database_url_invalid"
    assert caught.value.exit_code is ExitCode.WRONG_USE
    assert caught.value.message.startswith("DATABASE_URL ")


def test_password_is_never_shown() -> None:
    url = parse_url("postgresql://u:secret@h/d?schema=s", "DATABASE_URL")
    assert "secret" not in url.shown()
    assert "secret" not in repr(url)
    assert "secret" not in url.conninfo()


def test_options_of_prisma_are_not_told_to_libpq() -> None:
    text = "postgresql://u@h/d?schema=s&connection_limit=5&pgbouncer=true&pool_timeout=1&sslmode=require"
    url = parse_url(text, "DATABASE_URL")
    assert url.schema == "s"
    assert url.through_pgbouncer
    assert url.connection_parameters() == {
        "host": "h",
        "port": "5432",
        "user": "u",
        "dbname": "d",
        "sslmode": "require",
    }


def test_strict_certificates() -> None:
    url = parse_url("postgresql://u@h/d?sslmode=require&sslaccept=strict&sslcert=/ca.pem", "DATABASE_URL")
    assert url.connection_parameters()["sslmode"] == "verify-full"
    assert url.connection_parameters()["sslrootcert"] == "/ca.pem"


def test_conninfo_quotes() -> None:
    url = DatabaseUrl(host="/a b", port="1", user="it's", password="", database="d\\e")
    assert url.conninfo() == r"host='/a b' port='1' user='it\'s' dbname='d\\e'"
