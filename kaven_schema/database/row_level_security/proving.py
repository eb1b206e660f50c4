"""The proof of row-level security on a live database, and the proof of the proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.catalog.scoping import TENANT
from kaven_schema.database.connection import connect, lost
from kaven_schema.database.row_level_security.attempts import NONE, OTHER, OWN, REUSED, Attempt, Scene
from kaven_schema.database.row_level_security.authentication import (
    GLOBAL_ROLE_TRIGGERS,
    Authentication,
    authentication_of,
)
from kaven_schema.database.row_level_security.doors import Door, doors_in
from kaven_schema.database.row_level_security.names import SETTING, quoted
from kaven_schema.database.row_level_security.samples import (
    Shape,
    insert_samples,
    read_shapes,
    with_parents,
)
from kaven_schema.database.row_level_security.script import trigger_names
from kaven_schema.database.row_level_security.state import check_roles, notes, problems
from kaven_schema.database.row_level_security.tables import Table, protection_of
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_PATIENCE = "SET LOCAL lock_timeout = '5s'"
_POLICIES = "SELECT polname::text FROM pg_policy WHERE polrelid = %s::regclass ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Mutation:
    """What was taken away for a moment, and whether the proof noticed."""

    table: str
    what: str
    noticed: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """`problems` were seen without trying; `notes` are what no policy can help."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    mutations: tuple[Mutation, ...] = field(default=())

    @property
    def holds(self) -> bool:
        fine = all(attempt.holds for attempt in self.attempts)
        return not self.problems and fine and all(one.noticed for one in self.mutations)

    def lines(self) -> Iterator[str]:
        yield from (f"problem: {one}" for one in self.problems)
        yield from (f"problem: {_told(one)}" for one in self.attempts if not one.holds)
        for one in self.mutations:
            if not one.noticed:
                yield f"problem: {one.table}: without {one.what} nothing of the proof fails"
        yield from (f"note: {one}" for one in self.notes)
        tables = len({attempt.table for attempt in self.attempts})
        held = sum(attempt.holds for attempt in self.attempts)
        yield f"{tables} tables: {held} of {len(self.attempts)} attempts end as they must"
        if self.mutations:
            seen = sum(one.noticed for one in self.mutations)
            yield f"{len(self.mutations)} safeguards taken away in turn: {seen} times the proof fails, as it must"

    def as_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "problems": list(self.problems),
            "notes": list(self.notes),
            "attempts": [
                {
                    "table": one.table,
                    "operation": one.operation,
                    "case": one.case,
                    "works": one.works,
                    "should": one.should,
                }
                for one in self.attempts
            ],
            "mutations": [
                {"table": one.table, "without": one.what, "noticed": one.noticed} for one in self.mutations
            ],
        }


def _told(attempt: Attempt) -> str:
    what = "works, and must not" if attempt.works else "does not work, and must"
    return f"{attempt.table}: {attempt.operation} ({attempt.case}) {what}"


def prove(
    url: DatabaseUrl, catalog: Catalog, global_models: Sequence[str] = (), *, mutate: bool = True
) -> Proof:
    """Try everything as the owner of the tables, in transactions that are undone.

    `mutate` also takes each safeguard away in turn if all holds, which locks its table for a moment. Raises KavenError
    `row_security_role_missing`, `row_security_table_missing`, `row_security_sample_refused`, and what `connect`
    and `protection_of` raise.
    """
    import psycopg

    protection = protection_of(catalog, global_models)
    tenant = catalog.by_name[TENANT].facts.table
    try:
        with connect(url) as connection:
            check_roles(connection)
            shapes = read_shapes(connection, protection.tables)
            early = authentication_of(catalog, url.schema) if doors_in(catalog) else Authentication()
            found = tuple(one.text for one in problems(connection, protection.tables, early))
            told = (*notes(connection, protection.tables),)
            prover = _Prover(
                connection, shapes, with_parents(connection, shapes), tenant, doors_in(catalog), early
            )
            proof = Proof(found, told, prover.attempts())
            return replace(proof, mutations=prover.mutations()) if mutate and proof.holds else proof
    except psycopg.OperationalError as error:
        raise lost(url, error) from None
    except psycopg.Error as error:
        raise KavenError(
            "row_security_proof_failed",
            f"the proof could not be carried through: {error.diag.message_primary or error}",
            help="run it as the owner of the tables, who has the roles of: kaven rls roles",
            exit_code=ExitCode.PROBLEMS,
        ) from None


