"""Where signing keys come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.keyring.keys import new_key
from kaven_schema.services.access_tokens import FILE_VARIABLE, KEYS_VARIABLE, load_signing_keys
from kaven_schema.services.secrets import KEYS_VARIABLE as OTHER_VARIABLE


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "keys"
    file.write_text(f"{new_key('b')}\n{new_key('a')}\n")
    file.chmod(0o600)
    return file


def rule_of(environment: dict[str, str]) -> str:
    with pytest.raises(KavenError) as error:
        load_signing_keys(environment)
    assert error.value.help
    return error.value.rule


def test_of_environment_and_file(key_file: Path) -> None:
    given = load_signing_keys({KEYS_VARIABLE: f"{new_key('b')},{new_key('a')}"})
    read = load_signing_keys({FILE_VARIABLE: str(key_file)})
    assert [key.id for key in given.keys] == [key.id for key in read.keys] == ["b", "a"]


def test_refused(key_file: Path) -> None:
    assert rule_of({}) == "token_keys_missing"
    assert rule_of({OTHER_VARIABLE: new_key("a")}) == "token_keys_missing"
    assert rule_of({KEYS_VARIABLE: new_key("a"), FILE_VARIABLE: str(key_file)}) == "token_keys_ambiguous"
    assert rule_of({FILE_VARIABLE: "/nowhere/keys"}) == "token_keys_unreadable"
    assert rule_of({KEYS_VARIABLE: "a:c2hvcnQ"}) == "secret_keys_invalid"
    key_file.chmod(0o644)
    assert rule_of({FILE_VARIABLE: str(key_file)}) == "secret_keys_exposed"
