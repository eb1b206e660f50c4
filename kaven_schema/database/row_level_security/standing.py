"""What the scripts of `kaven rls` have left standing, as far as they tell themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_FUNCTIONS = ("login", "memberships", "keep_global_role", "refuse_reference")
_NAME = r'(?:"[^"]+"\.)?"[^"]+"'
_SEEN = re.compile(
    rf"""^--\ kaven\ rls\ (?P<key>\S.*)\ (?P<digest>[0-9a-f]{{12}})$
    |^DROP\ TABLE\ (?:IF\ EXISTS\ )?(?P<table>{_NAME})
    |^(?P<verb>DROP|CREATE\ OR\ REPLACE)\ (?:
        TRIGGER\ (?:IF\ EXISTS\ )?(?P<trigger>"kaven_(?:reference|global_role)_[^"]+")
            (?:\ BEFORE\ \w+)?\ ON\ (?P<on>{_NAME})
        |FUNCTION\ (?:IF\ EXISTS\ )?(?P<function>"kaven_(?:sees_[^"]+|{"|".join(_FUNCTIONS)})")
            (?P<parameters>\([^)]*\)))""",
    re.MULTILINE | re.VERBOSE,
)
_OF_TABLE = ("table", "authentication", "references of", "global role", "view")
EARLIER = "0" * 12
"""The digest of a piece that stands in some earlier form, or not at all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`pieces` are digests by key; `triggers` tables by name, `functions` parameters by name, the last made first."""

    pieces: Mapping[str, str]
    triggers: Mapping[str, str]
    functions: Mapping[str, str]


def standing_after(scripts: Iterable[str]) -> Standing:
    """After all migrations, in their order; what went with its table is gone."""
    pieces: dict[str, str] = {}
    triggers: dict[str, str] = {}
    functions: dict[str, str] = {}
    for found in (found for script in scripts for found in _SEEN.finditer(script)):
        if found["key"]:
            pieces[found["key"]] = found["digest"]
        elif table := found["table"]:
            for kind in _OF_TABLE:
                pieces.pop(f"{kind} {table}", None)
            triggers = {name: on for name, on in triggers.items() if on != table}
        else:
            made = triggers if found["trigger"] else functions
            name = found["trigger"] or found["function"]
            made.pop(name, None)
            if found["verb"] != "DROP":
                made[name] = found["on"] or found["parameters"]
    return Standing(pieces, _last_first(triggers), _last_first(functions))


def _last_first(made: Mapping[str, str]) -> dict[str, str]:
    return dict(reversed(list(made.items())))


def stale_drops(before: Standing, wanted: Iterable[str]) -> Iterator[str]:
    """Statements that take away what stands and no `wanted` one makes; triggers first, for they call functions."""
    stays = standing_after(wanted)
    for name, table in before.triggers.items():
        if name not in stays.triggers:
            yield f"DROP TRIGGER IF EXISTS {name} ON {table};"
    for name, parameters in before.functions.items():
        if name not in stays.functions:
            yield f"DROP FUNCTION IF EXISTS {name}{parameters};"
