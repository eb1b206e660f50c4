"""The files of an archive: PostgreSQL's part, the engine's own, and its role."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path, write_atomically
from kaven_schema.operations.pitr.setup import CONFIGURATION, EngineName, Setup
from kaven_schema.templating import template_environment

_POSTGRESQL_PLACE = (
    "/etc/postgresql/VERSION/main/conf.d/, or an `include` in postgresql.conf; then restart the server"
)
_FUNCTIONS = (
    "pg_backup_start(text, boolean)",
    "pg_backup_stop(boolean)",
    "pg_switch_wal()",
    "pg_create_restore_point(text)",
)
_MEMBERSHIPS = ("pg_read_all_settings", "pg_read_all_stats", "pg_checkpoint")
# A segment of WAL is 16 MB: on an idle server it would take days to fill, and an archive would lag by as much.
_ARCHIVE_TIMEOUT = "60s"

Settings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is empty for a file without sections."""

    name: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Written:
    """One file, and where it belongs."""

    name: str
    text: str
    place: str


def write_files(setup: Setup, folder: Path, *, replace: bool = False) -> tuple[Path, ...]:
    """Write what `render_files` gives into a folder, which is made.

    Raises KavenError `archive_file_differs` where a file has another text, unless it may be replaced, and
    `output_unwritable`.
    """
    files = render_files(setup)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        differing = [file.name for file in files if _differs(folder / file.name, file.text)]
    except OSError as error:
        raise KavenError(
            "output_unwritable",
            f"cannot write into the folder {shown_path(folder)}: {error.strerror or error}",
            help="name another: kaven backup pitr write --to FOLDER",
        ) from None
    if differing and not replace:
        raise KavenError(
            "archive_file_differs",
            f"{', '.join(differing)} in {shown_path(folder)} would change, and may have been edited by hand",
            help="see what would: add --to OTHER, and diff the folders; then replace them: --force",
            exit_code=ExitCode.PROBLEMS,
        )
    for file in files:
        write_atomically(folder / file.name, file.text, root=folder)
    return tuple(folder / file.name for file in files)


