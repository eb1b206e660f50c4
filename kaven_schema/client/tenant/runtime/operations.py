"""Each operation of the client, confined; with what has to be asked before it and after it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kaven_schema.client.tenant.runtime.errors import NotConfinableError, OutsideTenantError
from kaven_schema.client.tenant.runtime.facts import GLOBAL, Model, listed, plain
from kaven_schema.client.tenant.runtime.filters import (
    Arguments,
    Filters,
    Guard,
    Included,
    all_of,
    flat_unique,
)
from kaven_schema.client.tenant.runtime.writes import Needs, Read, Writes


@dataclass(slots=True)
class Plan:
    """One operation: `guards` and `reads` come before it, rows that are `included` apart after it."""

    method: str
    model: Model
    arguments: Arguments
    selection: list[str] | None
    needs: Needs = field(default_factory=lambda: Needs([], []))
    included: dict[str, Included] = field(default_factory=dict)


class Query(NamedTuple):
    """To be sent. `selection` is as prisma-client-py writes it, None for all fields."""

    method: str
    model: Model
    arguments: Arguments
    selection: list[str] | None


Steps = Generator[list[Query], list[Any], Any]
"""Queries to be sent together, whose answers come back; at the end the answer to the operation.

All but the last of the queries are guards.
"""

_AGGREGATES = ("_count", "_avg", "_sum", "_min", "_max")
_COUNTED = ("_all", "count")
_FEW = 8
"""Guards on one table that go along with the operation they guard."""

_PAGE = ("take", "skip")


class Operations:
    """The operations of one tenant."""

    def __init__(self, writes: Writes) -> None:
        self._writes = writes
        self._filters: Filters = writes

    def plan(self, method: str, model: str, arguments: Arguments, selection: list[str] | None) -> Plan:
        """Raises TenancyError for what cannot be confined."""
        facts = self._filters.schema[model]
        confine = _READS.get(method)
        if confine is None:
            confine = _WRITES[method]
            if facts.access == GLOBAL or facts.is_view:
                raise NotConfinableError(f"{model} is everybody's, or a view: a tenant does not write it")
        plan = Plan(method, facts, {}, selection)
        given = {key: value for key, value in arguments.items() if value is not None}
        include = given.pop("include", None)
        confine(self, plan, given)
        if include is not None:
            asked, plan.included = self._filters.include(facts, include, plan.needs.guards)
            if asked:
                plan.arguments["include"] = asked
        if selection is not None:
            self._check_selection(facts, selection)
        return plan

    def steps(self, plan: Plan) -> Steps:
        """All that an operation takes, in its order."""
        for read in plan.needs.reads:
            yield from self._look_up(read)
        guards = yield from self._checked(_distinct(plan.needs.guards))
        answers = yield [*map(self._guard, guards), self.query(plan)]
        result = answers[-1]
        if plan.included and result:
            yield from self._complete(result if isinstance(result, list) else [result], plan.included)
        return result

    def guards(self, plan: Plan) -> list[Query]:
        return [self._guard(guard) for guard in _distinct(plan.needs.guards)]

    def query(self, plan: Plan) -> Query:
        return Query(plan.method, plan.model, plan.arguments, plan.selection)

    def _guard(self, guard: Guard) -> Query:
        names = guard.model.keys.get(guard.model.identity, (guard.model.identity,))
        return Query("find_first_or_raise", guard.model, {"where": guard.where}, list(names))

    # --- reads ------------------------------------------------------------------------------------------------------

    def _find_many(self, plan: Plan, given: Arguments) -> None:
        plan.arguments = {name: given.pop(name) for name in _PAGE if name in given}
        plan.arguments["where"] = self._filters.confined(plan.model, given.pop("where", None))
        plan.arguments |= self._filters.list_arguments(plan.model, given, plan.needs.guards)

    def _find_unique(self, plan: Plan, given: Arguments) -> None:
        plan.arguments["where"] = self._filters.unique(plan.model, given.get("where"))

    def _group_by(self, plan: Plan, given: Arguments) -> None:
        model = plan.model
        found = {name: given[name] for name in _PAGE if name in given}
        found["by"] = self._filters.names(model, given.get("by"))
        found["where"] = self._filters.confined(model, given.get("where"))
        if "having" in given:
            found["having"] = self._filters.where(model, given["having"])
        if "orderBy" in given:
            found["orderBy"] = plain(given["orderBy"], "order")
        plan.arguments = found

    def _check_selection(self, model: Model, selection: list[str]) -> None:
        """The client writes these into its query as they are, whoever chose them."""
        for entry in selection:
            name, brace, inner = entry.partition("{")
            if brace and name.strip() not in _AGGREGATES:
                raise NotConfinableError(f"there is no aggregate {name!r}")
            names = inner.rstrip(" }").split() if brace else [name]
            self._filters.names(model, [one for one in names if one not in _COUNTED])

    # --- writes -----------------------------------------------------------------------------------------------------

    def _create(self, plan: Plan, given: Arguments) -> None:
        plan.arguments["data"] = self._writes.create(plan.model, given.get("data"), plan.needs)

    def _create_many(self, plan: Plan, given: Arguments) -> None:
        rows = [self._writes.create(plan.model, one, plan.needs) for one in listed(given.get("data"))]
        plan.arguments = given | {"data": rows}

    def _update(self, plan: Plan, given: Arguments) -> None:
        where = self._filters.unique(plan.model, given.get("where"))
        row = all_of(*flat_unique(plan.model, where))
        data = self._writes.update(plan.model, given.get("data"), row, plan.needs)
        plan.arguments = {"where": where, "data": data}

    def _update_many(self, plan: Plan, given: Arguments) -> None:
        where = self._filters.confined(plan.model, given.get("where"))
        plan.arguments = {
            "where": where,
            "data": self._writes.update(plan.model, given.get("data"), where, plan.needs),
        }

    def _upsert(self, plan: Plan, given: Arguments) -> None:
        self._update(plan, {"where": given.get("where"), "data": given.get("update")})
        create = self._writes.create(plan.model, given.get("create"), plan.needs)
        plan.arguments = {
            "where": plan.arguments["where"],
            "create": create,
            "update": plan.arguments["data"],
        }

    def _delete(self, plan: Plan, given: Arguments) -> None:
        self._find_unique(plan, given)
        self._soften(plan, "update")

    def _delete_many(self, plan: Plan, given: Arguments) -> None:
        plan.arguments["where"] = self._filters.confined(plan.model, given.get("where"))
        self._soften(plan, "update_many")

    def _soften(self, plan: Plan, method: str) -> None:
        if plan.model.is_tenant and not plan.model.deleted:
            raise NotConfinableError(f"a tenant does not delete its {plan.model.name}")
        if plan.model.deleted:
            plan.method = method
            plan.arguments["data"] = self._writes.soft_deletion(plan.model)

    # --- what comes before and after --------------------------------------------------------------------------------

    def _look_up(self, read: Read) -> Steps:
        model = read.model
        names = model.keys.get(model.identity, (model.identity,))
        (rows,) = yield [Query("find_many", model, {"where": read.where}, list(names))]
        for row in rows:
            key = {name: row[name] for name in names}
            found = {model.identity: key} if model.identity in model.keys else key
            read.into.append({**found, "AND": self._filters.visible(model)})

    def _checked(self, guards: list[Guard]) -> Generator[list[Query], list[Any], list[Guard]]:
        """Many rows of one table are looked up at once; the guards that are left."""
        groups: dict[tuple[str, str], list[Guard]] = {}
        left: list[Guard] = []
        for guard in guards:
            name, *more = guard.key
            is_plain = not more and name in guard.model.scalars
            (groups.setdefault((guard.model.name, name), []) if is_plain else left).append(guard)
        for (_, name), some in groups.items():
            if len(some) <= _FEW:
                left += some
                continue
            model, wanted = some[0].model, [guard.key[name] for guard in some]
            where = all_of({name: {"in": wanted}}, *self._filters.visible(model))
            (rows,) = yield [Query("find_many", model, {"where": where}, [name])]
            if not {*map(str, wanted)} <= {str(row[name]) for row in rows}:
                raise OutsideTenantError("rows that the operation refers to are not among the tenant's")
        return left

    def _complete(self, rows: list[Arguments], included: dict[str, Included]) -> Steps:
        """Fetch what was included apart, hide what is deleted, all the way down."""
        for name, one in included.items():
            if one.is_apart:
                yield from self._fetch(rows, name, one)
                continue
            children: list[Arguments] = []
            for row in rows:
                found = row.get(name)
                if one.relation.is_list:
                    children += found or ()
                elif found and self._is_hidden(one.target, found):
                    row[name] = None
                elif found:
                    children.append(found)
            if children and one.nested:
                yield from self._complete(children, one.nested)

    def _is_hidden(self, model: Model, row: Arguments) -> bool:
        return self._filters.hides_deleted(model) and row[model.deleted] is not None

    def _fetch(self, rows: list[Arguments], name: str, one: Included) -> Steps:
        """The rows behind a relation to one, those that the tenant sees."""
        opposite = one.target.relations[one.relation.opposite]
        here, there = one.relation.fields, one.relation.references
        if not here:
            here, there = opposite.references, opposite.fields
        wanted = {tuple(row[part] for part in here) for row in rows}
        keys = [dict(zip(there, key, strict=True)) for key in sorted(wanted, key=repr) if None not in key]
        found: dict[tuple[Any, ...], Arguments] = {}
        if keys:
            where = all_of(_any_of(keys), *self._filters.visible(one.target))
            arguments = {"where": where} | ({"include": one.include} if one.include else {})
            (children,) = yield [Query("find_many", one.target, arguments, None)]
            yield from self._complete(children, one.nested)
            found = {tuple(child[part] for part in there): child for child in children}
        for row in rows:
            row[name] = found.get(tuple(row[part] for part in here))


def _distinct(guards: list[Guard]) -> list[Guard]:
    return [*{(guard.model.name, repr(guard.where)): guard for guard in guards}.values()]


def _any_of(keys: list[Arguments]) -> Arguments:
    """Prisma sends long lists in parts, and long alternatives not."""
    names = {*keys[0]}
    if len(names) > 1:
        return {"OR": keys}
    (name,) = names
    return {name: {"in": [key[name] for key in keys]}}


_READS: dict[str, Callable[[Operations, Plan, Arguments], None]] = {
    "find_many": Operations._find_many,  # noqa: SLF001 - the table belongs to the class
    "find_first": Operations._find_many,  # noqa: SLF001
    "find_first_or_raise": Operations._find_many,  # noqa: SLF001
    "count": Operations._find_many,  # noqa: SLF001
    "find_unique": Operations._find_unique,  # noqa: SLF001
    "find_unique_or_raise": Operations._find_unique,  # noqa: SLF001
    "group_by": Operations._group_by,  # noqa: SLF001
}
_WRITES: dict[str, Callable[[Operations, Plan, Arguments], None]] = {
    "create": Operations._create,  # noqa: SLF001
    "create_many": Operations._create_many,  # noqa: SLF001
    "update": Operations._update,  # noqa: SLF001
    "update_many": Operations._update_many,  # noqa: SLF001
    "upsert": Operations._upsert,  # noqa: SLF001
    "delete": Operations._delete,  # noqa: SLF001
    "delete_many": Operations._delete_many,  # noqa: SLF001
}
