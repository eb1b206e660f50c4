"""Which query engine the generated client starts."""

from __future__ import annotations

import os
from pathlib import Path

from kaven_schema.engines.progress import Progress, silent

VARIABLE = "PRISMA_QUERY_ENGINE_BINARY"


def use_engine(*, progress: Progress = silent) -> Path:
    """Let clients of this process use our query engine, unless the user has set one; the engine in use.

    Raises what `query_engine_path` raises.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    from kaven_schema.engines.query_engine import query_engine_path

    engine = query_engine_path(progress=progress)
    os.environ[VARIABLE] = str(engine)
    return engine
