"""Whether a live server is archived: its settings, what became of its WAL, and what the engine itself says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.finding import Colour, Finding
from kaven_schema.operations.pitr.archives import Archive

if TYPE_CHECKING:
    from psycopg import Connection

_OLDEST_BACKUP = timedelta(days=8)
_OLDEST_SEGMENT = timedelta(hours=1)
_MUCH_KEPT = 5 * 1024**3
# Not by current_setting: where a role may not see a setting, that is an error, and here there is no row.
_SETTING = "SELECT setting FROM pg_settings WHERE name = %s"
_ARCHIVER = """\
SELECT archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal, last_failed_time
FROM pg_stat_archiver"""
_SLOTS = """\
SELECT slot_name, active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
FROM pg_replication_slots WHERE slot_type = 'physical' AND (%(name)s = '' OR slot_name = %(name)s)"""
_WAITS = """\
SELECT pg_walfile_name(pg_current_wal_lsn() - setting::numeric) > %s
FROM pg_settings WHERE name = 'wal_segment_size'"""
_RESTART = "write it into postgresql.conf, then restart the server"


def check_settings(connection: Connection) -> Iterator[Finding]:
    """What every archive needs of the server."""
    level = _setting(connection, "wal_level")
    if level == "minimal":
        yield Finding(
            "wal_level",
            Colour.RED,
            "is minimal: its WAL restores nothing",
            f"wal_level = replica: {_RESTART}",
        )
    else:
        yield Finding("wal_level", Colour.GREEN, f"is {level}")
    senders = int(_setting(connection, "max_wal_senders") or 0)
    if senders < 2:
        yield Finding(
            "max_wal_senders",
            Colour.RED,
            f"is {senders}: no base backup can be taken beside a receiver",
            f"max_wal_senders = 10: {_RESTART}",
        )
    else:
        yield Finding("max_wal_senders", Colour.GREEN, f"is {senders}")


def check_archiver(connection: Connection, now: datetime) -> Iterator[Finding]:
    """A server that pushes its WAL: whether it does, and whether it succeeds."""
    mode, command = _setting(connection, "archive_mode"), _setting(connection, "archive_command")
    library = _setting(connection, "archive_library")
    if mode not in ("on", "always"):
        yield Finding(
            "archive_mode", Colour.RED, f"is {mode}: nothing is archived", f"archive_mode = on: {_RESTART}"
        )
        return
    if command == "" and not library:
        yield Finding(
            "archive_command",
            Colour.RED,
            "is empty: WAL gathers on the server until its disk is full",
            "write it as `kaven backup pitr write` gives it, then: SELECT pg_reload_conf()",
        )
        return
    if command or library:
        yield Finding("archive_command", Colour.GREEN, f"is {command or library}")
    if _setting(connection, "archive_timeout") == "0":
        yield Finding(
            "archive_timeout",
            Colour.YELLOW,
            "is 0: on a quiet day the archive lags by hours",
            "archive_timeout = '60s', then: SELECT pg_reload_conf()",
        )
    yield _archived(connection, now)


def _archived(connection: Connection, now: datetime) -> Finding:
    row = connection.execute(_ARCHIVER).fetchone()
    count, last, at, failures, failed, failed_at = row or (0, None, None, 0, None, None)
    if failed_at and (at is None or failed_at > at):
        return Finding(
            "archived",
            Colour.RED,
            f"{failed} cannot be archived, tried {failures} times, last at {_shown(failed_at)}",
            "see the server's log for what the command said; its disk fills up meanwhile",
        )
    if at is None:
        return Finding(
            "archived",
            Colour.YELLOW,
            "nothing has been archived yet",
            "see whether it works: SELECT pg_switch_wal()",
        )
    text = f"{count} segments, the last at {_shown(at)} ({last})"
    if now - at > _OLDEST_SEGMENT and _waits(connection, str(last)):
        do = "see the server's log, and whether the archive_command hangs: what is newer is not archived"
        return Finding("archived", Colour.YELLOW, text, do)
    return Finding("archived", Colour.GREEN, text)


def _waits(connection: Connection, last: str) -> bool:
    """Whether a whole segment after the last one is full: a quiet server has but begun the next."""
    found = connection.execute(_WAITS, [last[:24]]).fetchone()
    return bool(found and found[0])


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def check_receiver(connection: Connection, slot: str = "") -> Iterator[Finding]:
    """A server whose WAL is streamed: the slots that keep it until it is received; "" looks at all of them."""
    rows = connection.execute(_SLOTS, {"name": slot}).fetchall()
    if not rows:
        yield Finding(
            "slot",
            Colour.RED,
            f"there is no replication slot {slot}".rstrip() + ": nothing receives this server's WAL",
            "start barman: barman cron, once a minute by cron",
        )
    for name, active, status, kept in rows:
        yield _slot(name, active=active, status=status, kept=int(kept or 0))


def _slot(name: str, *, active: bool, status: str, kept: int) -> Finding:
    if status == "lost":
        do = "take a new base backup: the archive has a gap from here on"
        return Finding("slot", Colour.RED, f"{name} has lost WAL that was not received", do)
    if not active:
        what = f"{name} has no receiver, and keeps {kept // 1024**2} MB of WAL on the server"
        return Finding(
            "slot", Colour.RED, what, "start barman: barman cron; or drop the slot if it is no longer used"
        )
    if kept > _MUCH_KEPT:
        what = f"{name} is behind by {kept // 1024**2} MB"
        return Finding("slot", Colour.YELLOW, what, "see the receiver's log, and the network between the two")
    return Finding("slot", Colour.GREEN, f"{name} is received, {kept // 1024**2} MB behind")


def check_engine(archive: Archive, now: datetime) -> Iterator[Finding]:
    """What the engine says of itself, and its newest base backup."""
    name = archive.setup.engine.value
    try:
        version = archive.program.version()
        archive.check()
    except KavenError as error:
        yield Finding(name, Colour.RED, error.message, error.help)
        return
    yield Finding(name, Colour.GREEN, f"{version}, its own check passes")
    yield from _backup(archive, now)


def _backup(archive: Archive, now: datetime) -> Iterator[Finding]:
    engine = archive.setup.engine.value
    try:
        last = archive.last_backup()
    except KavenError as error:
        yield Finding("base backup", Colour.YELLOW, f"cannot be seen: {error.message}", error.help)
        return
    do = (
        f"{engine} backup --type=full --stanza={archive.setup.name}"
        if engine == "pgbackrest"
        else f"barman backup --wait {archive.setup.name}"
    )
    if last is None:
        yield Finding("base backup", Colour.RED, "there is none: WAL alone restores nothing", do)
        return
    old = now - last > _OLDEST_BACKUP
    colour = Colour.YELLOW if old else Colour.GREEN
    yield Finding("base backup", colour, f"ended {last:%Y-%m-%d %H:%M} UTC", do if old else "")


def is_archived(connection: Connection, now: datetime) -> tuple[Finding, ...]:
    """For `kaven doctor`: pushed, streamed, or not at all."""
    if _setting(connection, "archive_mode") in ("on", "always"):
        return tuple(check_archiver(connection, now))
    if connection.execute(_SLOTS, {"name": ""}).fetchone():
        return tuple(check_receiver(connection))
    return (
        Finding(
            "archive_mode",
            Colour.YELLOW,
            "is off: what was written since the newest backup would be lost",
            "archive the WAL: kaven backup pitr write --engine pgbackrest",
        ),
    )


def _setting(connection: Connection, name: str) -> str | None:
    """None where this role may not see it, or the server does not have it."""
    found = connection.execute(_SETTING, [name]).fetchone()
    return str(found[0] or "") if found else None
