from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.update.release import Catalogue, Version, open_source
from kaven_schema.update.release.packing import write_tree
from tests.update.vendor import release, shelf, tar_of, zip_of

ONE, TWO = "model User {\n  id Int @id\n}\n", "model User {\n  id Int @id\n  nick String?\n}\n"
SQL = {"20260101000000_acme_kaven_nick": "ALTER TABLE x;"}


def releases() -> list[dict[str, bytes]]:
    return [release("1.0.0", ONE), release("2.0.0", TWO, after="1.0.0")]


def versions(catalogue: Catalogue) -> list[str]:
    return [str(one.version) for one in catalogue.releases]


def in_folders(trees: list[dict[str, bytes]]) -> dict[str, bytes]:
    return {
        f"acme/{number}/{name}": content
        for number, tree in enumerate(trees)
        for name, content in tree.items()
    }


def refusal(source: str | Path, **options: str) -> KavenError:
    with pytest.raises(KavenError) as caught:
        open_source(str(source), Path.cwd(), **options)
    assert caught.value.help
    return caught.value


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_an_archive_holds_one_release_or_many(tmp_path: Path, pack: Callable[..., Path]):
    name = "one.tar.gz" if pack is tar_of else "one.zip"
    one = open_source(name, pack(releases()[0], tmp_path / name).parent)
    assert versions(one) == ["1.0.0"]
    assert one.releases[0].base.text.endswith(ONE)
    many = open_source(str(pack(in_folders(releases()), tmp_path / f"many{name}")), tmp_path)
    assert versions(many) == ["1.0.0", "2.0.0"]


def test_a_folder_holds_one_release_folders_or_archives(tmp_path: Path):
    shelf(tmp_path / "shelf", releases())
    assert versions(open_source("shelf", tmp_path)) == ["1.0.0", "2.0.0"]
    assert versions(open_source("shelf/release-1", tmp_path)) == ["2.0.0"]
    tar_of(release("3.0.0", TWO, after="2.0.0"), tmp_path / "shelf" / "three.tgz")
    assert versions(open_source("shelf", tmp_path)) == ["1.0.0", "2.0.0", "3.0.0"]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=vendor", "-c", "user.email=vendor@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_git_repository_at_a_tag(tmp_path: Path):
    repository = tmp_path / "repository"
    write_tree(releases()[0], repository / "releases" / "1")
    git(repository, "init", "--quiet")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "one")
    git(repository, "tag", "v1.0.0")
    write_tree(releases()[1], repository / "releases" / "2")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "two")
    git(repository, "tag", "v2.0.0")
    url = f"git+file://{repository}"
    assert versions(open_source(f"{url}@v1.0.0", tmp_path)) == ["1.0.0"]
    assert versions(open_source(f"{url}@v2.0.0#releases", tmp_path)) == ["1.0.0", "2.0.0"]
    assert refusal(url).rule == "release_tag_missing"
    assert refusal(f"{url}@v3.0.0").rule == "git_failed"
    assert refusal(f"{url}@v1.0.0#../..").rule == "git_failed"


def test_an_installed_package(tmp_path: Path, checkout: Path):
    package = tmp_path / "acme_releases"
    shelf(package, releases())
    (package / "__init__.py").write_text("")
    information = tmp_path / "acme_releases-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-releases\nVersion: 1\n")
    (information / "entry_points.txt").write_text(
        "[kaven.releases]\nacme = acme_releases\nbroken = acme_releases:nothing\n"
    )
    (package / "release-0" / "release.toml").touch()
    script = (
        "from pathlib import Path; from kaven_schema.update.release import open_source\n"
        "from kaven_schema.diagnostics import KavenError\n"
        "print([str(one.version) for one in open_source('package:acme', Path()).releases])\n"
        "for name in ('none', 'broken'):\n"
        "    try: open_source(f'package:{name}', Path())\n"
        "    except KavenError as error: print(error.rule)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(checkout), str(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "['1.0.0', '2.0.0']",
        "release_package_unknown",
        "release_package_broken",
    ], done.stderr


def test_the_shipped_releases_are_whole():
    shipped = open_source("shipped", Path.cwd())
    assert versions(shipped) == ["1.0.0", "2.0.0"]
    one, two = shipped.releases
    assert two.manifest.previous == one.version
    assert "/// @kaven v2.0.0" in two.base.text
    assert "twoFactorSecret" not in one.base.text


# --- what is refused ------------------------------------------------------------------------------------


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        link("schema.link", "/etc/passwd"),
        link("hard", "schema.base.prisma", tarfile.LNKTYPE),
        link("device", "", tarfile.CHRTYPE),
        link("../outside", "", tarfile.REGTYPE),
        link("/absolute", "", tarfile.REGTYPE),
        link("a\\..\\b", "", tarfile.REGTYPE),
        link("C:evil", "", tarfile.REGTYPE),
        link("a/../../b", "", tarfile.REGTYPE),
    ],
)
def test_an_archive_that_leads_out_is_refused(tmp_path: Path, member: tarfile.TarInfo):
    assert refusal(tar_of(releases()[0], tmp_path / "bad.tar.gz", member)).rule == "release_unsafe"


def test_a_zip_that_leads_out_is_refused(tmp_path: Path):
    for number, name in enumerate(("../x", "/x", "a/../../x", "..\\x")):
        path = zip_of({**releases()[0], name: b""}, tmp_path / f"{number}.zip")
        assert refusal(path).rule == "release_unsafe"


