"""Every rule, once."""

from __future__ import annotations

from kaven_schema.rules.lints import LINTS
from kaven_schema.rules.rule import Rule

STRUCTURE: tuple[Rule, ...] = ()

RULES = (*STRUCTURE, *LINTS)
