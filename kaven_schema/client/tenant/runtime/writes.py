"""What a tenant may write: rows of its own, which refer to rows of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kaven_schema.client.tenant.runtime.errors import NotConfinableError, OutsideTenantError
from kaven_schema.client.tenant.runtime.facts import GLOBAL, Model, Relation, listed, members, plain
from kaven_schema.client.tenant.runtime.filters import Arguments, Filters, Guard, all_of, flat_unique


class Read(NamedTuple):
    """Rows to look up before a write: their unique criteria go `into` a list of it."""

    model: Model
    where: Arguments
    into: list[Arguments]


class Needs(NamedTuple):
    """What a write depends on, gathered while it is confined."""

    guards: list[Guard]
    reads: list[Read]


class _Place(NamedTuple):
    """Where a nested write stands. `row` tells the row that it hangs on, empty for one that is being created."""

    model: Model
    name: str
    relation: Relation
    target: Model
    row: Arguments
    needs: Needs


class Writes(Filters):
    """Confines the data of creates and updates."""

    def create(self, model: Model, given: object, needs: Needs, via: str = "") -> Arguments:
        """`via` is the relation through which a parent creates the row, and which the data leaves out."""
        self._check_creatable(model)
        data = self._data(model, given, {}, needs)
        self._claim(model, data, via)
        self._check_references(model, data, needs, is_new=True)
        return data

    def update(self, model: Model, given: object, row: Arguments, needs: Needs) -> Arguments:
        """`row` is the condition that the updated row meets."""
        data = self._data(model, given, row, needs)
        if model.has_own_tenant:
            self._check_own_tenant(model, data)
            data.pop(model.tenant_field, None)
        self._check_keys(model, data)
        self._check_references(model, data, needs, is_new=False)
        return data

    def soft_deletion(self, model: Model) -> Arguments:
        return {model.deleted: datetime.now(UTC)}

    def _check_creatable(self, model: Model) -> None:
        if model.is_tenant:
            raise NotConfinableError(f"a tenant creates no {model.name}: that is for who has all of them")
        if model.access == GLOBAL:
            raise NotConfinableError(f"{model.name} is everybody's: a tenant does not write it")

    def _data(self, model: Model, given: object, row: Arguments, needs: Needs) -> Arguments:
        data: Arguments = {}
        for key, value in members(given, f"the data of {model.name}"):
            if relation := model.relations.get(key):
                target = self.schema[relation.target]
                place = _Place(model, key, relation, target, row, needs)
                if value is not None and (operations := self._nested(place, value)):
                    data[key] = operations
            else:
                self._is_scalar(model, key)
                data[key] = plain(value, key)
        return data

    # --- whose row it is --------------------------------------------------------------------------------------------

    def _claim(self, model: Model, data: Arguments, via: str) -> None:
        """Name the tenant in a new row, in the form that its data has: with foreign keys, or with relations."""
        if model.path:
            return
        field = model.tenant_field
        self._check_own_tenant(model, data)
        data.pop(field, None)
        if via and field in model.relations[via].fields:
            return
        inline = [relation for name, relation in model.relations.items() if name in data and relation.fields]
        if any(field in relation.fields for relation in inline):
            return
        if inline and (name := model.tenant_relation):
            (reference,) = model.relations[name].references
            data[name] = {"connect": {reference: self.tenant_id}}
        else:
            data[field] = self.tenant_id

    def _check_own_tenant(self, model: Model, data: Arguments) -> None:
        field = model.tenant_field
        if field in data and _written(data[field], field) != self.tenant_id:
            raise OutsideTenantError(f"{model.name}.{field} is not the tenant's own")

    def _check_keys(self, model: Model, data: Arguments) -> None:
        """PostgreSQL would hand a new key on to all rows that refer to it, whosoever they are."""
        for relation in model.relations.values():
            if not relation.fields and not relation.is_certain:
                holder = self.schema.known(relation.target).relations[relation.opposite]
                if changed := [key for key in holder.references if key in data]:
                    raise NotConfinableError(
                        f"{model.name}.{changed[0]} may be what other tenants' rows refer to"
                    )

    def _check_references(self, model: Model, data: Arguments, needs: Needs, *, is_new: bool) -> None:
        """Foreign keys that are written as they are must lead to rows that the tenant sees."""
        for relation in model.relations.values():
            if relation.fields and (values := self._reference(model, relation, data, is_new=is_new)):
                target = self.schema[relation.target]
                if target.access != GLOBAL:
                    reference = dict(zip(relation.references, values, strict=True))
                    needs.guards.append(self.guard(target, reference))

    def _reference(
        self, model: Model, relation: Relation, data: Arguments, *, is_new: bool
    ) -> list[Any] | None:
        """What a foreign key is set to; None where it is not, or refers to nothing."""
        own = {model.tenant_field: self.tenant_id} if model.has_own_tenant else {}
        named = [field for field in relation.fields if field in data and field not in own]
        if not named:
            return None
        known = own | {field: _written(data[field], field) for field in named}
        if not is_new and any(field not in known for field in relation.fields):
            raise NotConfinableError(
                f"name all of {', '.join(relation.fields)}: together they are a reference"
            )
        values = [known.get(field) for field in relation.fields]
        return None if None in values else values

    # --- nested writes ----------------------------------------------------------------------------------------------

    def _nested(self, place: _Place, given: object) -> Arguments:
        found: Arguments = {}
        for operator, value in members(given, place.name):
            if value is None or value is False:
                continue
            confine = _OPERATORS.get(operator)
            if confine is None:
                raise NotConfinableError(f"{place.model.name}.{place.name} takes no {operator!r} here")
            for name, confined in confine(self, place, value).items():
                found[name] = [*found[name], *confined] if name in found else confined
        return found

    def _create(self, place: _Place, value: Any) -> Arguments:
        if not place.relation.fields:
            _check_displaces_nothing(place)
        made = [self.create(place.target, one, place.needs, place.relation.opposite) for one in listed(value)]
        return {"create": made if place.relation.is_list else made[0]}

    def _connect(self, place: _Place, value: Any) -> Arguments:
        found = [self._connected(place, one) for one in listed(value)]
        return {"connect": found if place.relation.is_list else found[0]}

    def _connected(self, place: _Place, given: object) -> Arguments:
        """Guarded although the criterion is confined: so that a refusal is one, and not an empty answer."""
        _check_changes_own_row(place)
        _check_displaces_nothing(place)
        criterion = self.unique(place.target, given)
        flat = all_of(*flat_unique(place.target, criterion))
        place.needs.guards.append(Guard(place.target, flat, flat))
        return criterion

    def _connect_or_create(self, place: _Place, value: Any) -> Arguments:
        _check_changes_own_row(place)
        _check_displaces_nothing(place)
        found = []
        for one in listed(value):
            both = dict(members(one, place.name))
            if both.keys() != {"where", "create"}:
                raise NotConfinableError("connect_or_create takes `where` and `create`")
            where = self.unique(place.target, both["where"])
            made = self.create(place.target, both["create"], place.needs, place.relation.opposite)
            found.append({"where": where, "create": made})
        return {"connect_or_create": found if place.relation.is_list else found[0]}

    def _disconnect(self, place: _Place, value: Any) -> Arguments:
        self._check_stays(place)
        _check_changes_own_row(place)
        if place.relation.is_list:
            return {"disconnect": [self.unique(place.target, one) for one in listed(value)]}
        if value is not True:
            raise NotConfinableError(f"{place.name}: disconnect is True or False")
        seen = [] if place.relation.fields else self.visible(place.target)
        return {"disconnect": all_of(*seen) or True}

    def _set(self, place: _Place, value: Any) -> Arguments:
        """As what it means: to connect these, and to disconnect all others that the tenant sees."""
        self._check_stays(place)
        if not (place.relation.is_list and place.row):
            raise NotConfinableError(f"{place.name} takes no `set` here")
        kept = [self._connected(place, one) for one in listed(value)]
        keys = [all_of(*flat_unique(place.target, _key_alone(one))) for one in kept]
        opposite = place.target.relations[place.relation.opposite]
        parent = {place.relation.opposite: {"some" if opposite.is_list else "is": place.row}}
        others: list[Arguments] = []
        where = all_of(parent, *self.visible(place.target), {"NOT": keys} if keys else {})
        place.needs.reads.append(Read(place.target, where, others))
        return {"connect": kept, "disconnect": others}

    def _delete(self, place: _Place, value: Any) -> Arguments:
        target = place.target
        if target.access == GLOBAL or target.is_tenant:
            raise NotConfinableError(f"a {target.name} is not to be deleted through {place.name}")
        if place.relation.is_list:
            rows = [self.unique(target, one) for one in listed(value)]
            if target.deleted:
                data = self.soft_deletion(target)
                return {"update": [{"where": row, "data": data} for row in rows]}
            return {"delete": rows}
        if value is not True:
            raise NotConfinableError(f"{place.name}: delete is True or False")
        where = all_of(*self.visible(target))
        if target.deleted:
            return {"update": {"where": where, "data": self.soft_deletion(target)}}
        return {"delete": where or True}

    def _check_stays(self, place: _Place) -> None:
        """No row leaves its tenant by losing the foreign key that names it."""
        opposite = place.target.relations.get(place.relation.opposite)
        if place.model.holds_tenant(place.relation) or (opposite and place.target.holds_tenant(opposite)):
            raise NotConfinableError(f"{place.name} says whose row it is: it cannot be taken away")


def _check_changes_own_row(place: _Place) -> None:
    """A foreign key on the other side would change a row that is everybody's."""
    opposite = place.target.relations.get(place.relation.opposite)
    if place.target.access == GLOBAL and opposite and opposite.fields:
        raise NotConfinableError(f"{place.target.name} is everybody's: a tenant does not write it")