def test_a_bomb_is_refused(tmp_path: Path):
    large = {"large": bytes(33 << 20)}
    assert "32 MiB" in refusal(zip_of(large, tmp_path / "bomb.zip")).message
    assert "32 MiB" in refusal(tar_of(large, tmp_path / "bomb.tar.gz")).message
    many = {f"{number}": b"" for number in range(20_001)}
    assert "20000 files" in refusal(zip_of(many, tmp_path / "many.zip")).message


def test_a_truncated_archive_is_refused_wherever_it_ends(tmp_path: Path):
    for path in (tar_of(releases()[0], tmp_path / "a.tar.gz"), zip_of(releases()[0], tmp_path / "a.zip")):
        content = path.read_bytes()
        for length in [0, 1, 10, *range(20, len(content) - 1, 97), len(content) - 1]:
            path.write_bytes(content[:length])
            assert refusal(path).rule in ("release_truncated", "release_source_empty"), length


def test_a_damaged_archive_is_refused(tmp_path: Path):
    path = tar_of(releases()[0], tmp_path / "a.tar.gz")
    content = path.read_bytes()
    for place in range(40, len(content), 61):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        refusal(path)


def test_links_in_a_folder_are_refused(tmp_path: Path):
    folder = shelf(tmp_path / "shelf", releases()) / "release-0"
    (folder / "passwd").symlink_to("/etc/passwd")
    assert refusal(folder).rule == "release_unsafe"
    (folder / "passwd").unlink()
    (folder / "migrations").symlink_to("/etc", target_is_directory=True)
    assert refusal(folder).rule == "release_unsafe"


def test_a_changed_a_missing_and_an_unlisted_file(tmp_path: Path):
    tree = release("1.0.0", ONE)
    changed = {**tree, "schema.base.prisma": tree["schema.base.prisma"] + b"\n"}
    assert refusal(zip_of(changed, tmp_path / "changed.zip")).rule == "release_hash_wrong"
    missing = {"release.toml": tree["release.toml"]}
    assert refusal(zip_of(missing, tmp_path / "missing.zip")).rule == "release_incomplete"
    unlisted = {**tree, "migrations/20260101000000_kaven_x/migration.sql": b"SELECT 1"}
    assert refusal(zip_of(unlisted, tmp_path / "unlisted.zip")).rule == "release_file_unlisted"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'name = "acme"', b""),
        (b'name = "acme"', b'name = ""'),
        (b'name = "acme"', b"name = 1"),
        (b"2026-01-02", b'"yesterday"'),
        (b'version = "1.0.0"', b'version = "one"'),
        (b"[files]", b"files = 3"),
        (b"[files]", b"[files"),
        (b"[files]", b"\xff"),
        (b"[files]", b"[[breaks]]\nrule = 1\n[files]"),
        (b"[files]", b"breaks = 3\n[files]"),
        (b"notes", b'previous = "1.0.0"\nnotes'),
    ],
)
def test_a_broken_manifest_is_refused(tmp_path: Path, old: bytes, new: bytes):
    tree = release("1.0.0", ONE)
    assert old in tree["release.toml"]
    broken = {**tree, "release.toml": tree["release.toml"].replace(old, new, 1)}
    assert refusal(zip_of(broken, tmp_path / "broken.zip")).rule in ("release_invalid", "version_invalid")


def test_sources_that_are_none(tmp_path: Path):
    assert refusal(tmp_path / "nowhere").rule == "release_source_unknown"
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "empty").rule == "release_source_empty"
    twice = in_folders([release("1.0.0", ONE), release("1.0.0", TWO)])
    assert refusal(zip_of(twice, tmp_path / "twice.zip")).rule == "release_twice"
    others = in_folders([release("1.0.0", ONE), release("2.0.0", TWO, name="other")])
    assert refusal(zip_of(others, tmp_path / "others.zip")).rule == "release_names_differ"


def test_steps_follow_what_each_release_says(tmp_path: Path):
    trees = [*releases(), release("2.1.0", TWO, after="2.0.0"), release("4.0.0", TWO, after="3.0.0")]
    catalogue = open_source(str(shelf(tmp_path / "shelf", trees)), tmp_path)

    def steps(installed: str, target: str) -> list[str]:
        found = catalogue.steps(Version.parse(installed), catalogue.chosen(Version.parse(target)))
        return [str(one.version) for one in found]

    assert steps("1.0.0", "2.1.0") == ["2.0.0", "2.1.0"]
    assert steps("2.0.0", "2.0.0") == []
    for installed, target, rule in (
        ("2.0.0", "1.0.0", "release_downgrade"),
        ("2.1.0", "4.0.0", "release_skipped"),
        ("1.5.0", "2.0.0", "release_skipped"),
        ("1.0.0", "9.0.0", "release_unknown"),
    ):
        with pytest.raises(KavenError) as caught:
            steps(installed, target)
        assert caught.value.rule == rule


def test_a_preview_is_never_the_newest_of_itself(tmp_path: Path):
    trees = [*releases(), release("3.0.0-rc.1", TWO, after="2.0.0")]
    catalogue = open_source(str(shelf(tmp_path / "shelf", trees)), tmp_path)
    assert str(catalogue.newest().version) == "2.0.0"
    shutil.rmtree(tmp_path / "shelf" / "release-0")
    shutil.rmtree(tmp_path / "shelf" / "release-1")
    assert str(open_source(str(tmp_path / "shelf"), tmp_path).newest().version) == "3.0.0-rc.1"
