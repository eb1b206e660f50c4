"""The migration: what is missing of row-level security, in statements that only add."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kaven_schema.database.row_level_security.authentication import Authentication
from kaven_schema.database.row_level_security.doors import Doors
from kaven_schema.database.row_level_security.names import (
    APP,
    OWNER_POLICY,
    SUPER_ADMIN,
    SUPER_ADMIN_POLICY,
    TENANT_POLICY,
    made_name,
    quoted,
)
from kaven_schema.database.row_level_security.standing import (
    EARLIER,
    Standing,
    stale_drops,
    standing_after,
)
from kaven_schema.database.row_level_security.tables import Protection, Reference, Table

_TAKEN_BACK = ("function ", "references", "global role ", "doors")
_HEADER = """\
-- Row-level security, by `kaven rls`: each tenant's rows are seen by that tenant alone.
-- It needs the roles of `kaven rls roles`, made once in a cluster by whoever may make roles.
"""
_REFUSE = """\
CREATE OR REPLACE FUNCTION "kaven_refuse_reference"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the row that "%" refers to does not exist', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END $$;"""


@dataclass(frozen=True, slots=True)
class Piece:
    """What belongs together: `create` where it is new, `change` where an earlier form of it stands."""

    key: str
    create: tuple[str, ...]
    change: tuple[str, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.create).encode()).hexdigest()[:12]

    def text(self, *, is_new: bool) -> str:
        return "\n".join(
            (f"-- kaven rls {self.key} {self.digest}", *(self.create if is_new else self.change), "")
        )


def write_script(protection: Protection, doors: Doors | None, earlier: Sequence[str]) -> str:
    """Empty where the `earlier` scripts have done it all."""
    standing, wanted = standing_after(earlier), tuple(pieces_of(protection, doors))
    pieces = [
        *_taken_back(standing, wanted),
        *(
            piece.text(is_new=piece.key not in standing.pieces)
            for piece in wanted
            if standing.pieces.get(piece.key) != piece.digest
        ),
    ]
    return "\n".join((_HEADER, *pieces)) if pieces else ""


@dataclass(frozen=True, slots=True)
class Adapting:
    """SQL that fits what is protected to another schema, around the SQL that makes its tables."""

    before: str
    after: str


def adapting(
    protection: Protection, doors: Doors | None, earlier: Sequence[str], *, gone: Collection[str], adds: bool
) -> Adapting | None:
    """None where nothing has to change; `gone` are tables, as SQL names them, that the schema has no more.

    `adds` is whether it has columns that are still to be made.
    """
    standing, wanted = standing_after(earlier), tuple(pieces_of(protection, doors))
    changed = [piece for piece in wanted if standing.pieces.get(piece.key, piece.digest) != piece.digest]
    texts = [piece.text(is_new=False) for piece in changed]
    kept = [piece for piece in wanted if piece not in changed] if adds else wanted
    before = (*_closed(standing, gone), *_taken_back(standing, kept))
    if not adds:
        before, texts = (*before, *texts), []
    return Adapting("\n".join(before), "\n".join(texts)) if before or texts else None


def _closed(standing: Standing, tables: Collection[str]) -> Iterator[str]:
    """A policy that asks another table would keep that from being dropped."""
    closed = "USING (false) WITH CHECK (false)"
    those = [table for table in tables if f"table {table}" in standing.pieces]
    if those:
        lines = (f'ALTER POLICY "{TENANT_POLICY}" ON {table} {closed};' for table in those)
        yield "\n".join((*lines, ""))


def _taken_back(standing: Standing, wanted: Sequence[Piece]) -> Iterator[str]:
    """What names columns that the schema has no more: they could not be dropped, and no write would pass."""
    drops = (*stale_drops(standing, [statement for piece in wanted for statement in piece.create]),)
    if drops:
        keys = {piece.key for piece in wanted}
        marks = (
            f"-- kaven rls {key} {EARLIER}"
            for key in standing.pieces
            if key not in keys and key.startswith(_TAKEN_BACK)
        )
        yield "\n".join((*drops, *marks, ""))


