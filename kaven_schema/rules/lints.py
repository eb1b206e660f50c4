"""The lints, in the order in which they run."""

from __future__ import annotations

from kaven_schema.rules.rule import Rule

LINTS: tuple[Rule, ...] = ()
