"""Ten megabytes, or ten thousand levels: a result or diagnostics, in bounded memory, never a crash."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import python

SIZE = 10_000_000
# The bounds only tell an answer from none: four gigabytes, ten minutes.
PARSE = """
import sys
try:
    import resource
except ImportError:
    pass
else:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from kaven_schema.cli import main
main(sys.argv[1:])
"""


def in_model(line: str) -> str:
    return f"model A {{\n  {line}\n}}\n"


def lines(line: str) -> str:
    return f"{line}\n" * (SIZE // (len(line) + 1))


NESTED: dict[str, Callable[[], str]] = {
    "calls": lambda: in_model(f"a Int @default({'f(' * 10_000}{')' * 10_000})"),
    "arrays": lambda: in_model(f"@@index({'[' * 10_000}{']' * 10_000})"),
    "never closed": lambda: in_model(f"a Int @default({'f([' * 10_000}"),
    "properties": lambda: f"generator g {{\n  a = {'[' * 10_000}1{']' * 10_000}\n}}\n",
    "braces": lambda: "model A {\n" * 10_000,
}
LARGE: dict[str, Callable[[], str]] = {
    "blocks never closed": lambda: lines("model A {"),
    "blanks": lambda: " " * SIZE,
    "one string": lambda: in_model(f'a String @default("{"x" * SIZE}")'),
    "one word": lambda: in_model("a" * SIZE),
    "brackets": lambda: in_model(f"a Int @default({'[' * SIZE}"),
    "slashes": lambda: "/" * SIZE,
}
SLOW: dict[str, Callable[[], str]] = {
    "models": lambda: "".join(f"model A{number} {{\n  id Int @id\n}}\n\n" for number in range(SIZE // 32)),
    "fields": lambda: "model A {\n" + "".join(f"  a{number} Int\n" for number in range(SIZE // 14)) + "}\n",
    "comments": lambda: lines("// x"),
    "empty lines": lambda: lines(""),
    "closing braces": lambda: lines("}"),
    "lines outside": lambda: lines("???"),
    "lines inside": lambda: f"model A {{\n{lines('???')}}}\n",
    "blocks on one line": lambda: "model A { " * (SIZE // 10) + "}",
    "lists never closed": lambda: f"model A {{\n{lines('@@index([a,')}}}\n",
    "strings never closed": lambda: f"model A {{\n{lines('a String @default(' + chr(34))}}}\n",
    "escapes": lambda: in_model(f'a String @default("{chr(92) * SIZE}")'),
    "escaped quotes never closed": lambda: in_model(
        f'a String @default("{chr(92)}{chr(34)}' + f"{chr(92)}{chr(34)}" * (SIZE // 2)
    ),
    "quotes": lambda: in_model(f"a String {chr(34) * SIZE}"),
    "attributes": lambda: in_model("a Int " + "@b " * (SIZE // 3)),
    "array": lambda: in_model(f"@@index([{'a, ' * (SIZE // 3)}a])"),
    "commas": lambda: in_model(f"a Int @b({',' * SIZE})"),
    "words": lambda: "model " * (SIZE // 6),
    "a field with a wrong end": lambda: in_model(f"a {'b' * SIZE}$"),
    "block comments": lambda: lines("/* x */"),
    "block comment never closed": lambda: "/*" + "*" * SIZE,
}


def parse(text: str, folder: Path, dialect: str) -> subprocess.CompletedProcess[str]:
    file = folder / "large.prisma"
    file.write_text(text, encoding="utf-8")
    return python("-c", PARSE, "parse", "--prisma", dialect, str(file), cwd=folder)


def assert_answered(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert bool(done.returncode) == ("error[syntax_error]" in done.stderr)


@pytest.mark.parametrize("dialect", ["5.17", "6"])
@pytest.mark.parametrize("case", NESTED)
def test_ten_thousand_levels(case, dialect, tmp_path):
    done = parse(NESTED[case](), tmp_path, dialect)
    assert_answered(done)
    assert done.returncode == 1


@pytest.mark.parametrize("case", LARGE)
def test_ten_megabytes(case, tmp_path):
    assert_answered(parse(LARGE[case](), tmp_path, "5.17"))


@pytest.mark.long
@pytest.mark.parametrize("dialect", ["5.17", "6"])
@pytest.mark.parametrize("case", [*LARGE, *SLOW])
def test_ten_megabytes_of_anything(case, dialect, tmp_path):
    assert_answered(parse((LARGE | SLOW)[case](), tmp_path, dialect))
