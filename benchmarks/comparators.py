"""The programs that kaven is measured beside, as npm has them: `npm/package-lock.json` pins each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Runner
from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.packages import ensure_packages
from kaven_schema.engines.progress import on_stderr

PRISMA_FORMAT = "prisma format"
PRISMA_IMPORT = "prisma-import"


def install_comparators() -> Path:
    """Their `node_modules`, installed once into the user's cache."""
    return ensure_packages("npm", recipes=Path(__file__).parent, progress=on_stderr) / "node_modules"


def prisma_format(modules: Path, schema: Path, environment: Mapping[str, str]) -> Runner:
    """Formats the file in place. It reads no native engine for that, but looks for them before it starts."""
    entry = modules / "prisma" / "build" / "index.js"
    return Runner(
        name=PRISMA_FORMAT,
        command=[find_node_tools().node, str(entry), "format", "--schema", str(schema)],
        folder=schema.parent,
        environment=environment,
    )


def prisma_import(modules: Path, folder: Path, output: Path, environment: Mapping[str, str]) -> Runner:
    """Concatenates the files: a model that both have stands in the result twice."""
    entry = modules / "prisma-import" / "dist" / "index.js"
    pattern = "prisma/schema.{base,extended}.prisma"
    command = [str(entry), "--schemas", pattern, "--output", str(output), "--force"]
    return Runner(
        name=PRISMA_IMPORT,
        command=[find_node_tools().node, *command],
        folder=folder,
        environment=environment,
    )


def comparator_environment(folder: Path) -> dict[str, str]:
    """Without downloads and reports home. Engines that exist, even empty ones, are not downloaded."""
    stand_in = folder / "no-native-engine"
    stand_in.touch(mode=0o755)
    return {
        **os.environ,
        "PRISMA_QUERY_ENGINE_LIBRARY": str(stand_in),
        "PRISMA_SCHEMA_ENGINE_BINARY": str(stand_in),
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
        "CHECKPOINT_DISABLE": "1",
    }
