"""A plan: what is to become of one column, and which of its steps are written. One committed file each."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import read_source, shown_path, write_atomically

RENAME, RETYPE, REQUIRE, DROP = KINDS = ("rename", "retype", "require", "drop")
_HEAD = (
    "# Written by `kaven migrate expand`; `backfill` and `contract` read it. Commit it with the migrations.\n"
)
_LONGEST_OBJECT = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One change, by the names of the database; `field` is the developer's.

    `new_column` is empty where there is none (require, drop). `fill` is the SQL that gives the filled column its
    value from a row, `back` the one that gives the old column its value from the new one. `is_required` says that
    the filled column takes no null in the end, `was_required` that the old one has to be loosened for that.
    `typed` is the second field as the first step says to type it.
    """

    name: str
    kind: str
    model: str
    field: str
    schema: str
    table: str
    column: str
    new_column: str = ""
    fill: str = ""
    back: str = ""
    is_required: bool = False
    was_required: bool = False
    typed: str = ""
    expand: tuple[str, ...] = ()
    tighten: tuple[str, ...] = ()
    contract: tuple[str, ...] = ()

    @property
    def filled(self) -> str:
        """The column that the backfill fills; empty where there is nothing to fill."""
        return "" if self.kind == DROP else self.new_column or self.column

    @property
    def old(self) -> str:
        """The column that goes in the end; empty where none does."""
        return "" if self.kind == REQUIRE else self.column

    @property
    def object(self) -> str:
        """The name of the plan's trigger, function and constraint."""
        name = f"kaven_{self.name}"
        if len(name) <= _LONGEST_OBJECT:
            return name
        return f"{name[: _LONGEST_OBJECT - 9]}_{sha256(name.encode()).hexdigest()[:8]}"

    def with_steps(self, **steps: tuple[str, ...]) -> Plan:
        return replace(self, **steps)  # type: ignore[arg-type]


def plan_name(kind: str, model: str, field: str) -> str:
    """As a migration can be called: small letters, digits and `_`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", f"{kind}_{model}_{field}")
    name = re.sub(r"[^a-z0-9_]", "", words.lower())[:150]
    return name if words.isascii() else f"{name}_{sha256(words.encode()).hexdigest()[:6]}"


def plans_folder(output: Path) -> Path:
    """Beside the merged schema."""
    return output.parent / "plans"


def plan_path(output: Path, name: str) -> Path:
    return plans_folder(output) / f"{name}.toml"


def read_plans(output: Path) -> tuple[Plan, ...]:
    """All of them, by name. Raises KavenError `plan_file_invalid`."""
    return tuple(_read(path) for path in sorted(plans_folder(output).glob("*.toml")))


def find_plan(output: Path, name: str) -> Plan:
    """Raises KavenError `plan_unknown`."""
    plans = read_plans(output)
    found = next((plan for plan in plans if plan.name == name), None)
    if found is None:
        known = ", ".join(plan.name for plan in plans)
        raise KavenError(
            "plan_unknown",
            f"there is no plan {name}",
            help=f"name one of: {known}" if known else "begin one: kaven migrate expand --help",
            exit_code=ExitCode.WRONG_USE,
        )
    return found


def write_plan(output: Path, plan: Plan, *, root: Path) -> Path:
    path = plan_path(output, plan.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {field.name: getattr(plan, field.name) for field in fields(Plan) if field.name != "name"}
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value not in ("", False)]
    write_atomically(path, _HEAD + "\n".join(lines) + "\n", root=root)
    return path


def _toml(value: object) -> str:
    """JSON is TOML here, but for the one control character that JSON leaves as it is."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> Plan:
    import tomllib

    try:
        table = tomllib.loads(read_source(path).text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(path, str(error)) from None
    known = {field.name: field for field in fields(Plan)}
    values: dict[str, Any] = {"name": path.stem}
    for key, value in table.items():
        if key not in known or key == "name":
            raise _invalid(path, f"there is no key {key}")
        is_steps = key in ("expand", "tighten", "contract")
        values[key] = tuple(value) if is_steps and isinstance(value, list) else value
        wanted = tuple if is_steps else bool if key.endswith("_required") else str
        if not isinstance(values[key], wanted):
            raise _invalid(path, f"{key} has the wrong type")
    missing = [key for key in ("kind", "model", "field", "table", "column") if not values.get(key)]
    if missing or values["kind"] not in KINDS:
        raise _invalid(path, f"lacks {missing[0]}" if missing else f"there is no kind {values['kind']}")
    return Plan(**{"schema": "", **values})


def _invalid(path: Path, problem: str) -> KavenError:
    return KavenError(
        "plan_file_invalid",
        f"{shown_path(path)}: {problem}",
        help="restore it from version control: `kaven migrate expand` writes it whole",
        exit_code=ExitCode.PROBLEMS,
    )
