"""A project on a database of its own, taken through the steps of a plan."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import psycopg
import pytest

from kaven_schema.config import load_settings
from kaven_schema.database.expand.backfill import Backfill, BackfillOptions, backfill
from kaven_schema.database.expand.contracting import Contraction, contract
from kaven_schema.database.expand.expanding import Expansion, Order, expand
from kaven_schema.database.expand.plan import Plan, find_plan
from kaven_schema.database.expand.texts import Edits, PlanRefused
from kaven_schema.database.lint import lint_folder
from kaven_schema.database.migrations.deploy import Deployment, DeployOptions, deploy
from kaven_schema.database.migrations.develop import DevOptions, develop
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.migrations.states import comparing, schema_state
from kaven_schema.database.target import Target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import Diagnostic
from kaven_schema.engines.schema_engine import Database, Migrations
from kaven_schema.files import read_source
from kaven_schema.project import Project
from tests.database.servers import query

FIXTURES = Path(__file__).parent / "fixtures"
TODAY, LATER = date(2026, 11, 22), date(2027, 11, 22)


class World:
    def __init__(self, root: Path, url: DatabaseUrl) -> None:
        self.root, self.url = root, url
        self.target = Target(url, "the test", is_embedded=False)
        self.extended = root / "prisma" / "schema.extended.prisma"
        self.migrations = root / "prisma" / "migrations"
        self.extended.parent.mkdir(parents=True)
        (root / "kaven.toml").write_text("")
        shutil.copy(FIXTURES / "base.prisma", root / "prisma" / "schema.base.prisma")
        shutil.copy(FIXTURES / "extended.prisma", self.extended)

    @property
    def project(self) -> Project:
        """Opened anew: a Project reads its files once."""
        return Project(load_settings(self.root))

    def dev(self, title: str = "change") -> tuple[str, ...]:
        """The migrations that `kaven migrate dev` had to write beyond the plan's."""
        project = self.project
        run = project.merge()
        assert not run.failed, run.diagnostics
        result = develop(project, self.target, DevOptions(title=title, owner="dev", create_only=False))
        assert not result.deployment.diagnostics, result.deployment.diagnostics
        assert not result.drift
        return tuple(one.name for one in result.written)

    def deploy(self) -> Deployment:
        return deploy(self.url, read_folder(self.migrations), DeployOptions())

    def expand(self, kind: str, field: str, becomes: str = "", **options: str) -> Expansion:
        """With what it says typed in."""
        order = Order(kind=kind, field=field, becomes=becomes, **options)
        made = expand(self.project, self.target, order)
        self.type(made.edits)
        return made

    def type(self, edits: Edits | None) -> None:
        assert edits is not None
        edits.write(self.root)

    def edit(self, old: str, new: str) -> None:
        text = self.extended.read_text(encoding="utf-8")
        assert old in text
        self.extended.write_text(text.replace(old, new, 1), encoding="utf-8")

    def fill(self, plan: Plan, *, batch: int = 7, rate: float | None = None) -> Backfill:
        return backfill(self.url, plan, BackfillOptions(batch=batch, rate=rate))

    def contract(self, plan: Plan) -> Contraction:
        """Its next step, with what it says typed in."""
        now = find_plan(self.project.output, plan.name)
        made = contract(self.project, self.target, now, today=TODAY, expires=LATER)
        self.type(made.edits)
        return made

    def refused(self, plan: Plan) -> tuple[tuple[Diagnostic, ...], Edits | None]:
        with pytest.raises(PlanRefused) as refused:
            self.contract(plan)
        return refused.value.diagnostics, refused.value.edits

    def differences(self) -> str:
        """Between what migrations give, the merged schema and the database; empty where all are the same."""
        project = self.project
        assert not project.merge().failed
        schema = schema_state(read_source(project.output))
        states = Migrations(self.migrations), Database(str(self.url))
        with comparing(project.settings, self.target, states) as comparison:
            return "".join(comparison.difference(state, schema).summary for state in states)

    def lint(self) -> list[str]:
        return [one.rule for one in lint_folder(self.migrations, today=TODAY)]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return query(self.url, sql)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url.conninfo(), password=self.url.password, autocommit=True)
