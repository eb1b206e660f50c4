"""The site in a real browser, from `file://`. KAVEN_PICTURES names a folder for screenshots."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.docs.schema import DocumentedSchema
from kaven_schema.docs.site.building import build_site
from kaven_schema.docs.site.writing import write_site
from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.packages import ensure_packages
from tests.docs.schemas import example, huge, tricky

pytestmark = pytest.mark.long
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(16, 21, 28)"


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    assert found, "install Chromium: apt-get install chromium"
    return found


@pytest.fixture(scope="module")
def playwright() -> Path:
    return (
        ensure_packages("npm", recipes=Path(__file__).resolve().parents[1])
        / "node_modules"
        / "playwright-core"
    )


def run(script: str, *arguments: str | Path) -> dict[str, Any]:
    command = [find_node_tools().node, str(Path(__file__).parent / script), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_readers_way_through_the_site(chromium: str, playwright: Path, tmp_path: Path) -> None:
    site = tmp_path / "a folder # with ? signs"
    write_site(site, build_site(example()))
    found = run("browse.mjs", playwright, chromium, site, os.environ.get("KAVEN_PICTURES", ""))
    assert found["complaints"] == found["requests"] == []
    assert found["title"] == "Kaven database schema"
    assert (found["focused"], found["expanded"]) == ("query", "true")
    assert found["options"][0].startswith("modelInvoice")
    assert (found["first"], found["second"]) == ("result-0", "result-1")
    assert found["heading"].startswith("Invoice")
    assert "User.passwordHash" in found["column"][0]
    assert (found["nothing"], found["closed"]) == ("Nothing found", True)
    themes = [found[name] for name in ("light", "dark", "chosenLight", "keptLight", "chosenDark")]
    assert themes == [LIGHT, DARK, LIGHT, LIGHT, DARK]
    assert found["highlighted"] == 1
    assert found["zoom"] == pytest.approx(1.25, rel=0.01)
    assert found["fitted"] == pytest.approx(1, rel=0.01)
    assert found["overflow"] <= 0
    assert (found["pdf"], found["printed"], found["header"]) == ("%PDF-", LIGHT, False)
    assert 2 <= found["pages"] <= 6
    fields = example().by_name["User"]
    assert found["plain"] >= len(fields.fields) + len(fields.relation_fields) + len(fields.indexes)


@pytest.mark.parametrize("made", [tricky, huge], ids=lambda made: made.__name__)
def test_every_page_opens_without_a_complaint(made, chromium: str, playwright: Path, tmp_path: Path) -> None:
    schema: DocumentedSchema = made()
    write_site(tmp_path / "site", build_site(schema))
    found = run("open_all.mjs", playwright, chromium, tmp_path / "site")
    assert found["complaints"] == found["requests"] == []
    assert found["dialogs"] == 0
    pages = 1 + len(schema.areas) + len(schema.models) + len(schema.enums)
    assert (found["pages"], found["scripts"]) == (pages, 2 * pages)
