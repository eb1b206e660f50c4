from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.diagnostics import KavenError
from kaven_schema.update.installed import find_installed
from kaven_schema.update.lock import Lock, LockedMigration, lock_path, lock_text, parse_lock, read_lock
from kaven_schema.update.plan import Acceptance
from kaven_schema.update.release import Version, open_source
from kaven_schema.update.toml import toml_string
from tests.update.projects import make

LOCK = Lock(
    vendor='a "quoted"\\ vendor',
    release=Version.parse("2.0.0-rc.1"),
    base="0" * 64,
    previous=Version.parse("1.0.0"),
    migrations=(LockedMigration("20260101000000_kaven_é", "20250101000000_kaven_x", "2.0.0", "1" * 64),),
    accepted=(Acceptance("2.0.0", "vendor_field_kept", "User.old", "nothing\nof ours\x7f"),),
)


def test_what_is_written_is_read():
    assert parse_lock(lock_text(LOCK).encode(), "kaven.lock") == LOCK
    assert lock_text(parse_lock(lock_text(LOCK).encode(), "kaven.lock")) == lock_text(LOCK)
    assert toml_string("a\tb\x00\x7f") == '"a\\tb\\u0000\\u007f"'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "version = 2"),
        ("version = 1", ""),
        ('base = "', "base = 3 # "),
        ("[[migration]]", "[migration]"),
        ("[[accepted]]", "[[acepted]]"),
        ('reason = "nothing', 'because = "nothing'),
        ("[[accepted]]", "<<<<<<< ours\n[[accepted]]"),
    ],
)
def test_what_is_no_lock_is_told(old: str, new: str):
    before, found, after = lock_text(LOCK).rpartition(old)
    assert found
    with pytest.raises(KavenError) as caught:
        parse_lock((before + new + after).encode(), "kaven.lock")
    assert caught.value.rule == "lock_invalid"
    assert caught.value.help


def test_no_lock_is_none(tmp_path: Path):
    assert read_lock(tmp_path) is None
    lock_path(tmp_path).mkdir()
    with pytest.raises(KavenError) as caught:
        read_lock(tmp_path)
    assert caught.value.rule == "file_unreadable"


def test_a_base_is_recognised_with_other_line_ends(tmp_path: Path):
    root = make(tmp_path)
    base = root / "prisma" / "schema.base.prisma"
    base.write_bytes(base.read_bytes().replace(b"\n", b"\r\n"))
    settings = load_settings(root)
    found = find_installed(settings, open_source(settings.releases, settings.root))
    assert found.is_new
    assert str(found.lock.release) == "1.0.0"
