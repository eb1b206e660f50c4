"""An index over what must stay secret: a copy of it, sorted, that no query needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.documentation import of_members, text_of
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.index_lines import remove_index, without
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import field_node, name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.words import words
from kaven_schema.syntax.ast import Block
from kaven_schema.syntax.identity import OncePerTree

_HOLDING = frozenset(("String", "Json", "Bytes"))
_SECRETS = ("password", "passwd", "pwd", "passphrase", "secret", "secrets")
_PAIRS = (("backup", "code"), ("recovery", "code"), ("private", "key"))
# A secret that is looked up by its hash, and what only tells of a secret.
_LOOKED_UP = frozenset(("token", "tokens", "lookup", "fingerprint"))
_ABOUT = frozenset(
    ("algorithm", "arn", "at", "by", "count", "expiry", "hint", "id", "ids", "label", "name", "path")
    + ("policy", "provider", "question", "ref", "status", "type", "url", "version")
)
_SALTS = ("bcrypt", "argon2", "scrypt", "pbkdf2", "encrypted")
_SALTED = re.compile(rf"\b(?:{'|'.join(_SALTS)}|argon2\w*)\b", re.IGNORECASE)
_SEARCHABLE = re.compile(r"\b(?:token|blind index|hmac|lookup|look(?:ed)? up|deterministic)", re.IGNORECASE)


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    for index in entry.facts.indexes:
        if index.kind != "id" and entry.is_extended(index.place):
            secret = next((field for name in index.fields if (field := _secret(entry, name))), None)
            if secret:
                yield _finding(entry, index, secret)


def _secret(entry: Entry, name: str) -> FieldFacts | None:
    field = entry.facts.field(name)
    if field is None or field.type not in _HOLDING or _is_named_as_looked_up(name):
        return None
    return field if _is_named_secret(name) or _is_documented_secret(entry, field) else None


@lru_cache(maxsize=8192)
def _is_named_as_looked_up(name: str) -> bool:
    return not _LOOKED_UP.isdisjoint(words(name))


@lru_cache(maxsize=8192)
def _is_named_secret(name: str) -> bool:
    found = words(name)
    if not found or found[-1] in _ABOUT:
        return False
    pairs = {(first, second.removesuffix("s")) for first, second in pairwise(found)}
    return any(word in _SECRETS for word in found) or any(pair in pairs for pair in _PAIRS)


def _is_documented_secret(entry: Entry, field: FieldFacts) -> bool:
    if not _names_salt(entry.part(field.place).text.text):
        return False
    part, declared = field_node(entry, field)
    said = _documentation(part.block)[declared.name]
    return bool(_SALTED.search(said)) and not _SEARCHABLE.search(said)


@lru_cache(maxsize=16)
def _names_salt(text: str) -> bool:
    written = text.lower()
    return any(salt in written for salt in _SALTS)


@OncePerTree
def _documentation(block: Block) -> dict[str, str]:
    return {member.name: text_of(lines) for member, lines in of_members(block)}


def _finding(entry: Entry, index: IndexFacts, secret: FieldFacts) -> Finding:
    node = index_node(entry, index)
    fix = None
    if index.kind == "index" and len(index.fields) == 1:
        fix = Fix(f"remove `{node.shown}`", (remove_index(node),))
    return Finding(
        message=f"`{entry.name}.{secret.name}` is secret, and indexed",
        labels=(
            node.label("keeps a sorted copy"),
            name_place_label(entry, secret.name, secret.place, "holds a secret"),
        ),
        help=f"{without(node, secret.name)}; find the row by another field, then compare",
        fix=fix,
    )


RULE = Rule(
    slug="secret_not_indexed",
    severity=Severity.WARNING,
    summary="no index holds passwords, secrets or their salted hashes",
    check_block=check,
)
