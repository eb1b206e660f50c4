"""kaven backup verify, as a function: every byte of a backup read and compared, without a server."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from kaven_schema import __version__
from kaven_schema.database.programs import programs_for
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Advance, Progress, silent
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.catalogue import Backup
from kaven_schema.operations.backup.documents import Trust, key_unknown
from kaven_schema.operations.backup.dumping import listing
from kaven_schema.operations.backup.manifest import DUMP, Manifest
from kaven_schema.operations.backup.objects import advancing, reading
from kaven_schema.operations.backup.processes import ProgramFailedError
from kaven_schema.operations.backup.proofs import Proof, ProofKind, record
from kaven_schema.operations.backup.storage import Store


@dataclass(frozen=True, slots=True)
class Verified:
    """No problems where all is as it was written; `seconds` on the clock."""

    name: str
    problems: tuple[KavenError, ...]
    seconds: float
    trust: Trust


def verify_backup(
    store: Store, keys: KeyRing | None, backup: Backup, *, progress: Progress = silent
) -> Verified:
    """Read every object wholly, compare its digests, and list the dump with pg_restore; recorded if all is well.

    What is wrong with the backup is in the result. Raises KavenError as the store does, and `backup_program_missing`.
    """
    began = time.monotonic()
    manifest = backup.manifest
    if backup.trust is Trust.UNCHECKED:
        return Verified(backup.name, (key_unknown(backup.name, keys),), 0, backup.trust)
    with progress(f"Verifying {backup.name}", max(manifest.stored_size, 1)) as advance:
        found = [_problem(store, keys, manifest, short, advance) for short in manifest.objects]
    seconds = time.monotonic() - began
    problems = tuple(filter(None, found))
    if not problems:
        _record(store, keys, manifest, seconds)
    return Verified(backup.name, problems, seconds, backup.trust)


def _problem(
    store: Store, keys: KeyRing | None, manifest: Manifest, short: str, advance: Advance
) -> KavenError | None:
    try:
        _read(store, keys, manifest, short, advance)
    except ProgramFailedError as error:
        return KavenError(
            "backup_dump_unreadable",
            f"{manifest.object_name(short)}: {error}",
            help="see which backups are whole: kaven backup verify --all",
            exit_code=ExitCode.PROBLEMS,
        )
    except KavenError as error:
        if error.exit_code is ExitCode.PROBLEMS or error.rule == "backup_key_unknown":
            return error
        raise
    return None


def _read(store: Store, keys: KeyRing | None, manifest: Manifest, short: str, advance: Advance) -> None:
    """The dump goes through pg_restore, too."""
    facts = manifest.objects[short]
    programs = programs_for(manifest.dump_major) if short == DUMP else None
    with (
        listing(programs) if programs else nullcontext() as archive,
        reading(store, manifest.object_name(short), facts, keys) as data,
    ):
        for piece in advancing(data, advance):
            if archive is not None:
                archive.write(piece)


def _record(store: Store, keys: KeyRing | None, manifest: Manifest, seconds: float) -> None:
    """Who may only read the store may verify, too; it is remembered nowhere then."""
    proof = Proof(
        backup=manifest.name,
        kind=ProofKind.VERIFIED,
        at=datetime.now(UTC),
        tool=f"kaven-schema {__version__}",
        seconds={"read": round(seconds, 1)},
    )
    with suppress(KavenError):
        record(store, proof, keys.current if keys else None)
