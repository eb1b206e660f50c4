"""What grows: the database on its disk, rows that nobody sees any more, and the age of transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from kaven_schema.operations.health.checks.server import is_local
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

_SIZE = "SELECT pg_database_size(current_database())"
_FOLDER = "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'MEMBER') THEN current_setting('data_directory') END"
_DEAD = """\
SELECT relname, n_dead_tup, n_live_tup FROM pg_stat_user_tables
WHERE n_dead_tup > 10000 AND n_dead_tup > 0.2 * n_live_tup ORDER BY n_dead_tup DESC LIMIT 3"""
_AGE = """\
SELECT age(datfrozenxid), current_setting('autovacuum_freeze_max_age')::int
FROM pg_database WHERE datname = current_database()"""
_DANGER = 1_500_000_000
_YELLOW, _RED = 0.15, 0.05


def disk(deployment: Deployment) -> Iterator[Finding]:
    """The size of the database, and the free space where the server's disk can be seen from here."""
    connection = deployment.as_owner
    row = connection.execute(_SIZE).fetchone()
    size = int(row[0]) if row else 0
    space = _space(deployment)
    if space is None:
        what = f"the database has {shown_size(size)}; the server's free space cannot be seen from here"
        yield Finding("disk", Colour.GREEN, what)
        return
    free, total = space
    what = f"the database has {shown_size(size)}, its disk {shown_size(free)} free of {shown_size(total)}"
    part = free / total if total else 1.0
    if part >= _YELLOW:
        yield Finding("disk", Colour.GREEN, what)
        return
    do = "free some space, or enlarge it: a server whose disk is full stops"
    yield Finding("disk", Colour.RED if part < _RED else Colour.YELLOW, what, do)


def _space(deployment: Deployment) -> tuple[int, int] | None:
    """Free and whole, in bytes; None where the folder is not seen."""
    folder = _folder(deployment)
    # It is closed to others, and lies on the disk of the folder around it.
    for place in (folder, os.path.dirname(folder)) if folder else ():
        with suppress(OSError):
            found = os.statvfs(place)
            return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    return None


def _folder(deployment: Deployment) -> str:
    """The server's data, where it is on this machine and may be known; else empty."""
    if deployment.direct.is_embedded:
        return str(deployment.settings.root / ".kaven" / "postgres" / "data")
    if not is_local(deployment.direct.url):
        return ""
    row = deployment.as_owner.execute(_FOLDER).fetchone()
    return str(row[0]) if row and row[0] else ""


def shown_size(size: int) -> str:
    for unit, length in (("GB", 1024**3), ("MB", 1024**2)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size // 1024} kB"


def vacuum(deployment: Deployment) -> Iterator[Finding]:
    """Tables that are swelling because nothing clears them."""
    rows = deployment.as_owner.execute(_DEAD).fetchall()
    for name, dead, live in rows:
        do = f'VACUUM (ANALYZE) "{name}"; then see who holds an old transaction open, and autovacuum\'s settings'
        yield Finding("vacuum", Colour.YELLOW, f"{name} has {dead} dead rows beside {live}", do)
    if not rows:
        yield Finding("vacuum", Colour.GREEN, "no table has many dead rows")


def wraparound(deployment: Deployment) -> Iterator[Finding]:
    """At two thousand million transactions without a freeze a server takes no more writes."""
    row = deployment.as_owner.execute(_AGE).fetchone()
    age, limit = row or (0, 1)
    what = f"the oldest transaction is {age / 1e6:.0f} million back, of 2,147 million"
    if age < 1.5 * limit:
        yield Finding("wraparound", Colour.GREEN, what)
        return
    colour = Colour.RED if age >= _DANGER else Colour.YELLOW
    do = "end old transactions, prepared ones and slots that hold it back, then: VACUUM (FREEZE)"
    yield Finding("wraparound", colour, what, do)
