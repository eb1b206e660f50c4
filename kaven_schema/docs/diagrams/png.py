"""A drawing as PNG, by resvg as WebAssembly in Node, in a font of its own: the same bytes on every machine."""

from __future__ import annotations

from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.docs.diagrams.drawing import Drawing
from kaven_schema.docs.diagrams.palette import fixed_style
from kaven_schema.docs.diagrams.svg import to_svg
from kaven_schema.engines.progress import Progress, silent

_RECIPE = "png"
_HOST = Path(__file__).parent / "png_host.mjs"
_SHARP = 3000
_LARGEST = 16_000


def to_png(drawing: Drawing, *, scale: float | None = None, progress: Progress = silent) -> bytes:
    """Light colours. `scale` is pixels of the PNG for one of the diagram; by default 2 for all but large ones.

    Raises KavenError `picture_too_large`, `picture_failed`, `node_missing`, and what `ensure_packages` raises.
    """
    import subprocess

    from kaven_schema.engines.node import find_node_tools
    from kaven_schema.engines.packages import ensure_packages

    longer = max(drawing.width, drawing.height)
    scale = scale or (2.0 if longer <= _SHARP else 1.0)
    if longer * scale > _LARGEST:
        raise KavenError(
            "picture_too_large",
            f"the picture would be {longer * scale:,.0f} pixels wide or high, and {_LARGEST:,} is the limit",
            help=f"write an SVG, choose --area or --model, or say --scale {int(_LARGEST / longer * 100) / 100}",
            exit_code=ExitCode.WRONG_USE,
        )
    modules = ensure_packages(_RECIPE, progress=progress) / "node_modules"
    picture = to_svg(drawing, style=fixed_style("'DejaVu Sans Mono'"), legend=True)
    node = find_node_tools().node
    with progress("Drawing the picture", 1) as advance:
        done = subprocess.run(
            [node, str(_HOST), str(modules), str(scale)],
            input=picture.encode(),
            capture_output=True,
            check=False,
        )
        advance(1)
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise KavenError(
            "picture_failed",
            f"resvg in {node} could not draw the picture: {lines[-1] if lines else 'without a word'}",
            help="write an SVG instead: kaven erd --format svg",
        )
    return done.stdout
