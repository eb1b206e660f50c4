"""Run as a script: import the client whose folder is the argument, print its models' fields as JSON."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


def import_client(folder: Path) -> ModuleType:
    name = folder.name
    spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None or not (folder / "__init__.py").is_file():
        raise ImportError(f"no package at {folder}")
    client = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(client)
    if "client" not in vars(client):
        raise ImportError("the package holds no generated client")
    return client


def shown(annotation: Any) -> str:
    """`Optional[List[Post]]`, without the modules."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return re.sub(r"(?:\w+\.)+", "", text)


def fields_of(client: Any) -> dict[str, list[tuple[str, str]]]:
    models = {name: getattr(client.models, name) for name in sorted(client.client.PRISMA_MODELS)}
    return {
        name: [(field, shown(info.annotation)) for field, info in model.model_fields.items()]
        for name, model in models.items()
    }


if __name__ == "__main__":
    json.dump(fields_of(import_client(Path(sys.argv[1]))), sys.stdout)
