"""What is compared with what, and the targets that the project set itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.backup import backing_up
from benchmarks.comparators import (
    PRISMA_FORMAT,
    PRISMA_IMPORT,
    comparator_environment,
    install_comparators,
    prisma_format,
    prisma_import,
)
from benchmarks.docs import documenting
from benchmarks.from_nothing import seeding
from benchmarks.importing import importing
from benchmarks.measure import Result, Runner, Unit, take_turns
from benchmarks.migrating import deploying
from benchmarks.numbering import numbering
from benchmarks.project import BenchProject, python_command
from benchmarks.queries import querying
from benchmarks.table import Row
from benchmarks.tenancy import tenancy

_MODELS, _FEW, _MANY = 262, 200, 2000
_START_UP = "kaven --version"
_IMPORT_CLICK = 'python -c "import click"'
_NOTHING = "kaven merge, from nothing"
_ONE_BLOCK = "kaven merge, one block changed"
_UNCHANGED = "kaven merge, nothing changed"
_OUR_RULES = "kaven check --no-official"
_ALL_RULES = "kaven check"
_TARGETS = {_NOTHING: 0.4, _ONE_BLOCK: 0.2, _UNCHANGED: 0.1}


class Bench:
    """The folder to measure in, how often, and whom to tell how far it is."""

    def __init__(
        self,
        folder: Path,
        rounds: int,
        announce: Callable[[str], None],
        *,
        large_client: bool = False,
        backup_users: int,
    ) -> None:
        self.folder = folder
        self.rounds = rounds
        self.announce = announce
        self.large_client = large_client
        self.backup_users = backup_users
        self.sizes: list[str] = []
        self.modules = install_comparators()
        self.environment = comparator_environment(folder)

    def rows(self) -> list[Row]:
        return [
            *self._merging(),
            *self._growing(),
            *self._starting(),
            *deploying(self),
            *importing(self),
            *querying(self),
            *seeding(self),
            *numbering(self),
            *backing_up(self),
            *documenting(self),
            *tenancy(self),
        ]

    def _project(self, name: str, models: int) -> BenchProject:
        project = BenchProject(self.folder / name, models)
        project.merge()
        return project

    def _formatted(self, project: BenchProject) -> Runner:
        """`prisma format` on a copy of the project's merged schema."""
        self.sizes.append(f"merged schema: {project.size()}")
        copy = self.folder / "formatted" / f"{project.root.name}.prisma"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(project.schema.read_bytes())
        return prisma_format(self.modules, copy, self.environment)

    def _turns(self, title: str, *runners: Runner) -> dict[str, Result]:
        return take_turns(runners, self.rounds, lambda line: self.announce(f"{title}: {line}"))

    def _merging(self) -> list[Row]:
        fresh, warm, checked = (self._project(name, _MODELS) for name in ("fresh", "warm", "checked"))
        concatenated = self.folder / "concatenated.prisma"
        results = self._turns(
            f"{_MODELS} models",
            fresh.kaven(_NOTHING, "merge", prepare=fresh.forget),
            warm.kaven(_ONE_BLOCK, "merge", prepare=warm.change_one_block),
            warm.kaven(_UNCHANGED, "merge"),
            checked.kaven(_OUR_RULES, "check", "--no-official", prepare=checked.forget),
            checked.kaven(_ALL_RULES, "check", prepare=checked.forget),
            self._formatted(warm),
            prisma_import(self.modules, warm.root, concatenated, self.environment),
        )
        format_result = results[PRISMA_FORMAT]
        return [
            *(
                Row(
                    what=what,
                    ours=results[what],
                    against=PRISMA_FORMAT,
                    theirs=format_result,
                    target=_TARGETS.get(what),
                )
                for what in (_NOTHING, _ONE_BLOCK, _UNCHANGED, _OUR_RULES, _ALL_RULES)
            ),
            Row(what=_NOTHING, ours=results[_NOTHING], against=PRISMA_IMPORT, theirs=results[PRISMA_IMPORT]),
            *(
                Row(
                    what=f"{what}: memory",
                    ours=results[what],
                    against=PRISMA_FORMAT,
                    theirs=format_result,
                    unit="peak",
                )
                for what in (_NOTHING, _UNCHANGED)
            ),
        ]

    def _growing(self) -> list[Row]:
        few, many = (self._project(str(models), models) for models in (_FEW, _MANY))
        small, large = (f"kaven merge of {models:,} models" for models in (_FEW, _MANY))
        results = self._turns(
            f"{_FEW:,} and {_MANY:,} models",
            few.kaven(_START_UP, "--version"),
            few.kaven(small, "merge", prepare=few.forget),
            many.kaven(large, "merge", prepare=many.forget),
            self._formatted(many),
        )

        def row(what: str, target: float | None = None, unit: Unit = "cpu") -> Row:
            format_result = results[PRISMA_FORMAT]
            return Row(
                what=what,
                ours=results[large],
                against=PRISMA_FORMAT,
                theirs=format_result,
                target=target,
                unit=unit,
            )

        def per_model(what: str, start_up: Result | None) -> Row:
            return Row(
                what=what,
                ours=results[large],
                against=f"that at {_FEW:,}",
                theirs=results[small],
                target=1.2,
                shares=(_MANY, _FEW),
                start_up=start_up,
            )

        return [
            row(large),
            row(f"{large}: memory", target=1, unit="peak"),
            per_model(f"cost of a model at {_MANY:,}", None),
            per_model(f"cost of a model at {_MANY:,}, without start-up", results[_START_UP]),
        ]

    def _starting(self) -> list[Row]:
        project = self._project("start-up", 13)
        import_click = python_command(_IMPORT_CLICK, "import click", self.folder)
        results = self._turns("start-up", project.kaven(_START_UP, "--version"), import_click)
        ours, theirs = results[_START_UP], results[_IMPORT_CLICK]
        return [Row(what=_START_UP, ours=ours, against=_IMPORT_CLICK, theirs=theirs, target=2)]
