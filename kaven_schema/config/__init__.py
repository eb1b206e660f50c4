"""The settings of a project: `kaven.toml`, or `[tool.kaven]` in pyproject.toml.

The nearest folder at or above the working folder that has either is the project's root; the search ends at a
`.git`. Where one folder has both, the one that holds settings counts, and two that do are an error: nobody
should have to know which of two values won. Paths in a file are relative to that file, paths on the command
line to the working folder.
"""

from kaven_schema.config.document import Document
from kaven_schema.config.settings import PRISMA_VERSIONS, Overrides, Settings, load_settings

__all__ = ["PRISMA_VERSIONS", "Document", "Overrides", "Settings", "load_settings"]
