"""A base that was edited: what is told, and what may move to extended."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.source import Source
from kaven_schema.update.hand_edits import base_diff, hand_edits
from kaven_schema.update.installed import find_installed
from kaven_schema.update.release import open_source
from kaven_schema.update.restoring import Restoration, plan_restoration
from tests.update.projects import ONE, make
from tests.update.vendor import CONFIG

OWN = """\
model Own {
  id     Int   @id
  userId Int?
  user   User? @relation(fields: [userId], references: [id])
}
"""
SAYS = "base is not what the release shipped: "
SHIPPED = Source("base.prisma", CONFIG + ONE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def told(root: Path, text: str) -> list[str]:
    edited = Source("base.prisma", text)
    found = hand_edits(edited, SHIPPED, load_settings(root))
    assert {one.rule for one in found} <= {"base_as_released"}
    assert all(one.labels[0].source is edited for one in found)
    return [
        f"{one.labels[0].source.position(one.labels[0].span.start).line} {one.message.removeprefix(SAYS)}"
        for one in found
    ]


def test_each_edit_is_told_at_its_line(root: Path):
    text = SHIPPED.text
    assert told(root, text) == []
    assert told(root, text.replace("\n", "\r\n")) == []
    assert told(root, text + "// mine\n")[0].startswith("11 ")
    assert told(root, text.replace("  id    Int ", "  id Int ")) == [
        "7 has other comments, or another layout"
    ]
    assert told(root, text.replace("old   String?", "old String? @@"))[0].startswith("9 cannot be read")
    assert told(root, text.replace("  old   String?\n", "  new   Int?\n")) == [
        "9 `User.new` was added by hand",
        "6 `User.old`: the column `old` goes, with its values, by hand",
    ]
    assert "-  old   String?" in base_diff(
        Source("base.prisma", text.replace("  old   String?\n", "")), SHIPPED
    )


def restoration(root: Path, text: str) -> Restoration:
    settings = load_settings(root)
    installed = find_installed(settings, open_source(settings.releases, settings.root))
    (root / "prisma" / "schema.base.prisma").write_text(text)
    return plan_restoration(settings, installed.lock, installed.base)


def test_what_extended_may_say_moves_and_the_rest_is_dropped(root: Path):
    text = SHIPPED.text.replace(
        "  old   String?\n", "  // why\n  free String? // really\n  must String\n  @@index([free])\n"
    )
    text += "\n" + OWN
    text = text.replace("  must", "  owns Own[]\n  must")
    found = restoration(root, text)
    assert found.is_clear, found.diagnostics
    assert set(found.moved) == {
        "User.free", "User.owns", "User.@@index([free])", "Own",
    }  # fmt: skip
    assert set(found.dropped) == {"User.old", "User.must"}
    (extended,) = (change.after for change in found.changes if change.path.name == "schema.extended.prisma")
    assert extended is not None
    assert "  // why\n  free String? // really\n" in extended
    assert "must" not in extended


def test_an_edit_that_clashes_with_extended_is_dropped(root: Path):
    found = restoration(root, SHIPPED.text.replace("  old", "  company Int?\n  old"))
    assert found.is_clear
    assert found.moved == ()
    assert found.dropped == ("User.company",)
