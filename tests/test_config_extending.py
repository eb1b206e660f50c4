from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.config.extending import with_extended

BEHIND = {
    "": 'extended = ["prisma/schema.extended.prisma", "new"]\n',
    "client = true\n": 'extended = ["prisma/schema.extended.prisma", "new"]\nclient = true\n',
    'extended = "a" # ours\n': 'extended = ["a", "new"] # ours\n',
    "client = true\nextended = 'a'\n": "client = true\nextended = ['a', \"new\"]\n",
    "extended = []": 'extended = ["new"]',
    'extended = ["a", "b",]': 'extended = ["a", "b", "new"]',
    'extended = [\n    "a",\n    "b"\n]\n[rules]\n': 'extended = [\n    "a",\n    "b",\n    "new",\n]\n[rules]\n',
    'extended = [ # ours\n  "a"\n]': "",
    'extended = """\na"""': "",
    'extended = "a\\u0062"': "",
}
SHARED = {
    "[tool.kaven]\nclient = true\n": (
        '[tool.kaven]\nextended = ["prisma/schema.extended.prisma", "new"]\nclient = true\n'
    ),
    '[tool.kaven]\nextended = "a"\n': '[tool.kaven]\nextended = ["a", "new"]\n',
    '[tool.other]\nextended = "x"\n[tool.kaven]\nextended = "a"\n': (
        '[tool.other]\nextended = "x"\n[tool.kaven]\nextended = ["a", "new"]\n'
    ),
    '[tool.kaven.rules]\nuuid_ids = "off"\n': "",
    '[tool]\nkaven = { extended = "a" }\n': "",
}


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        *(("kaven.toml", *one) for one in BEHIND.items()),
        *(("pyproject.toml", *one) for one in SHARED.items()),
    ],
)
def test_one_more_file(tmp_path: Path, file: str, text: str, expected: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / file).write_text(text)
    settings = load_settings(tmp_path)
    assert with_extended(settings.document, settings.extended, "new") == expected
