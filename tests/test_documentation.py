"""Every example of the documentation is run, and every link of it followed.

A ```console block holds commands, each behind `$ `, and what they print. A line `…` stands for any lines, and
a `…` in a line for any text. The blocks of a page run one after the other in a project folder of their own.
`<!-- run: COMMAND -->` runs something that is not shown; `<!-- file: PATH -->` writes the block that follows.
UPDATE_EXPECT=1 writes what was printed into the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click import Context

from kaven_schema.cli import kaven
from kaven_schema.engines.cache import cache_folder
from tests.cli.script import write_script

TOP = Path(__file__).resolve().parent.parent
PAGES = [
    TOP / "README.md",
    *sorted((TOP / "docs").glob("*.md")),
    *sorted((TOP / "docs" / "services").glob("*.md")),
]
STEP = re.compile(
    r"^<!-- run: (?P<command>.*) -->$"
    r"|^<!-- file: (?P<path>.*) -->\n```\w*\n(?P<content>(?s:.*?))^```$"
    r"|^```console\n(?P<console>(?s:.*?))^```$",
    re.MULTILINE,
)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ANY_LINES = r"(?:.*\n)*"
Run = Callable[[str], str]


def name_of(page: Path) -> str:
    return str(page.relative_to(TOP))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Run:
    """Runs a command as one types it, and returns what a terminal would show."""
    programs = write_script(tmp_path / "bin", TOP).parent
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "KAVEN_CACHE_DIR": str(cache_folder()),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }

    def shown(command: str) -> str:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        text = done.stdout.decode()
        assert "Traceback" not in text
        return text if text.endswith("\n") or not text else f"{text}\n"

    return shown


def fits(shown: str, expected: str) -> bool:
    lines = expected.splitlines(keepends=True)
    pattern = "".join(ANY_LINES if line == "…\n" else re.escape(line).replace("…", ".*") for line in lines)
    return re.fullmatch(pattern, shown) is not None


def run_block(block: str, run: Run) -> Iterator[str]:
    """The block as it should be."""
    for found in COMMAND.finditer(block):
        shown = run(found[1])
        yield found[0] if fits(shown, found[2]) else f"$ {found[1]}\n{shown}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_examples_print_what_the_page_says(page: Path, folder: Path, run: Run) -> None:
    text = page.read_text(encoding="utf-8")
    pieces, at = [], 0
    for step in STEP.finditer(text):
        if step["command"]:
            run(step["command"])
        elif step["path"]:
            path = folder / step["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["content"], encoding="utf-8")
        else:
            pieces += [text[at : step.start("console")], *run_block(step["console"], run)]
            at = step.end("console")
    corrected = "".join(pieces) + text[at:]
    if os.environ.get("UPDATE_EXPECT") == "1":
        page.write_text(corrected, encoding="utf-8")
    assert corrected == page.read_text(encoding="utf-8"), "if the page should change: UPDATE_EXPECT=1"


@pytest.mark.parametrize("page", [*PAGES, *sorted((TOP / "docs" / "rules").glob("*.md"))], ids=name_of)
def test_links_lead_to_something(page: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
    inside = [link for link in links if link and "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("shown", "expected", "fit"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\n", False),
        ("a\nb\nc\nd\n", "a\n…\nd\n", True),
        ("a\nd\n", "a\n…\nd\n", True),
        ("a\nb\nc\n", "a\n…\n", True),
        ("a\nb\nc\n", "…\nc\n", True),
        ("a\nb\nc\n", "…\nb\n", False),
        ("took 12 ms\n", "took … ms\n", True),
        ("a.b\n", "a?b\n", False),
        ("", "", True),
    ],
)
def test_what_is_left_out(shown: str, expected: str, fit: bool) -> None:
    assert fits(shown, expected) is fit


def test_every_command_has_its_section() -> None:
    page = (TOP / "docs" / "cli.md").read_text(encoding="utf-8")
    sections = [line.removeprefix("## kaven ") for line in page.splitlines() if line.startswith("## kaven ")]
    assert sorted(sections) == sorted(kaven.list_commands(Context(kaven)))