@dataclass(frozen=True, slots=True)
class _Prover:
    connection: Connection
    shapes: Mapping[str, Shape]
    with_parents: Mapping[str, Shape]
    tenant: str
    doors: tuple[Door, ...]
    early: Authentication

    def attempts(self) -> tuple[Attempt, ...]:
        """On a connection that has known no tenant yet, then on one that a pool would hand on."""
        fresh = self._in_scene(
            lambda scene: (*self._all(scene, (NONE,)), *self._all(scene, (OWN, OTHER)), *self._rest(scene))
        )
        with self.connection.transaction():
            self.connection.execute("SELECT set_config(%s, 'somebody', true)", [SETTING])
        reused = self._in_scene(lambda scene: self._all(scene, (REUSED,)))
        return (*fresh, *reused)

    def mutations(self) -> tuple[Mutation, ...]:
        """Whether the proof, which holds, fails without each of the safeguards."""
        return tuple(self._in_scene(lambda scene: [*self._mutations(scene)]))

    def _in_scene(self, work: Callable[[Scene], Any]) -> Any:
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(_PATIENCE)
            return work(
                Scene(self.connection, insert_samples(self.connection, self.with_parents, self.tenant))
            )

    def _all(self, scene: Scene, cases: Sequence[str]) -> list[Attempt]:
        return [one for shape in self.shapes.values() for one in scene.try_table(shape, cases)]

    def _rest(self, scene: Scene) -> list[Attempt]:
        found = [one for shape in self.shapes.values() for one in scene.try_rest(shape)]
        early = [one for shape in self.shapes.values() for one in self._early(scene, shape)]
        return [*found, *early, *self._doors(scene)]

    def _early(self, scene: Scene, shape: Shape) -> Iterator[Attempt]:
        yield from scene.try_authentication(shape, self.early.privileges(shape.table.name))
        if self.early.global_role and self.early.global_role.name == shape.table.name:
            yield from scene.try_global_role(shape, self.early.global_role.column)

    def _doors(self, scene: Scene) -> Iterator[Attempt]:
        for door in self.doors:
            shape = self.shapes[door.table_name]
            value = scene.samples.rows[door.table_name][0][door.key_column]
            yield Attempt(door.table_name, "log in", NONE, scene.opens_door(door.name, value), should=True)
            shut = scene.is_shut(shape)
            yield Attempt(door.table_name, "delete", "the door's owner", not shut, should=False)

    # --- the proof of the proof -------------------------------------------------------------------------------------

    def _mutations(self, scene: Scene) -> Iterator[Mutation]:
        for shape in self.shapes.values():
            for what, sql in self._safeguards(shape.table, changes=not scene.is_only_added_to(shape)):
                self.connection.execute("SAVEPOINT kaven_mutation")
                self.connection.execute(sql.encode())
                noticed = self._fails(scene, shape)
                self.connection.execute("ROLLBACK TO SAVEPOINT kaven_mutation")
                yield Mutation(shape.table.name, what, noticed)

    def _safeguards(self, table: Table, *, changes: bool) -> Iterator[tuple[str, str]]:
        """`changes` is whether rows of the table can be changed at all."""
        for (name,) in self.connection.execute(_POLICIES, [table.sql]).fetchall():
            yield f"the policy {name}", f"DROP POLICY {quoted(name)} ON {table.sql}"
        yield "row-level security", f"ALTER TABLE {table.sql} DISABLE ROW LEVEL SECURITY"
        for reference in table.references:
            on_insert, on_update = trigger_names(table, reference)
            for name in (on_insert, on_update) if changes else (on_insert,):
                yield f"the trigger {name}", f"DROP TRIGGER {quoted(name)} ON {table.sql}"
        if self.early.global_role and self.early.global_role.name == table.name:
            for name in GLOBAL_ROLE_TRIGGERS:
                yield f"the trigger {name}", f"DROP TRIGGER {quoted(name)} ON {table.sql}"

    def _fails(self, scene: Scene, shape: Shape) -> bool:
        attempts = (
            *scene.try_table(shape, (OWN, OTHER)),
            *scene.try_rest(shape),
            *self._early(scene, shape),
            *self._doors(scene),
        )
        return not all(one.holds for one in attempts)
