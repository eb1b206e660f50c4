"""What the data needs of the merged schema, and how that names things in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError

Needs = Mapping[str, tuple[str, ...]]
"""The fields of models, and the values of enums, that there must be."""

Values = Mapping[str, Mapping[str, Any]]
"""By model and field, what a developer gives to every row of the seed."""


@dataclass(frozen=True, slots=True)
class SeedSchema:
    """The merged schema as Prisma sees it (its DMMF), and the developer's values for fields of their own."""

    models: Mapping[str, Mapping[str, Any]]
    enums: Mapping[str, frozenset[str]]
    values: Values = field(default_factory=dict)

    @classmethod
    def of(cls, dmmf: Mapping[str, Any], values: Values) -> SeedSchema:
        """Raises KavenError `seed_values_invalid`."""
        datamodel = dmmf["datamodel"]
        models = {model["name"]: {"": model} | _by_name(model["fields"]) for model in datamodel["models"]}
        enums = {enum["name"]: frozenset(_by_name(enum["values"])) for enum in datamodel["enums"]}
        schema = cls(models, enums, values)
        schema._check_values()
        return schema

    def has(self, model: str, field: str) -> bool:
        return field in self.models.get(model, ())

    def check(self, needs: Needs) -> None:
        """Raises KavenError `seed_schema_lacks`, `seed_value_missing`."""
        if lacking := tuple(self._lacking(needs)):
            raise KavenError(
                "seed_schema_lacks",
                f"the schema lacks what the data of the seed needs: {', '.join(lacking)}",
                help="seed a schema that keeps Kaven's base, or write your own seed with the client",
                exit_code=ExitCode.PROBLEMS,
            )
        if missing := tuple(self._without_value(needs)):
            model, name = missing[0].split(".")
            raise KavenError(
                "seed_value_missing",
                f"no value is known for what every row must have: {', '.join(missing)}",
                help=f'give one: kaven seed --values FILE, where FILE holds {{"{model}": {{"{name}": …}}}}',
                exit_code=ExitCode.PROBLEMS,
            )

    def row(self, model: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data as far as the model has such fields, and the developer's values beside them."""
        known = self.models[model]
        return {
            **self.values.get(model, {}),
            **{name: value for name, value in data.items() if name in known},
        }

    def table(self, model: str) -> str:
        """As SQL names it."""
        facts = self.models[model][""]
        names = (facts.get("schema"), facts.get("dbName") or model)
        return ".".join(_quoted(name) for name in names if name)

    def column(self, model: str, field: str) -> str:
        return _quoted(self.models[model][field].get("dbName") or field)

    def _lacking(self, needs: Needs) -> Iterator[str]:
        for name, parts in needs.items():
            if name in self.enums:
                yield from (f"{name}.{part}" for part in parts if part not in self.enums[name])
            elif name in self.models:
                yield from (f"{name}.{part}" for part in parts if part not in self.models[name])
            else:
                yield name

    def _without_value(self, needs: Needs) -> Iterator[str]:
        for name in needs.keys() & self.models.keys():
            known = {"", *needs[name], *self.values.get(name, ())}
            for column, facts in self.models[name].items():
                if column not in known and _wants_value(facts):
                    yield f"{name}.{column}"

    def _check_values(self) -> None:
        for model, fields in self.values.items():
            for name in fields:
                if not name or not self.has(model, name):
                    raise KavenError(
                        "seed_values_invalid",
                        f"the values name {model}.{name}, which the schema does not have",
                        help="mend the name in the file of --values",
                        exit_code=ExitCode.WRONG_USE,
                    )


def _by_name(items: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {item["name"]: item for item in items}


def _wants_value(facts: Mapping[str, Any]) -> bool:
    """Relations are no columns, a list may be empty."""
    is_column = facts["kind"] != "object" and facts["isRequired"] and not facts["isList"]
    return is_column and not facts["hasDefaultValue"] and not facts.get("isUpdatedAt")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
