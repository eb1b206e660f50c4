"""Reading the user's files, and writing ours so that no moment shows half a file.

Exit codes: what a file holds is a problem of the project (1); a path that the user typed and that is not
there is wrong use (2); a disk, a permission or another run that stands in the way is the environment (3).
"""

from kaven_schema.files.caching import read_cache, write_cache
from kaven_schema.files.locking import held_folder, project_lock, state_folder
from kaven_schema.files.reading import read_source, shown_path
from kaven_schema.files.writing import sweep_leftovers, write_atomically

__all__ = [
    "held_folder",
    "project_lock",
    "read_cache",
    "read_source",
    "shown_path",
    "state_folder",
    "sweep_leftovers",
    "write_atomically",
    "write_cache",
]
