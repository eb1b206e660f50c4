"""What Prisma's command line would send to prisma-client-py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ENGINE_VERSION = "393aa359c9ad4a4bb28630fb5613f9c281cde053"
"""The engine that prisma-client-py 0.15.0 is made for; it refuses to generate for any other."""

_DEFAULT_URL = {"fromEnvVar": "DATABASE_URL", "value": None}
_NATIVE = {"fromEnvVar": None, "value": "native", "native": True}


def generate_request(
    *,
    schema: Path,
    datamodel: str,
    dmmf: dict[str, Any],
    config: dict[str, Any],
    generator: dict[str, Any],
    output: Path,
) -> dict[str, Any]:
    """The parameters of `generate` for one of the `generators` of `config`."""
    chosen = {"value": str(output), "fromEnvVar": None}
    return {
        "generator": _with_targets(generator) | {"output": chosen, "isCustomOutput": True},
        "otherGenerators": [
            _with_targets(other) | {"output": _filled(other)}
            for other in config["generators"]
            if other is not generator
        ],
        "schemaPath": str(schema),
        "dmmf": dmmf,
        # Prisma 7 keeps the URL out of the schema; prisma-client-py cannot do without one.
        "datasources": [{"url": _DEFAULT_URL} | source for source in config["datasources"]],
        "datamodel": datamodel,
        "binaryPaths": {},
        "version": ENGINE_VERSION,
    }


def _with_targets(generator: dict[str, Any]) -> dict[str, Any]:
    return generator | {"binaryTargets": generator["binaryTargets"] or [_NATIVE]}


def _filled(generator: dict[str, Any]) -> dict[str, Any]:
    """prisma-client-py wants an output of every generator, and reads only its own."""
    output = generator["output"] or {}
    return {"value": output.get("value") or "", "fromEnvVar": output.get("fromEnvVar")}
