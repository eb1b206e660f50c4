"""Which backup is meant: no other one is ever taken without a word."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.catalogue import Backup, Catalogue
from kaven_schema.operations.backup.documents import Trust

LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`where` is the store's place; only backups of `database` count, unless it is empty.

    `unprotected` takes one that was made without a key for the newest, too; `unchecked` any.
    """

    where: str
    database: str = ""
    unprotected: bool = False
    unchecked: bool = False

    @property
    def list_command(self) -> str:
        return f"kaven backup list --from {shlex.quote(self.where)}"

    def trusts(self, backup: Backup) -> bool:
        return (
            self.unchecked
            or backup.trust.is_enough
            or (self.unprotected and backup.trust is Trust.UNPROTECTED)
        )


def choose(catalogue: Catalogue, name: str, wish: Wish) -> Backup:
    """By name, its beginning, or `latest`: the newest, where nothing newer is damaged or cannot be trusted.

    Raises KavenError `backup_unknown`, `backup_ambiguous`, `backups_missing`, `backup_other_database`,
    `backup_newest_unreadable`, `backup_newest_untrusted`, or why the manifest of that name is unreadable.
    """
    if name == LATEST:
        return _latest(catalogue, wish)
    found = [backup for backup in catalogue.backups if backup.name.startswith(name)]
    if len(found) == 1:
        if wish.database not in ("", found[0].database):
            raise _other_database(f"{name} is a backup", found, wish)
        return found[0]
    for unreadable, error in catalogue.unreadable:
        if unreadable.startswith(name):
            raise error
    what = f"begins {len(found)} backups" if found else "is no backup"
    raise KavenError(
        "backup_ambiguous" if found else "backup_unknown",
        f"{name} {what} in {wish.where}",
        help=f"see their names: {wish.list_command}",
        exit_code=ExitCode.WRONG_USE,
    )


def database_meant(catalogue: Catalogue, in_use: str) -> str:
    """Whose backups are looked at where none is named: the one's in use, or of the only one that there is.

    Raises KavenError `backup_databases`.
    """
    names = catalogue.databases
    if in_use in names or len(names) < 2:
        return in_use if in_use in names else ""
    raise KavenError(
        "backup_databases",
        f"there are backups of {', '.join(names)}",
        help=f"say whose: --of {names[0]}",
        exit_code=ExitCode.WRONG_USE,
    )


def _latest(catalogue: Catalogue, wish: Wish) -> Backup:
    found = catalogue.of(wish.database).backups if wish.database else catalogue.backups
    trusted = [backup for backup in found if wish.trusts(backup)]
    chosen = (trusted or found)[-1] if found else None
    _check_readable(catalogue, chosen, wish)
    if chosen is None:
        if catalogue.backups:
            raise _other_database(f"{wish.where} holds backups", catalogue.backups, wish)
        raise KavenError(
            "backups_missing",
            f"there is no backup in {wish.where}",
            help="make one: kaven backup create; or say where they are: --from LOCATION",
        )
    if trusted and found[-1] is not chosen:
        raise _untrusted(found[-1], chosen)
    return chosen


def _check_readable(catalogue: Catalogue, chosen: Backup | None, wish: Wish) -> None:
    """A damaged manifest does not say of which database it is; names begin with the time."""
    newer = [one for one in catalogue.unreadable if chosen is None or one[0] > chosen.name]
    if not newer:
        return
    name, error = max(newer, key=lambda one: one[0])
    raise KavenError(
        "backup_newest_unreadable",
        f"the newest backup, {name}, cannot be read: {error.message}",
        help=f"name the newest that can be read instead: {chosen.name}"
        if chosen
        else f"see what is there: {wish.list_command}",
        exit_code=ExitCode.PROBLEMS,
    )


def _untrusted(newest: Backup, chosen: Backup) -> KavenError:
    plain = newest.trust is Trust.UNPROTECTED
    how = "without a key" if plain else "with a key that is not set"
    otherwise = "--unprotected" if plain else "set KAVEN_BACKUP_KEYS_FILE to the keys of both"
    return KavenError(
        "backup_newest_untrusted",
        f"the newest backup, {newest.name}, was made {how}: whoever can write to the store can have made it",
        help=f"name the newest that can be trusted: {chosen.name}; or, if the other one is yours: {otherwise}",
        exit_code=ExitCode.PROBLEMS,
    )


def _other_database(what: str, found: Sequence[Backup], wish: Wish) -> KavenError:
    names = sorted({backup.database for backup in found})
    return KavenError(
        "backup_other_database",
        f"{what} of {', '.join(names)}, not of {wish.database}",
        help=f"if another database's is meant: --of {names[0]}",
        exit_code=ExitCode.WRONG_USE,
    )
