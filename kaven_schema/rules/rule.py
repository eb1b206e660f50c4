"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.diagnostics import Fix, Label, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kaven_schema.syntax.ast import BlockKind
    from kaven_schema.syntax.dialect import Dialect


class Finding(NamedTuple):
    """What a rule saw: `labels[0]` is the place to change, further ones are the places it disagrees with."""

    message: str
    labels: tuple[Label, ...]
    help: str
    fix: Fix | None = None


class RuleSettings(NamedTuple):
    """What of a project's settings rules may depend on."""

    dialect: Dialect = "5.17"
    provider: str = "postgresql"
    global_models: tuple[str, ...] = ()
    python_client: bool = True


class BlockContext(NamedTuple):
    """One block by itself. A block rule sees no other block, only the kinds of those that it names.

    That is what lets its findings be kept until the block, or one of those kinds, changes. Labels must lie in the
    block's own parts.
    """

    entry: Entry
    kinds: Mapping[str, BlockKind]
    settings: RuleSettings


class SchemaContext(NamedTuple):
    """The whole schema. A schema rule runs on every merge: it reads facts, and parses nothing."""

    catalog: Catalog
    settings: RuleSettings


class Rule(NamedTuple):
    """`slug` states the invariant; its page is docs/rules/<slug>.md. Exactly one of the two checks is given."""

    slug: str
    severity: Severity
    summary: str
    check_block: Callable[[BlockContext], Iterable[Finding]] | None = None
    check_schema: Callable[[SchemaContext], Iterable[Finding]] | None = None
