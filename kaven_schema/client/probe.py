"""What a generated client really is: imported in a process of its own, and asked for its types."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.diagnostics import KavenError


@dataclass(frozen=True, slots=True)
class TypedField:
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TypedModel:
    """A pydantic model of the client, its fields in the order of the schema."""

    name: str
    fields: tuple[TypedField, ...]


def probe_client(output: Path) -> tuple[TypedModel, ...]:
    """The models of the client at `output`, by name. Raises KavenError `client_import_failed`."""
    import subprocess

    # By the file, not by a name: a client called `prisma` must not be mistaken for the installed package.
    script = Path(__file__).with_name("probe_script.py")
    finished = subprocess.run(
        [sys.executable, "-P", str(script), str(output)],
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if finished.returncode:
        lines = finished.stderr.strip().splitlines()
        raise KavenError(
            "client_import_failed",
            f"the client at {output} cannot be imported: {lines[-1] if lines else 'no message'}",
            help="generate it again; if that does not help, rename what the message names in the schema",
        )
    models = json.loads(finished.stdout)
    return tuple(
        TypedModel(name, tuple(TypedField(field, type_) for field, type_ in fields))
        for name, fields in models.items()
    )
