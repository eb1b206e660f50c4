"""Where the client of a generator block is: one answer for whoever writes it, and for whoever imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kaven_schema.client.environment import resolve
from kaven_schema.client.process import installed_generator
from kaven_schema.config import Settings
from kaven_schema.files.writing import real_target


def chosen_place(settings: Settings) -> Path | None:
    """The folder that the settings name; None where the generator block decides.

    Raises KavenError `output_outside_project` where it lies behind a symlink that leads out of the project.
    """
    if settings.client_output is None:
        return None
    real_target(settings.client_output, settings.root)
    return settings.client_output


def client_place(
    schema: Path, block: Mapping[str, Any], environment: dict[str, str], chosen: Path | None
) -> Path:
    """`chosen`, else the block's own `output`, else the installed package. The schema's path is absolute.

    Raises KavenError `client_variable_missing`, `client_missing`.
    """
    if chosen:
        return chosen.absolute()
    if not block["output"]:
        return installed_generator().folder
    output = resolve(block["output"], environment, f"the output of generator {block['name']}")
    return Path(os.path.normpath(schema.parent / output))
