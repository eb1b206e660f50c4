"""Connection strings as Prisma writes them, and what libpq wants to hear instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote

from kaven_schema.diagnostics import ExitCode, KavenError

_SCHEMES = ("postgresql", "postgres")
# Prisma's own options: what they mean to a pool or to Prisma's engines means nothing to one connection.
_PRISMA_ONLY = frozenset(
    (
        "connection_limit",
        "pgbouncer",
        "pool_timeout",
        "schema",
        "socket_timeout",
        "sslaccept",
        "sslcert",
        "sslidentity",
        "sslpassword",
        "statement_cache_size",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """One database and who connects to it. `host` may be the folder of a Unix socket."""

    host: str
    port: str
    user: str
    password: str = field(repr=False)
    database: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> str:
        """The schema in which Prisma works; `public` unless the URL says otherwise."""
        return self.options.get("schema", "public")

    @property
    def through_pgbouncer(self) -> bool:
        return self.options.get("pgbouncer", "false") == "true"

    @property
    def is_socket(self) -> bool:
        return self.host.startswith("/")

    def with_database(self, database: str) -> DatabaseUrl:
        return replace(self, database=database)

    def with_schema(self, schema: str) -> DatabaseUrl:
        return replace(self, options={**self.options, "schema": schema})

    def connection_parameters(self) -> dict[str, str]:
        """The keywords of libpq; those of Prisma are translated or left out."""
        found = {"host": self.host, "port": self.port, "user": self.user, "dbname": self.database}
        found |= {"password": self.password} if self.password else {}
        found |= {key: value for key, value in self.options.items() if key not in _PRISMA_ONLY}
        return found | dict(self._certificates())

    def _certificates(self) -> Iterator[tuple[str, str]]:
        """Prisma's `sslcert` is the authority's certificate, and it checks it only if told to be strict."""
        if self.options.get("sslaccept") == "strict":
            yield "sslmode", "verify-full"
            yield "sslrootcert", self.options.get("sslcert") or "system"

    def conninfo(self) -> str:
        """The same as libpq's programs take it on their command line: without the password, which
        would stand in the list of processes; give it to them as PGPASSWORD.
        """
        parameters = self.connection_parameters()
        parameters.pop("password", None)
        if "schema" in self.options:
            name = self.schema.replace('"', '""').replace("\\", "\\\\").replace(" ", "\\ ")
            parameters["options"] = f'-c search_path="{name}"'
        return " ".join(f"{key}={_quoted(value)}" for key, value in parameters.items())

    def __str__(self) -> str:
        return self._written(self.password)

    def shown(self) -> str:
        """The URL without its password."""
        return self._written("***" if self.password else "")

    def _written(self, password: str) -> str:
        secret = password if password == "***" else quote(password, safe="")  # noqa: S105 - the mask, no password
        login = quote(self.user, safe="") + (f":{secret}" if password else "")
        host, options = self.host, dict(self.options)
        if self.is_socket:
            host, options = "localhost", {"host": self.host} | options
        place = f"{host}:{self.port}" if self.port and (self.port != "5432" or not self.is_socket) else host
        query = "&".join(f"{quote(key)}={quote(value, safe='/')}" for key, value in options.items())
        text = f"postgresql://{login}@{place}/{quote(self.database, safe='')}"
        return f"{text}?{query}" if query else text


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def parse_url(text: str, origin: str) -> DatabaseUrl:
    """The parts of a PostgreSQL URL; `origin` says in an error where it stands.

    Raises KavenError `database_url_invalid`.
    """
    scheme, separator, rest = text.strip().partition("://")
    if not separator or scheme not in _SCHEMES:
        what = f"starts with {scheme}://" if separator else "is not a URL"
        raise _invalid(origin, f"{what}, a PostgreSQL URL is needed")
    rest, _, query = rest.partition("?")
    authority, _, database = rest.partition("/")
    login, _, place = authority.rpartition("@")
    user, _, password = login.partition(":")
    host, port = _host_and_port(place, origin)
    options = dict(parse_qsl(query, keep_blank_values=True))
    if not database:
        raise _invalid(origin, "names no database")
    return DatabaseUrl(
        host=options.pop("host", "") or host or "localhost",
        port=options.pop("port", "") or port or "5432",
        user=unquote(options.pop("user", "") or user) or "postgres",
        password=unquote(options.pop("password", "") or password),
        database=unquote(database),
        options=options,
    )


def _host_and_port(place: str, origin: str) -> tuple[str, str]:
    """libpq takes several hosts, each with its port; an IPv6 address stands in brackets."""
    hosts, ports = [], []
    for one in place.split(","):
        bracket = one.rfind("]")
        host, _, port = one[bracket + 1 :].partition(":") if bracket >= 0 else one.partition(":")
        if port and not port.isdigit():
            raise _invalid(origin, f"has the port {port!r}")
        hosts.append(unquote(one[1:bracket] if bracket >= 0 else host))
        ports.append(port or "5432")
    return ",".join(hosts), ",".join(ports)


def _invalid(origin: str, problem: str) -> KavenError:
    return KavenError(
        "database_url_invalid",
        f"{origin} {problem}",
        help="write postgresql://USER:PASSWORD@HOST:5432/DATABASE; in passwords %40 is @, %2F is /, %3A is :",
        exit_code=ExitCode.WRONG_USE,
    )
