"""Which rows a tenant sees: conditions on whatever a caller asks for, at every relation that it goes through.

A row that is hidden from the tenant counts as one that does not exist: no filter, order or cursor tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kaven_schema.client.tenant.runtime.errors import NotConfinableError
from kaven_schema.client.tenant.runtime.facts import (
    TENANT,
    Model,
    Relation,
    Schema,
    listed,
    members,
    plain,
)

Arguments = dict[str, Any]

_LOGIC = ("AND", "OR", "NOT")
_ONE = {"is", "is_not", "isNot"}
_LIST_ARGUMENTS = ("take", "skip")


class Guard(NamedTuple):
    """A row that the tenant must see, or the whole operation is off: `key` is which, `where` confines it."""

    model: Model
    key: Arguments
    where: Arguments


class Included(NamedTuple):
    """A relation of an `include`. One that is `apart` is asked for by itself: a hidden row must not come along."""

    relation: Relation
    target: Model
    is_apart: bool
    include: Arguments
    nested: dict[str, Included]


class Filters:
    """Of one tenant. `with_deleted` shows rows that were softly deleted, too."""

    def __init__(self, schema: Schema, tenant_id: str | int, *, with_deleted: bool) -> None:
        self.schema = schema
        self.tenant_id = tenant_id
        self.with_deleted = with_deleted

    # --- the tenant's rows ------------------------------------------------------------------------------------------

    def visible(self, model: Model) -> list[Arguments]:
        """The conditions that the tenant's rows meet; none for a global model without soft deletes."""
        own = [self._of_tenant(model)] if model.access == TENANT else []
        return own + self.not_deleted(model)

    def not_deleted(self, model: Model) -> list[Arguments]:
        return [{model.deleted: None}] if self.hides_deleted(model) else []

    def hides_deleted(self, model: Model) -> bool:
        return bool(model.deleted) and not self.with_deleted

    def _of_tenant(self, model: Model) -> Arguments:
        if not model.path:
            return {model.tenant_field: self.tenant_id}
        step = model.path[0]
        target = self.schema[model.relations[step].target]
        inner = self._of_tenant(target)
        return {step: {"is": inner | ({target.deleted: None} if self.hides_deleted(target) else {})}}

    def beyond(self, relation: Relation, target: Model) -> list[Arguments]:
        """The conditions that the tenant's rows behind a relation of one of its rows meet."""
        return self.not_deleted(target) if relation.is_certain else self.visible(target)

    # --- where ------------------------------------------------------------------------------------------------------

    def where(self, model: Model, given: object) -> Arguments:
        """The caller's filter, with hidden rows out of the reach of its relations."""
        return self._conditions(model, given, ())

    def confined(self, model: Model, given: object) -> Arguments:
        """The caller's filter, if there is one, and the tenant's rows."""
        asked = [] if given is None else [self.where(model, given)]
        return all_of(*asked, *self.visible(model))

    def unique(self, model: Model, given: object) -> Arguments:
        """The caller's unique criterion, and the tenant's rows."""
        found = self._conditions(model, given, model.keys)
        if seen := self.visible(model):
            found["AND"] = [*found.get("AND", ()), *seen]
        return found

    def cursor(self, model: Model, given: object) -> tuple[Arguments, Guard]:
        """A cursor takes no conditions, so the row at which it stands has to be asked for."""
        place = {
            key: plain(value, "cursor")
            for key, value in members(given, "cursor")
            if key in model.keys or self._is_scalar(model, key)
        }
        return place, self.guard(model, all_of(*flat_unique(model, place)))

    def guard(self, model: Model, key: Arguments) -> Guard:
        return Guard(model, key, all_of(key, *self.visible(model)))

    def _conditions(self, model: Model, given: object, keys: Any) -> Arguments:
        found: Arguments = {}
        related: list[Arguments] = []
        for key, value in members(given, f"the filter of {model.name}"):
            if key in _LOGIC:
                found[key] = [self.where(model, one) for one in listed(value)]
            elif key in model.relations:
                related += self._related(key, model.relations[key], value)
            elif key in keys or self._is_scalar(model, key):
                found[key] = plain(value, key)
        if related:
            found["AND"] = [*found.get("AND", ()), *related]
        return found

    def _is_scalar(self, model: Model, key: str) -> bool:
        if key not in model.scalars:
            raise NotConfinableError(f"{model.name} has no field {key!r}")
        return True

    def _related(self, name: str, relation: Relation, value: Any) -> Iterator[Arguments]:
        target = self.schema[relation.target]
        seen = self.beyond(relation, target)
        if relation.is_list:
            for key, inner in members(value, name):
                yield {name: self._of_list(key, self.where(target, inner), seen)}
        elif isinstance(value, dict) and value and value.keys() <= _ONE:
            for key, inner in value.items():
                yield {name: self._of_one(target, inner, seen, is_not=key != "is")}
        else:
            yield {name: self._of_one(target, value, seen, is_not=False)}

    def _of_list(self, operator: str, inner: Arguments, seen: list[Arguments]) -> Arguments:
        if operator in ("some", "none"):
            return {operator: all_of(inner, *seen)}
        if operator == "every":  # of those that the tenant sees there is none that is otherwise
            return {"none": all_of(*seen, {"NOT": [inner]})}
        raise NotConfinableError(f"a list of rows has no operator {operator!r}")

    def _of_one(self, target: Model, inner: Any, seen: list[Arguments], *, is_not: bool) -> Arguments:
        if inner is not None:
            return {"is_not" if is_not else "is": all_of(self.where(target, inner), *seen)}
        if not seen:
            return {"is_not" if is_not else "is": None}
        return {"is" if is_not else "is_not": all_of(*seen)}  # a hidden row is none

    # --- order ------------------------------------------------------------------------------------------------------

    def order(self, model: Model, given: object) -> list[Arguments]:
        return [self._order(model, one) for one in listed(given)]

    def _order(self, model: Model, given: object) -> Arguments:
        found: Arguments = {}
        for key, value in members(given, "order"):
            relation = model.relations.get(key)
            if relation is None:
                self._is_scalar(model, key)
                found[key] = plain(value, key)
            elif relation.is_list or not relation.is_certain:
                raise NotConfinableError(f"ordered by {model.name}.{key}, rows would tell of other tenants'")
            else:
                found[key] = self._order(self.schema[relation.target], value)
        return found

    def names(self, model: Model, given: Any) -> list[str]:
        """Names of fields, such as of `distinct`, which the client writes into its query as they are."""
        return [name for name in listed(given) if self._is_scalar(model, name)]

    # --- include ----------------------------------------------------------------------------------------------------

    def include(
        self, model: Model, given: object, guards: list[Guard]
    ) -> tuple[Arguments, dict[str, Included]]:
        """What the engine is asked for, and how to go on with what it answers."""
        asked: Arguments = {}
        found: dict[str, Included] = {}
        for key, value in members(given, "include"):
            relation = model.relations.get(key)
            if relation is None:
                raise NotConfinableError(f"{model.name} has no relation {key!r}")
            if value is False:
                continue
            arguments = {} if value is True else dict(members(value, key))
            target = self.schema[relation.target]
            include, nested = self.include(target, arguments.pop("include", None) or {}, guards)
            is_apart = self._comes_apart(relation, target)
            found[key] = Included(relation, target, is_apart, include, nested)
            if not is_apart:
                own = self._include_arguments(relation, target, arguments, guards)
                own |= {"include": include} if include else {}
                asked[key] = own or True
        return asked, found

    def _comes_apart(self, relation: Relation, target: Model) -> bool:
        return not (relation.is_list or relation.is_certain) and target.access == TENANT

    def _include_arguments(
        self, relation: Relation, target: Model, given: Arguments, guards: list[Guard]
    ) -> Arguments:
        """One row takes no arguments."""
        if not relation.is_list:
            if given:
                raise NotConfinableError(f"an include of one row takes no {', '.join(given)}")
            return {}
        found = {name: given.pop(name) for name in _LIST_ARGUMENTS if name in given}
        if where := all_of(
            *([self.where(target, given.pop("where"))] if "where" in given else ()),
            *self.beyond(relation, target),
        ):
            found["where"] = where
        return found | self.list_arguments(target, given, guards)

    def list_arguments(self, model: Model, given: Arguments, guards: list[Guard]) -> Arguments:
        """Order, cursor and distinct. Raises NotConfinableError for anything else."""
        found: Arguments = {}
        for key, value in given.items():
            if value is None:
                continue
            if key in ("order_by", "orderBy"):
                found["order_by"] = self.order(model, value)
            elif key == "cursor":
                found["cursor"], guard = self.cursor(model, value)
                guards.append(guard)
            elif key == "distinct":
                found["distinct"] = self.names(model, value)
            else:
                raise NotConfinableError(f"there is no argument {key!r}")
        return found


def all_of(*conditions: Arguments) -> Arguments:
    """One filter of several; those that ask for nothing fall away."""
    asked = [condition for condition in conditions if condition]
    if len(asked) > 1:
        return {"AND": asked}
    return dict(asked[0]) if asked else {}


def flat_unique(model: Model, criterion: Arguments) -> list[Arguments]:
    """A unique criterion as an ordinary filter, in which compound ones have no name."""
    return [value if key in model.keys else {key: value} for key, value in criterion.items()]
