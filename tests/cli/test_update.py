"""`kaven update` as a user runs it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Folder
from tests.projects import files
from tests.running import command, environment
from tests.update.projects import EXTENDED, TWO, make, migrations, plan, run
from tests.update.vendor import CONFIG, release

OFFICIAL = ("check", "--no-official")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def test_a_dry_run_tells_all_and_changes_nothing(root: Path):
    before = files(root)
    said = run(root, "update", "--dry-run")
    assert "acme 2.0.0 (2026-01-02)" in said
    assert "model Note" in said
    assert "kaven_notes" in said
    assert files(root) == before


def test_everything_changes_together(root: Path):
    before = files(root)
    run(root, "update")
    after = files(root)
    assert text(root, "prisma/schema.base.prisma") == CONFIG + TWO
    assert text(root, "prisma/schema.extended.prisma") == EXTENDED
    assert "model Note" in text(root, "prisma/schema.prisma")
    assert migrations(root) == [
        "20260101000000_kaven_init",
        "20990101000000_dev_company",
        "20990101000001_kaven_notes",
    ]
    assert 'release = "2.0.0"' in text(root, "kaven.lock")
    unchanged = [name for name in before if before[name] == after.get(name)]
    assert len(unchanged) == len(before) - 2
    assert "no problems found" in run(root, *OFFICIAL)
    run(root, "merge", "--check")
    assert "nothing to update" in run(root, "update")
    assert files(root) == after


def test_back_again_leaves_not_a_byte(root: Path):
    before = files(root)
    run(root, "update")
    run(root, "rollback", "--dry-run")
    run(root, "rollback")
    assert files(root) == before
    assert "rollback_impossible" in run(root, "rollback", code=1)


def test_as_json(root: Path):
    found = plan(root, "--dry-run")
    assert (found["state"], found["installed"], found["target"]) == ("possible", "1.0.0", "2.0.0")
    assert {"kind": "model_added", "path": "Note", "message": "a new table"} in found["steps"][0]["additions"]
    assert "prisma/schema.base.prisma" in found["files"]
    assert plan(root)["state"] == "updated"
    assert plan(root)["state"] == "current"


def test_a_scheduled_check(root: Path):
    assert plan(root, "--check", code=1)["state"] == "possible"
    run(root, "update", "--check", code=1)
    run(root, "update")
    assert plan(root, "--check")["state"] == "current"


def test_what_is_the_same_is_adopted_when_asked(tmp_path: Path):
    extended = "model User {\n  company String?\n\n  /// for friends\n  nick String? // short\n}\n"
    root = make(tmp_path, extended=extended)
    (root / "prisma/migrations/20990102000000_dev_nick").mkdir()
    (root / "prisma/migrations/20990102000000_dev_nick/migration.sql").write_text(
        'ALTER TABLE "User" ADD COLUMN "nick" TEXT;\n'
    )
    before = files(root)
    said = run(root, "update", code=1)
    assert "addition_is_adopted" in said
    assert "kaven update --adopt" in said
    assert files(root) == before
    run(root, "update", "--adopt")
    assert text(root, "prisma/schema.extended.prisma") == (
        "model User {\n  company String?\n\n  // for friends\n  // nick, in base since 2.0.0: short\n}\n"
    )
    script = text(root, f"prisma/migrations/{migrations(root)[-1]}/migration.sql")
    assert '"nick"' not in script
    assert 'CREATE TABLE "Note"' in script
    run(root, "rollback")
    assert files(root) == before


def test_every_problem_is_told_at_its_two_places(tmp_path: Path):
    extended = "model User {\n  nick Int?\n\n  @@index([old])\n}\n"
    worse = TWO.replace("  old   String?\n", "").replace("email String  @unique", "email Int @unique")
    root = make(tmp_path, extended=extended, more=(release("3.0.0", worse, after="2.0.0"),))
    before = files(root)
    found = plan(root, code=1)
    places = {
        (one["rule"], *((place["path"], place["line"]) for place in _places(one)))
        for one in found["diagnostics"]
    }
    base, own = "vendor/release-2/schema.base.prisma", "prisma/schema.extended.prisma"
    two = "vendor/release-1/schema.base.prisma"
    assert {
        (rule, *(("/".join(Path(path).parts[-3:]), line) for path, line in rest)) for rule, *rest in places
    } == {
        ("addition_same_as_extended", (own, 2), (two, 10)),
        ("extension_reference_kept", (own, 4), (two, 9)),
        ("vendor_field_kept", (two, 9), (base, 6)),
        ("vendor_field_same_type", (base, 8), (two, 8)),
    }
    assert files(root) == before


def _places(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["location"], *one["related"]]


def test_a_break_passes_when_the_vendor_migrates_and_the_developer_accepts(tmp_path: Path):
    less = TWO.replace("  old   String?\n", "")
    entry = ("vendor_field_kept", "User.old", "20260303000000_kaven_drop_old")
    script = {entry[2]: 'ALTER TABLE "User" DROP COLUMN "old";\n'}
    root = make(tmp_path, more=(release("3.0.0", less, after="2.0.0", sql=script, breaks=[entry]),))
    run(root, "update", "--to", "2.0.0")
    said = run(root, "update", code=1)
    assert "[[accepted]]" in said
    with (root / "kaven.lock").open("a") as lock:
        lock.write(
            '\n[[accepted]]\nrelease = "3.0.0"\nrule = "vendor_field_kept"\npath = "User.old"\nreason = "…"\n'
        )
    assert "without a reason" in run(root, "update", code=1)
    (root / "kaven.lock").write_text(text(root, "kaven.lock").replace('"…"', '"nothing of ours reads it"'))
    said = run(root, "update")
    assert "accepted in kaven.lock: nothing of ours reads it" in said
    assert "nothing of ours reads it" in text(root, "kaven.lock")
    assert migrations(root)[-1].endswith("_kaven_drop_old")


def test_steps_give_what_one_update_gives(tmp_path: Path):
    more = (release("2.1.0", TWO + "model Tag {\n  id Int @id\n}\n", after="2.0.0"),)
    at_once, by_steps = make(tmp_path / "a", more=more), make(tmp_path / "b", more=more)
    run(at_once, "update")
    run(by_steps, "update", "--to", "2.0.0")
    run(by_steps, "update")
    left_out = ("kaven.lock",)
    first, second = (
        {
            name: text
            for name, text in files(one).items()
            if name not in left_out and "/.kaven-releases/" not in name
        }
        for one in (at_once, by_steps)
    )
    assert first == second


# --- what is refused ------------------------------------------------------------------------------------


def test_wrong_wishes(root: Path):
    before = files(root)
    assert "release_unknown" in run(root, "update", "--to", "9.0.0", code=2)
    assert "version_invalid" in run(root, "update", "--to", "two", code=2)
    assert "release_source_unknown" in run(root, "update", "--from", "nowhere", code=2)
    assert files(root) == before
    run(root, "update")
    assert "release_downgrade" in run(root, "update", "--to", "1.0.0", code=1)


def test_a_syntax_error_in_extended(root: Path):
    extended = root / "prisma" / "schema.extended.prisma"
    extended.write_text("model User {\n  company String? @@\n}\n")
    before = files(root)
    said = run(root, "update", code=1)
    assert "syntax_error" in said
    assert "schema.extended.prisma:2" in said
    assert files(root) == before


def test_files_that_are_not_committed_are_asked_about(root: Path):
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=dev", "-c", "user.email=dev@example.org")
        subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)

    git("init", "--quiet")
    assert "git_tree_dirty" in run(root, "update", code=1)
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    (root / "notes é.txt").write_text("mine")
    before = files(root)
    said = run(root, "update", code=1)
    assert "notes é.txt" in said
    assert files(root) == before
    run(root, "update", "--yes")
    assert 'release = "2.0.0"' in text(root, "kaven.lock")


def test_a_read_only_file_stops_all(root: Path):
    for name in ("prisma/schema.base.prisma", "prisma/schema.prisma"):
        (root / name).chmod(0o444)
        before = files(root)
        assert "output_unwritable" in run(root, "update", code=3, plain_user=True)
        assert files(root) == before
        assert not (root / ".kaven" / "journal").exists()
        (root / name).chmod(0o644)
    (root / "prisma" / "migrations").chmod(0o555)
    assert "output_unwritable" in run(root, "update", code=3, plain_user=True)
    assert files(root) == before


def test_two_updates_at_once(root: Path):
    before = files(root)
    with open(root / ".kaven" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "project_locked" in run(root, "update", code=3)
        assert files(root) == before


def test_two_that_start_together_give_what_one_gives(tmp_path: Path):
    alone, together = make(tmp_path / "alone"), make(tmp_path / "together")
    run(alone, "update")
    started = [
        subprocess.Popen(
            command("-m", "kaven_schema", "update"),
            cwd=together,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate()[1] for process in started]
    codes = sorted(process.returncode for process in started)
    assert codes[0] == 0, said
    assert set(codes) <= {0, 3}, said
    assert all("files_changed_meanwhile" in text for text in said if "error" in text)
    assert files(together) == files(alone)


def test_the_lock_is_read_with_care(root: Path):
    run(root, "update")
    lock = root / "kaven.lock"
    good = lock.read_text()
    for bad in (
        "<<<<<<< ours\n" + good,
        good.replace("version = 1", "version = 9"),
        "release = 3\n",
        "\xff",
        "",
    ):
        lock.write_bytes(bad.encode("latin-1"))
        assert "lock_invalid" in run(root, "update", code=1)
    lock.write_text(good.replace("acme", "other"))
    assert "release_names_differ" in run(root, "update", code=2)
    lock.write_text(good)
    (root / "prisma" / "schema.base.prisma").write_text("// gone\n")
    (root / "prisma" / ".kaven-releases" / "2.0.0" / "schema.base.prisma").unlink()
    assert "kept_base_missing" in run(root, "update", code=1)


# --- base edited by hand --------------------------------------------------------------------------------


def test_a_base_that_was_edited_is_told_and_put_back(root: Path):
    run(root, "update")
    released = text(root, "prisma/schema.base.prisma")
    edited = released.replace(
        "  nick  String?\n", "  nick  String?\n  /// hers\n  title String? // of nobility\n"
    ).replace("  old   String?\n", "  old   Int?\n")
    edited += "\n/// all mine\nmodel Own {\n  id Int @id\n}\n"
    (root / "prisma" / "schema.base.prisma").write_text(edited)
    said = run(root, *OFFICIAL, code=1)
    assert said.count("error[base_as_released]") == 3
    assert "+  title String? // of nobility" in said
    assert "schema.base.prisma:12:3" in said
    found = json.loads(run(root, *OFFICIAL, "--format", "json", code=1))
    assert {one["rule"] for one in found["diagnostics"]} == {"base_as_released"}
    assert "base_as_released" in run(root, "update", "--to", "2.0.0", code=1)
    run(root, "update", "--restore-base", "--dry-run")
    assert text(root, "prisma/schema.base.prisma") == edited
    said = run(root, "update", "--restore-base")
    assert "User.old is the vendor's to change" in said
    assert text(root, "prisma/schema.base.prisma") == released
    assert text(root, "prisma/schema.extended.prisma") == (
        "// mine\nmodel User {\n  company String? // where they work\n"
        "  /// hers\n  title String? // of nobility\n}\n"
        "\n/// all mine\nmodel Own {\n  id Int @id\n}\n"
    )
    assert [path.read_text() for path in kept_bases(root)] == [edited]
    run(root, *OFFICIAL)
    run(root, "merge", "--check")


def kept_bases(root: Path) -> list[Path]:
    return list((root / ".kaven" / "kept").glob("schema.base.prisma.*"))


def test_each_base_that_was_edited_is_kept(root: Path):
    """Comments too: they go nowhere else, and a later edit does not take the place of an earlier one."""
    run(root, "update")
    base = root / "prisma" / "schema.base.prisma"
    released = base.read_text()
    texts = {f"// note {number}\n{released}" for number in range(2)}
    for edited in texts:
        base.write_text(edited)
        said = run(root, "update", "--restore-base")
        assert "the edited one is kept in .kaven/kept/schema.base.prisma." in said
        assert base.read_text() == released
    assert {path.read_text() for path in kept_bases(root)} == texts


def test_the_edit_itself_does_not_stand_in_the_way_of_putting_base_back(root: Path):
    """Neither a stash nor a commit would be of use: it is what is to be undone."""
    run(root, "update")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    author = ("-c", "user.name=a", "-c", "user.email=a")
    subprocess.run(["git", *author, "commit", "-qma"], cwd=root, check=True)
    base = root / "prisma" / "schema.base.prisma"
    released = base.read_text()
    base.write_text(f"// mine\n{released}")
    run(root, "merge")
    (root / "prisma" / "schema.extended.prisma").write_text(EXTENDED + "// more\n")
    refused = run(root, "update", "--restore-base", code=1)
    assert "prisma/schema.extended.prisma: not committed" in refused
    (root / "prisma" / "schema.extended.prisma").write_text(EXTENDED)
    run(root, "update", "--restore-base")
    assert base.read_text() == released


def test_a_clients_place_is_a_setting_and_no_edit_of_base(folder: Folder):
    assert folder.run("init", "--release", "1.0.0").code == 0
    base = folder.root / "prisma" / "schema.base.prisma"
    released = base.read_text()
    line = '  provider                    = "prisma-client-py"\n'
    base.write_text(released.replace(line, f'{line}  output = "../db"\n'))
    told = folder.run("check", "--no-official")
    assert (
        'in the settings, client_output = "src/app/client"; then: kaven update --restore-base'
        in told.err + told.out
    )
    refused = folder.run("update", "--restore-base")
    assert (refused.code, "error[client_output_dropped]" in refused.err) == (1, True)
    assert base.read_text() != released
    settings = folder.root / "kaven.toml"
    settings.write_text(f'{settings.read_text()}client_output = "src/db"\n')
    put_back = folder.run("update", "--restore-base")
    assert put_back.code == 0, put_back.err
    assert "src/db: typed client" in put_back.err
    assert base.read_text() == released


def test_a_vendors_migration_that_was_edited_is_told(root: Path):
    run(root, "update")
    script = root / "prisma" / "migrations" / migrations(root)[-1] / "migration.sql"
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))
    assert "no problems found" in run(root, *OFFICIAL)
    script.write_text("-- mine\nSELECT 1;\n")
    said = run(root, *OFFICIAL)
    assert "warning[vendor_migration_as_brought]" in said
    assert "migration.sql:1:1" in said
    script.unlink()
    assert "is missing" in run(root, *OFFICIAL)


def test_a_base_that_no_release_knows(root: Path):
    base = root / "prisma" / "schema.base.prisma"
    base.write_text(base.read_text().replace("old   String?", "old   String?\n  extra Int?"))
    assert "release_not_recognised" in run(root, "update", code=1)
    assert "--to VERSION" in run(root, "update", "--restore-base", code=2)
    run(root, "update", "--restore-base", "--to", "1.0.0")
    assert "extra Int?" in text(root, "prisma/schema.extended.prisma")
    run(root, "update")


def test_without_a_lock_check_says_nothing_of_releases(root: Path):
    base = root / "prisma" / "schema.base.prisma"
    base.write_text(base.read_text() + "\n// mine\n")
    run(root, *OFFICIAL)


def test_nothing_is_named_after_this_machine(root: Path):
    run(root, "update")
    for name in ("kaven.lock", "prisma/.kaven-releases/2.0.0/undo.json"):
        assert os.fspath(root) not in text(root, name)