def _check_displaces_nothing(place: _Place) -> None:
    """Between two single rows Prisma takes a link away from whoever had it before."""
    opposite = place.target.relations[place.relation.opposite]
    if place.relation.is_list or opposite.is_list:
        return
    holder, displaced = (place.relation, opposite) if place.relation.fields else (opposite, place.relation)
    if not displaced.is_certain and (place.relation.fields or place.row):
        names = ", ".join(holder.fields)
        raise NotConfinableError(f"{place.name} might take another tenant's place: write {names} itself")


def _key_alone(criterion: Arguments) -> Arguments:
    return {key: value for key, value in criterion.items() if key not in ("AND", "OR", "NOT")}


def _written(value: Any, field: str) -> Any:
    """What a scalar is set to."""
    if not isinstance(value, dict):
        return value
    if value.keys() != {"set"}:
        raise NotConfinableError(f"{field} refers to a row: it is set, not reckoned")
    return value["set"]


_OPERATORS: dict[str, Callable[[Writes, _Place, Any], Arguments]] = {
    "create": Writes._create,  # noqa: SLF001 - the table belongs to the class
    "connect": Writes._connect,  # noqa: SLF001
    "connect_or_create": Writes._connect_or_create,  # noqa: SLF001
    "connectOrCreate": Writes._connect_or_create,  # noqa: SLF001
    "disconnect": Writes._disconnect,  # noqa: SLF001
    "set": Writes._set,  # noqa: SLF001
    "delete": Writes._delete,  # noqa: SLF001
}
