"""The files of both engines, byte for byte, and what cannot stand in them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.pitr.setup import CONFIGURATION, REPOSITORY, EngineName, Setup
from kaven_schema.operations.pitr.writing import archive_command, render_files, slot_name, write_files

FIXTURES = Path(__file__).parent / "fixtures"
ENGINES = pytest.mark.parametrize("engine", [*EngineName], ids=str)


def setup(engine: EngineName) -> Setup:
    return Setup(
        engine=engine,
        name="kaven",
        data=Path("/var/lib/postgresql/16/main"),
        host="/var/run/postgresql" if engine is EngineName.PGBACKREST else "db.internal",
        port="5432",
        role=engine.value,
        database="postgres",
        repository=REPOSITORY[engine],
        configuration=CONFIGURATION[engine],
        keep=4,
        program=engine.value,
    )


@ENGINES
def test_files(engine: EngineName, expect: Callable[[Path, str], None]) -> None:
    for file in render_files(setup(engine)):
        expect(FIXTURES / engine.value / file.name, file.text)


@ENGINES
def test_they_are_written_once(engine: EngineName, tmp_path: Path) -> None:
    for _ in range(2):
        paths = write_files(setup(engine), tmp_path / "pitr")
        assert [path.name for path in paths] == ["kaven.postgresql.conf", f"{engine}.conf", "roles.sql"]
    assert sorted(path.name for path in (tmp_path / "pitr").iterdir()) == sorted(path.name for path in paths)


def test_places_of_ones_own() -> None:
    own = replace(
        setup(EngineName.BARMAN),
        password_file="/home/barman/pass",
        state=Path("/srv/state"),
        programs=Path("/usr/lib/postgresql/16/bin"),
    )
    text = render_files(own)[1].text
    for line in (
        "passfile=/home/barman/pass",
        "barman_lock_directory = /srv/state",
        "path_prefix = /usr/lib",
    ):
        assert line in text


def test_command_with_another_configuration() -> None:
    other = replace(
        setup(EngineName.PGBACKREST),
        program="/opt/my tools/100%/pgbackrest",
        configuration=Path("/srv/one.conf"),
    )
    words = shlex.split(archive_command(other))
    assert words == [
        "/opt/my tools/100%%/pgbackrest",
        "--config=/srv/one.conf",
        "--stanza=kaven",
        "archive-push",
        "%p",
    ]
    assert archive_command(setup(EngineName.BARMAN)) == ""


def test_slot_has_a_name_that_postgresql_takes() -> None:
    assert slot_name(replace(setup(EngineName.BARMAN), name="my-shop")) == "barman_my_shop"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "My Shop"},
        {"name": ""},
        {"data": Path("relative")},
        {"data": Path("/with\nline")},
        {"repository": Path("/a;b")},
        {"host": "a b"},
        {"role": ""},
        {"database": "it's"},
    ],
    ids=lambda change: "-".join(map(repr, change.items())),
)
def test_what_cannot_be_written(change: dict[str, object]) -> None:
    with pytest.raises(KavenError) as caught:
        replace(setup(EngineName.PGBACKREST), **change)  # type: ignore[arg-type]
    assert caught.value.rule == "archive_setup_invalid"
    assert caught.value.exit_code is ExitCode.WRONG_USE


def test_hand_edit_is_kept(tmp_path: Path) -> None:
    written = setup(EngineName.PGBACKREST)
    path = write_files(written, tmp_path)[1]
    path.write_text("# mine\n")
    with pytest.raises(KavenError) as caught:
        write_files(written, tmp_path)
    assert caught.value.rule == "archive_file_differs"
    assert path.read_text() == "# mine\n"
    write_files(written, tmp_path, replace=True)
    assert path.read_text() != "# mine\n"


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KavenError, match="cannot write into the folder"):
        write_files(setup(EngineName.BARMAN), tmp_path / "file" / "pitr")
