"""The examples on the pages of the lints: the first one is wrong, and those behind it are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kaven_schema.rules.lints import LINTS
from tests.rules.compiling import compile_texts

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "rules"
BASE = """\
generator client {
  provider = "prisma-client-py"
}

datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Tenant {
  id String @id
}

model User {
  id           String @id
  passwordHash String
}

model Invoice {
  id       String @id
  tenantId String
}
"""


@pytest.mark.parametrize("slug", [rule.slug for rule in LINTS])
def test_examples(slug: str) -> None:
    page = (PAGES / f"{slug}.md").read_text(encoding="utf-8")
    wrong, *right = re.findall(r"```prisma\n(.*?)```", page, re.DOTALL)
    assert found(slug, wrong)
    assert right
    for example in right:
        assert not found(slug, example), example


def found(slug: str, extended: str) -> list[str]:
    project = compile_texts({"base.prisma": BASE, "extended.prisma": extended})
    assert not project.syntax_errors()
    return [diagnostic.message for diagnostic in project.diagnostics(slug)]
