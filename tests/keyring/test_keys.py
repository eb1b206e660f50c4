"""Where keys come from."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.keyring.key_file import add_key
from kaven_schema.keyring.keys import new_key, read_keys
from kaven_schema.services.secrets import FILE_VARIABLE, KEYS_VARIABLE, load_key_ring


def rule_of(environment: dict[str, str]) -> str:
    with pytest.raises(KavenError) as error:
        load_key_ring(environment)
    for entry in ",".join(environment.values()).split(","):
        material = entry.partition(":")[2]
        assert not material or material not in f"{error.value!r} {error.value.help}"
    assert error.value.help
    return error.value.rule


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "keys"
    file.write_text(f"# the newest first\n{new_key('b')}\n\n{new_key('a')}==\n")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("separator", [",", "\n", " , "])
def test_of_the_environment(separator: str) -> None:
    ring = load_key_ring({KEYS_VARIABLE: separator.join((new_key("b"), new_key("a")))})
    assert [key.id for key in ring.keys] == ["b", "a"]
    assert ring.current.id == "b"
    assert len({key.material for key in ring.keys}) == 2


def test_of_a_file(key_file: Path) -> None:
    ring = load_key_ring({FILE_VARIABLE: str(key_file)})
    assert [key.id for key in ring.keys] == ["b", "a"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610, 0o602])
def test_only_its_owner_may_use_the_file(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert rule_of({FILE_VARIABLE: str(key_file)}) == "secret_keys_exposed"


def test_missing() -> None:
    assert rule_of({}) == "secret_keys_missing"
    assert rule_of({KEYS_VARIABLE: ""}) == "secret_keys_missing"
    assert rule_of({FILE_VARIABLE: "/nowhere/keys"}) == "secret_keys_unreadable"
    assert rule_of({FILE_VARIABLE: "/"}) == "secret_keys_unreadable"


def test_both(key_file: Path) -> None:
    assert rule_of({KEYS_VARIABLE: new_key("a"), FILE_VARIABLE: str(key_file)}) == "secret_keys_ambiguous"


_INVALID = {
    "too short": new_key("a")[:-4],
    "too long": new_key("a") + "AAAA",
    "no colon": new_key("a").replace(":", "="),
    "blank in the id": new_key("two words"),
    "long id": new_key("x" * 33),
    "no id": new_key(""),
    "one id twice": new_key("a") + "," + new_key("a"),
    "not ASCII": new_key("a") + "ü",
    "nothing": ",",
}


@pytest.mark.parametrize("text", _INVALID.values(), ids=_INVALID)
def test_invalid(text: str) -> None:
    assert rule_of({KEYS_VARIABLE: text}) == "secret_keys_invalid"


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "keys").touch(0o600)
    assert rule_of({FILE_VARIABLE: str(tmp_path / "keys")}) == "secret_keys_invalid"


def test_new_keys_go_first(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    first = add_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text(f"# kept\n{file.read_text()}")
    second, named = add_key(file), add_key(file, "mine")
    assert [key.id for key in named.keys] == ["mine", second.current.id, first.current.id]
    assert second.current.id[:10] == first.current.id[:10], "the date"
    assert "# kept\n" in file.read_text()
    assert load_key_ring({FILE_VARIABLE: str(file)}) == named
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_keys_of_one_day_in_two_files_go_into_one(tmp_path: Path) -> None:
    rings = [add_key(tmp_path / name) for name in ("one", "two")]
    both = tmp_path / "both"
    both.write_text("".join((tmp_path / name).read_text() for name in ("one", "two")), encoding="utf-8")
    both.chmod(0o600)
    assert read_keys(both).keys == tuple(ring.current for ring in rings)


def test_new_keys_of_a_file_behind_a_link(tmp_path: Path) -> None:
    add_key(tmp_path / "keys", "a")
    (tmp_path / "link").symlink_to("keys")
    add_key(tmp_path / "link", "b")
    assert (tmp_path / "link").is_symlink()
    assert [key.id for key in read_keys(tmp_path / "keys").keys] == ["b", "a"]


def test_new_keys_are_refused(key_file: Path, tmp_path: Path) -> None:
    before = key_file.read_text()
    for file, name in ((key_file, "b"), (key_file, "no name"), (tmp_path / "no" / "keys", "a")):
        with pytest.raises(KavenError):
            add_key(file, name)
    assert key_file.read_text() == before
    key_file.chmod(0o644)
    with pytest.raises(KavenError):
        add_key(key_file)
