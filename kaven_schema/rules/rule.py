"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.diagnostics import Fix, Label, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kaven_schema.syntax.ast import BlockKind
    from kaven_schema.syntax.parser import Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule saw: `labels[0]` is the place to change, further ones are the places it disagrees with."""

    message: str
    labels: tuple[Label, ...]
    help: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What of a project's settings rules may depend on."""

    dialect: Dialect = "5.17"
    provider: str = "postgresql"
    global_models: tuple[str, ...] = ()
    python_client: bool = True


@dataclass(frozen=True, slots=True)
class BlockContext:
    """One block by itself. A block rule sees no other block, only the kinds of those that it names.

    That is what lets its findings be kept until the block, or one of those kinds, changes. Labels must lie in the
    block's own parts.
    """

    entry: Entry
    kinds: Mapping[str, BlockKind]
    settings: RuleSettings


@dataclass(frozen=True, slots=True)
class SchemaContext:
    """The whole schema. A schema rule runs on every merge: it reads facts, and parses nothing."""

    catalog: Catalog
    settings: RuleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`slug` states the invariant; its page is docs/rules/<slug>.md. Exactly one of the two checks is given."""

    slug: str
    severity: Severity
    summary: str
    check_block: Callable[[BlockContext], Iterable[Finding]] | None = None
    check_schema: Callable[[SchemaContext], Iterable[Finding]] | None = None
