"""Whether migrations only add: each statement is judged against the schema that the ones before it built up."""

from kaven_schema.database.lint.accepted import ACCEPTED_FILE, AcceptedBreaks, read_accepted
from kaven_schema.database.lint.pending import judge_pending, ways_on
from kaven_schema.database.lint.runner import lint_folder, lint_migrations, schemas_after

__all__ = [
    "ACCEPTED_FILE",
    "AcceptedBreaks",
    "judge_pending",
    "lint_folder",
    "lint_migrations",
    "read_accepted",
    "schemas_after",
    "ways_on",
]
