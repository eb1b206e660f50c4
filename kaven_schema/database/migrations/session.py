"""Our own settings on a connection whose scripts make theirs: a dump, for one, begins by emptying search_path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_OURS = "SELECT name, current_setting(name) FROM pg_settings WHERE source = 'session'"
_UNBOUND = (
    "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL search_path TO DEFAULT;"
    " SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"
)
_FORGET = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL"


@dataclass(frozen=True, slots=True)
class Session:
    """A connection, and how it was set up before any script."""

    connection: Connection
    settings: Mapping[str, str]

    @classmethod
    def of(cls, connection: Connection) -> Session:
        return cls(connection, {str(name): str(value) for name, value in connection.execute(_OURS)})

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open: a script may have begun one of its own."""
        from psycopg.pq import TransactionStatus

        return self.connection.info.transaction_status is TransactionStatus.IDLE

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.connection.transaction():
            self.connection.execute("SET TRANSACTION READ WRITE")
            yield

    def unbind(self) -> None:
        """Until the end of the transaction nothing holds that a script has set."""
        self.connection.execute(_UNBOUND)
        if path := self.settings.get("search_path"):
            self.connection.execute("SELECT set_config('search_path', %s, true)", [path])

    def forget(self) -> None:
        """Leave what a script has left open, and undo what it has set."""
        if not self.is_idle:
            self.connection.execute("ROLLBACK")
        self.connection.execute(_FORGET)
        for name, value in self.settings.items():
            self.connection.execute("SELECT set_config(%s, %s, false)", [name, value])