def pieces_of(protection: Protection, doors: Doors | None) -> Iterator[Piece]:
    for table in protection.tables:
        yield _protected(table)
    yield from _lookups(protection)
    for table in protection.tables:
        if table.references:
            yield _guarded(table)
    for view in protection.views:
        changed = (f"ALTER VIEW {view} SET (security_invoker = true);",)
        yield Piece(f"view {view}", changed, changed)
    if doors:
        yield Piece("doors", doors.create, doors.change)
        yield from _authentication(doors.authentication)


def _authentication(found: Authentication) -> Iterator[Piece]:
    for one in found.openings:
        yield Piece(f"authentication {one.sql}", one.create(), one.change())
    if found.global_role:
        create = found.global_role.create()
        yield Piece(f"global role {found.global_role.sql}", create, create)


def _protected(table: Table) -> Piece:
    condition = f"({table.condition})"
    checks = f"USING {condition}\n    WITH CHECK {condition};"
    policy = f'POLICY "{TENANT_POLICY}" ON {table.sql}'
    roles = f'"{APP}", "{SUPER_ADMIN}"'
    create = (
        f"ALTER TABLE {table.sql} ENABLE ROW LEVEL SECURITY;",
        f"ALTER TABLE {table.sql} FORCE ROW LEVEL SECURITY;",
        f"CREATE {policy}\n    {checks}",
        f'CREATE POLICY "{OWNER_POLICY}" ON {table.sql} TO CURRENT_USER USING (true) WITH CHECK (true);',
        f'CREATE POLICY "{SUPER_ADMIN_POLICY}" ON {table.sql} TO "{SUPER_ADMIN}" USING (true) WITH CHECK (true);',
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.sql} TO {roles};",
    )
    return Piece(f"table {table.sql}", create, (f"ALTER {policy}\n    {checks}",))


def _lookups(protection: Protection) -> Iterator[Piece]:
    """Functions bound to their tables when they are made: no search path leads them elsewhere."""
    found = {lookup_name(one): one for table in protection.tables for one in table.references}
    if found:
        yield Piece("references", (_REFUSE,), (_REFUSE,))
    for name, one in sorted(found.items()):
        parameters = ", ".join(f'"key{number}" {kind}' for number, kind in enumerate(one.types))
        key = " AND ".join(
            f'{quoted(one.target_name)}.{quoted(column)} = "key{number}"'
            for number, column in enumerate(one.target_columns)
        )
        create = (
            f'CREATE OR REPLACE FUNCTION "{name}"({parameters}) RETURNS boolean LANGUAGE sql\n'
            f"    RETURN EXISTS (SELECT 1 FROM {one.target} WHERE {key});"
        )
        yield Piece(f"function {name}", (create,), (create,))


def lookup_name(reference: Reference) -> str:
    return made_name("kaven_sees", reference.target_name, *reference.target_columns)


def trigger_names(table: Table, reference: Reference) -> tuple[str, str]:
    name = made_name("kaven_reference", table.name, *reference.columns)
    return f"{name[:55]}_insert", f"{name[:55]}_update"


def _guarded(table: Table) -> Piece:
    create = tuple(statement for one in table.references for statement in _triggers(table, one))
    return Piece(f"references of {table.sql}", create, create)


def _triggers(table: Table, reference: Reference) -> Iterator[str]:
    """An update that leaves a foreign key as it is passes: whoever has all tenants may have linked two."""
    columns = [quoted(column) for column in reference.columns]
    is_set = " AND ".join(f"NEW.{column} IS NOT NULL" for column in columns)
    seen = f'NOT "{lookup_name(reference)}"({", ".join(f"NEW.{column}" for column in columns)})'
    differs = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    on_insert, on_update = trigger_names(table, reference)
    execute = 'EXECUTE FUNCTION "kaven_refuse_reference"();'
    yield (
        f'CREATE OR REPLACE TRIGGER "{on_insert}" BEFORE INSERT ON {table.sql} FOR EACH ROW\n'
        f"    WHEN ({is_set} AND {seen}) {execute}"
    )
    yield (
        f'CREATE OR REPLACE TRIGGER "{on_update}" BEFORE UPDATE ON {table.sql} FOR EACH ROW\n'
        f"    WHEN (({differs}) AND {is_set} AND {seen}) {execute}"
    )