def _differs(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() != text.encode()


def render_files(setup: Setup) -> tuple[Written, ...]:
    """PostgreSQL's settings, the engine's configuration, and SQL that makes its role."""
    return (
        *_configurations(setup),
        Written("roles.sql", _roles(setup), f"psql, as a superuser, in the database {setup.database}"),
    )


def _configurations(setup: Setup) -> Iterator[Written]:
    yield _settings_file(
        f"{setup.name}.postgresql.conf",
        "PostgreSQL's part of the archive",
        _POSTGRESQL_PLACE,
        (Section("", postgresql_settings(setup)),),
        equals=" = ",
    )
    rows = _pgbackrest(setup) if setup.engine is EngineName.PGBACKREST else _barman(setup)
    yield _settings_file(
        f"{setup.engine.value}.conf",
        f"{setup.engine.value}'s own configuration",
        str(setup.configuration),
        rows,
        equals="=" if setup.engine is EngineName.PGBACKREST else " = ",
        notes=_NOTES[setup.engine],
    )


_NOTES = {
    EngineName.PGBACKREST: (
        "Its commands run as the server's system user. The role's password: PGPASSFILE, or ~/.pgpass.",
        "repo1-path may be a disk of another machine, or S3: see pgBackRest's documentation of repo1-type.",
    ),
    EngineName.BARMAN: (
        "Best on another machine: it needs no SSH, only two connections to the server.",
        "The role's password: ~/.pgpass of the system user. `barman cron` once a minute keeps it running.",
    ),
}


def postgresql_settings(setup: Setup) -> Settings:
    """In pgBackRest's archive the server pushes each segment of WAL; barman streams them itself."""
    common = (("wal_level", "replica"), ("max_wal_senders", "10"), ("max_replication_slots", "10"))
    if setup.engine is EngineName.BARMAN:
        return (*common, ("max_slot_wal_keep_size", "'20GB'"))
    return (
        *common,
        ("archive_mode", "on"),
        ("archive_command", _postgresql_text(archive_command(setup))),
        ("archive_timeout", f"'{_ARCHIVE_TIMEOUT}'"),
    )


def archive_command(setup: Setup) -> str:
    """What the server runs for each segment of WAL; empty where the engine streams."""
    if setup.engine is EngineName.BARMAN:
        return ""
    words = [setup.program, f"--stanza={setup.name}"]
    if setup.configuration != CONFIGURATION[setup.engine]:
        words.insert(1, f"--config={setup.configuration}")
    quoted = " ".join(shlex.quote(word) for word in words)
    return quoted.replace("%", "%%") + " archive-push %p"


def _pgbackrest(setup: Setup) -> tuple[Section, ...]:
    common = [
        ("repo1-path", str(setup.repository)),
        ("repo1-retention-full", str(setup.keep)),
        ("compress-type", "zst"),
        ("start-fast", "y"),
        ("process-max", "2"),
    ]
    if setup.state:
        common += [(name, str(setup.state)) for name in ("lock-path", "log-path", "spool-path")]
    server = [
        ("pg1-path", str(setup.data)),
        ("pg1-port", setup.port),
        ("pg1-user", setup.role),
        ("pg1-database", setup.database),
    ]
    if setup.host.startswith("/"):
        server.append(("pg1-socket-path", setup.host))
    return (Section("global", tuple(common)), Section(setup.name, tuple(server)))


def _barman(setup: Setup) -> tuple[Section, ...]:
    login = f"host={setup.host} port={setup.port} user={setup.role} dbname={setup.database}"
    if setup.password_file:
        login += f" passfile={setup.password_file}"
    common = [
        ("barman_user", setup.system_user),
        ("barman_home", str(setup.repository)),
        ("configuration_files_directory", str(setup.configuration.parent / "barman.d")),
        ("log_file", str((setup.state or Path("/var/log/barman")) / "barman.log")),
    ]
    if setup.state:
        common.append(("barman_lock_directory", str(setup.state)))
    server = [
        ("description", f'"{setup.name}, streamed"'),
        ("conninfo", login),
        ("streaming_conninfo", login),
        ("backup_method", "postgres"),
        ("streaming_archiver", "on"),
        ("slot_name", slot_name(setup)),
        ("create_slot", "auto"),
        ("retention_policy", f"RECOVERY WINDOW OF {setup.keep} DAYS"),
    ]
    if setup.programs:
        server.append(("path_prefix", str(setup.programs)))
    return (Section("barman", tuple(common)), Section(setup.name, tuple(server)))


def slot_name(setup: Setup) -> str:
    """The replication slot that keeps WAL until barman has it."""
    return f"barman_{setup.name}".replace("-", "_")


def _postgresql_text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _settings_file(
    name: str,
    title: str,
    place: str,
    sections: tuple[Section, ...],
    *,
    equals: str,
    notes: tuple[str, ...] = (),
) -> Written:
    values = {"title": title, "place": place, "sections": sections, "equals": equals, "notes": notes}
    return Written(name, _render("settings.conf", values), place)


def _roles(setup: Setup) -> str:
    streams = setup.engine is EngineName.BARMAN
    values = {
        "engine": setup.engine.value,
        "role": setup.role,
        "database": setup.database,
        "literal": f"'{setup.role}'",
        "identifier": f'"{setup.role}"',
        "attributes": "LOGIN REPLICATION" if streams else "LOGIN",
        "memberships": ", ".join(_MEMBERSHIPS),
        "functions": _FUNCTIONS,
    }
    return _render("roles.sql", values)


def _render(name: str, values: dict[str, Any]) -> str:
    return template_environment().get_template(f"pitr/{name}.jinja").render(values)
