"""Makes docs/images/error.svg from what `kaven check` really says of docs/examples/error.

python scripts/make_pictures.py
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

_TOP = Path(__file__).resolve().parent.parent
_EXAMPLE = "docs/examples/error/extended.prisma"
_LINE_HEIGHT, _CHARACTER_WIDTH, _MARGIN = 19, 8.43, 20
_COLOURS = (
    (re.compile(r"^(error\[\w+\])(: .*)$"), "#ff7b72"),
    (re.compile(r"^(warning\[\w+\])(: .*)$"), "#e3b341"),
    (re.compile(r"^(\s*-->)(.*)$"), "#79c0ff"),
    (re.compile(r"^(\s*\d* \|)(.*)$"), "#79c0ff"),
    (re.compile(r"^(\s*= help:)(.*)$"), "#56d4dd"),
    (re.compile(r"^(\s*= fix:)(.*)$"), "#7ee787"),
)


def main() -> None:
    command = [sys.executable, "-m", "kaven_schema", "check", "--no-official", "--extended", _EXAMPLE]
    shown = subprocess.run(command, cwd=_TOP, capture_output=True, text=True, check=False).stdout
    lines = ["$ kaven check", *shown.rstrip("\n").split("\n")]
    (_TOP / "docs" / "images" / "error.svg").write_text(picture(lines), encoding="utf-8")


def picture(lines: list[str]) -> str:
    width = int(max(map(len, lines)) * _CHARACTER_WIDTH) + 2 * _MARGIN
    height = len(lines) * _LINE_HEIGHT + 2 * _MARGIN
    rows = [_row(line, _MARGIN + (number + 1) * _LINE_HEIGHT - 5) for number, line in enumerate(lines)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img"',
            '     aria-label="kaven check shows an error with both places and a help line">',
            '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
            '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14"',
            '   fill="#e6edf3" xml:space="preserve">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def _row(line: str, baseline: int) -> str:
    for shape, colour in _COLOURS:
        if found := shape.match(line):
            first, rest = (html.escape(part) for part in found.groups())
            return f'<text x="{_MARGIN}" y="{baseline}"><tspan fill="{colour}">{first}</tspan>{rest}</text>'
    return f'<text x="{_MARGIN}" y="{baseline}">{html.escape(line)}</text>'


if __name__ == "__main__":
    main()
