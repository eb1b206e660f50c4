"""Documented schemas for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kaven_schema.api import merge
from kaven_schema.diagnostics import Severity
from kaven_schema.docs.reading import read_schema
from kaven_schema.docs.schema import DocumentedSchema
from kaven_schema.pipeline import CompilerOptions, Merged
from kaven_schema.source import Source

TOP = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
DATASOURCE = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
_OPTIONS = CompilerOptions(
    python_client=False, severities={"tenant_scoped": Severity.OFF, "name_is_valid": Severity.OFF}
)


def merged(base: Path, extended: Path) -> Merged:
    """Paths as a user in the folder would see them."""
    sources = [Source(str(path), path.read_text(encoding="utf-8")) for path in (base, extended)]
    return merge(sources[0], sources[1:], options=_OPTIONS)


@cache
def example_merged() -> Merged:
    prisma = TOP / "prisma"
    return merged(prisma / "schema.base.prisma", prisma / "schema.extended.prisma")


@cache
def example() -> DocumentedSchema:
    return read_schema(example_merged(), "Kaven database schema", TOP)


@cache
def tricky_merged() -> Merged:
    return merged(FIXTURES / "tricky" / "base.prisma", FIXTURES / "tricky" / "extended.prisma")


@cache
def tricky() -> DocumentedSchema:
    return read_schema(tricky_merged(), 'A "title" & <more>', FIXTURES / "tricky")


@cache
def large() -> DocumentedSchema:
    """Of 75 models."""
    return _made(75)


@cache
def huge() -> DocumentedSchema:
    """Of 262 models."""
    return _made(262)


def _made(models: int) -> DocumentedSchema:
    from benchmarks.schemas import make_layers

    layers = make_layers(models)
    found = merge(Source("base.prisma", layers.base), [Source("extended.prisma", layers.extended)])
    return read_schema(found, "Large", Path.cwd())


def of_text(text: str, provider: str = "postgresql") -> DocumentedSchema:
    """Of models alone, all of them base's."""
    datasource = DATASOURCE.replace("postgresql", provider)
    found = merge(Source("base.prisma", datasource + text), options=_OPTIONS)
    return read_schema(found, "Some", Path.cwd())
