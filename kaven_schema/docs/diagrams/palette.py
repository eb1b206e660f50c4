"""Colours and styles of the diagrams: as variables that follow light and dark, or as they are for PNG."""

from __future__ import annotations

import re

LIGHT = {
    "page": "#ffffff",
    "ink": "#1c2430",
    "soft": "#5b6675",
    "rule": "#d5dbe3",
    "box": "#ffffff",
    "frame": "#f5f7fa",
    "line": "#6b7787",
    "vendor": "#2456a6",
    "vendor-soft": "#e8effa",
    "yours": "#a8480b",
    "yours-soft": "#fdf0e4",
    "on": "#ffffff",
    "key": "#7a5c00",
    "focus": "#0b63d6",
    "link": "#1a56b0",
    "vendor-text": "#1d4a91",
    "yours-text": "#8c3a06",
}
DARK = {
    "page": "#10151c",
    "ink": "#e6ebf2",
    "soft": "#a0acbb",
    "rule": "#364252",
    "box": "#1a222d",
    "frame": "#151c25",
    "line": "#8b98a9",
    "vendor": "#3f74cc",
    "vendor-soft": "#1b2a42",
    "yours": "#b5561a",
    "yours-soft": "#3a2412",
    "on": "#ffffff",
    "key": "#e2bf55",
    "focus": "#7db4ff",
    "link": "#8ab8ff",
    "vendor-text": "#a8c7ff",
    "yours-text": "#ffb27a",
}
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"

_STYLE = """\
.erd{{font:12px {font};fill:var(--ink)}}
.erd text{{white-space:pre}}
.erd .page{{fill:var(--page)}}
.erd .frame rect{{fill:var(--frame);stroke:var(--rule);stroke-width:1}}
.erd .frame text{{font-size:15px;font-weight:700;fill:var(--soft)}}
.erd .frame .far{{font-size:inherit}}
.erd .body{{fill:var(--box);stroke:var(--vendor);stroke-width:1.5}}
.erd .head{{fill:var(--vendor)}}
.erd .name{{font-size:13px;font-weight:700;fill:var(--on)}}
.erd .tag{{font-size:10px;fill:var(--on)}}
.erd .yours .body{{stroke:var(--yours);stroke-dasharray:6 3}}
.erd .yours .head{{fill:var(--yours)}}
.erd .corner{{fill:var(--yours)}}
.erd .mine{{fill:var(--yours-soft)}}
.erd .bar{{fill:var(--yours)}}
.erd .plus{{fill:var(--yours);font-weight:700}}
.erd .mark{{font-size:10px;fill:var(--key);font-weight:700}}
.erd .type{{fill:var(--soft)}}
.erd .aside .body{{stroke-width:1}}
.erd .aside .head{{fill:var(--frame)}}
.erd .aside .name{{fill:var(--ink);font-weight:400}}
.erd .centre .body{{stroke-width:3}}
.erd .line path{{fill:none;stroke:var(--line);stroke-width:1.4}}
.erd .line .end{{fill:var(--page)}}
.erd .line.yours path{{stroke:var(--yours);stroke-dasharray:6 3}}
.erd .line.yours .end{{stroke-dasharray:none}}
.erd .line.bundle path{{stroke-width:2.5;stroke-opacity:.55}}
.erd .line text{{fill:var(--soft);text-anchor:middle;paint-order:stroke;stroke:var(--page);stroke-width:4px}}
.erd a:focus-visible .body{{stroke:var(--focus);stroke-width:4}}
.erd a:hover .body{{stroke-width:3}}
.erd .line:hover path{{stroke:var(--focus);stroke-width:2.6}}
.erd .legend text{{fill:var(--soft)}}
"""


def variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


def style() -> str:
    """Rules in which colours are variables."""
    return _STYLE.format(font=FONT)


def standalone_style() -> str:
    """With the variables, light and dark, for a file of its own."""
    return (
        f".erd{{{variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{.erd{{{variables(DARK)}}}}}\n"
        f"@media print{{.erd{{{variables(LIGHT)}}}}}\n{style()}"
    )


def fixed_style(font: str) -> str:
    """With the light colours themselves, for programs that know no variables."""
    found = re.sub(r"var\(--([\w-]+)\)", lambda name: LIGHT[name[1]], _STYLE.format(font=font))
    return "\n".join(line for line in found.splitlines() if ":hover" not in line and ":focus" not in line)
