"""What holds of every update, for random schemas and random additive releases."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

from hypothesis import assume
from hypothesis import strategies as st

from kaven_schema.diagnostics import Severity
from kaven_schema.proof.base_stands import find_losses
from kaven_schema.rules.registry import RULES
from kaven_schema.source import Source
from kaven_schema.update.plan import Plan, State, make_plan
from kaven_schema.update.release import Manifest, Release, Version
from kaven_schema.update.release.packing import pack
from tests.laws.compiling import NO_RULES, comments, declarations
from tests.laws.complete import Layers, Line, Unit, layers
from tests.laws.law import law
from tests.projects import files
from tests.update.projects import update
from tests.update.vendor import shelf


@dataclass(frozen=True, repr=False)
class Vendor:
    """Three bases, each with additions to the one before; extended has some of these already."""

    layers: Layers
    bases: tuple[tuple[Unit, ...], ...]
    own: tuple[Unit, ...]

    def __repr__(self) -> str:
        return "\n".join(map(repr, (*map(self.text, range(3)), *self.state().extended)))

    def state(self) -> State:
        base = Source("base.prisma", self.text(0))
        return State(base, (*self.layers.extended_sources, self.own_source()), NO_RULES)

    def own_source(self) -> Source:
        return Source("own.prisma", self.layers.layout.text(self.own))

    def text(self, number: int) -> str:
        return self.layers.layout.text(self.bases[number])

    def releases(self) -> list[Release]:
        return [
            Release(manifest(number), Source(f"{number}.prisma", self.text(number)), (), f"{number}")
            for number in (1, 2)
        ]


def manifest(number: int) -> Manifest:
    version = Version(1, number, 0)
    previous = Version(1, number - 1, 0) if number else None
    return Manifest(name="acme", version=version, date=date(2026, 1, 1), previous=previous)


@st.composite
def vendors(draw: st.DrawFn) -> Vendor:
    found = draw(layers())
    bases = [found.base]
    own: dict[tuple[str, str], list[Line]] = {}
    whole: list[Unit] = []
    for step in (1, 2):
        units = list(bases[-1])
        for number, unit in enumerate(units):
            is_old = unit.kind in ("model", "enum") and not unit.name.startswith("Added")
            if is_old and draw(st.booleans()):
                added = draw(_additions(unit, step))
                units[number] = replace(unit, lines=(*unit.lines, *added))
                kept = [line for line in added if line.name and draw(st.booleans())]
                own.setdefault((unit.kind, unit.name), []).extend(_said(draw, line) for line in kept)
        if draw(st.booleans()):
            model = Unit("model", f"Added{step}", (Line("id", "Int @id"), Line("text", "String?")))
            units.insert(draw(st.integers(0, len(units))), model)
            if draw(st.booleans()):
                whole.append(model)
        bases.append(tuple(units))
    extensions = [Unit(*name, tuple(lines)) for name, lines in own.items() if lines]
    return Vendor(found, tuple(bases), (*extensions, *whole))


@st.composite
def _additions(draw: st.DrawFn, unit: Unit, step: int) -> tuple[Line, ...]:
    if unit.kind == "enum":
        return (Line(f"ADDED_{step}", ""),)
    kinds = st.sampled_from(["String?", "Int @default(3)", "DateTime[]", f'Json? @map("stored_{step}")'])
    lines = [Line(f"added{step}x{number}", draw(kinds)) for number in range(draw(st.integers(1, 2)))]
    index = Line("", f"@@index([added{step}x0, id])")
    return (*lines[:1], *([index] if draw(st.booleans()) and "Json" not in lines[0].text else []))


def _said(draw: st.DrawFn, line: Line) -> Line:
    """With comments of the developer's own."""
    above = draw(st.sampled_from([(), ("/// mine",), ("// one", "/// two")]))
    return replace(line, above=above, behind=draw(st.sampled_from(["", "// behind", "/// said"])))


def planned(state: State, releases: list[Release]) -> Plan:
    plan = make_plan(state, releases, adopt=True)
    problems = "\n".join(f"{one.rule}: {one.message}" for one in plan.diagnostics)
    assert plan.is_clear, "\n".join([problems, *texts(state), *(one.base.text for one in releases)])
    return plan


def texts(state: State) -> list[str]:
    return [state.base.text, *(source.text for source in state.extended)]


@law(vendors())
def test_at_once_is_step_by_step(vendor: Vendor) -> None:
    first, second = vendor.releases()
    whole = planned(vendor.state(), [first, second])
    by_steps = planned(planned(vendor.state(), [first]).after, [second])
    assert texts(whole.after) == texts(by_steps.after)
    assert whole.text == by_steps.text


@law(vendors())
def test_nothing_is_left_to_do(vendor: Vendor) -> None:
    after = planned(vendor.state(), vendor.releases()).after
    again = planned(after, [replace(vendor.releases()[1])])
    assert texts(again.after) == texts(after)
    assert not again.steps[0].additions
    assert not again.steps[0].adoptions


@law(vendors())
def test_nothing_of_the_developers_is_lost(vendor: Vendor) -> None:
    before = vendor.state()
    plan = planned(before, vendor.releases())
    stands = declarations(plan.text)
    for source in before.extended:
        for name, lines in declarations(source.text).items():
            own = {line for line in lines if not line.endswith("{") and line != "}"}
            bare = {line.partition(" //")[0] for line in stands[name]}
            assert {line.partition(" //")[0] for line in own} <= bare
    said = _words(comments("\n".join(source.text for source in before.extended)))
    left = _words(comments("\n".join(source.text for source in plan.after.extended)))
    assert not said - left


def _words(found: Counter[str]) -> Counter[str]:
    """Comments without their slashes, and without what an adoption says before them."""
    plain = Counter[str]()
    for text, count in found.items():
        words = text.lstrip("/").strip()
        plain[words.partition(": ")[2] if ", in base since " in words else words] += count
    plain.pop("", None)
    return plain


@law(vendors())
def test_every_declaration_of_the_release_stands_in_the_merged_schema(vendor: Vendor) -> None:
    plan = planned(vendor.state(), vendor.releases())
    assert plan.after.base.text == vendor.text(2)
    assert not find_losses(plan.after.base.text, plan.text)


@law(vendors(), st.randoms(use_true_random=False))
def test_the_order_of_blocks_does_not_matter(vendor: Vendor, random: Random) -> None:
    shuffled = replace(
        vendor,
        bases=tuple(tuple(random.sample(base, len(base))) for base in vendor.bases),
        own=tuple(random.sample(vendor.own, len(vendor.own))),
    )
    plans = [make_plan(one.state(), one.releases()) for one in (vendor, shuffled)]
    found = [
        (
            sorted(
                (step.release.origin, one.kind, one.path) for step in plan.steps for one in step.additions
            ),
            sorted(one.path for step in plan.steps for one in step.adoptions),
            sorted((one.rule, one.message) for one in plan.diagnostics if one.severity is Severity.ERROR),
        )
        for plan in plans
    ]
    assert found[0] == found[1]


@law(vendors(), examples=8)
def test_back_again_leaves_not_a_byte(vendor: Vendor) -> None:
    from kaven_schema.config import load_settings
    from kaven_schema.project import Project
    from kaven_schema.update.rollback import apply_rollback, plan_rollback

    assume(vendor.text(0) != vendor.text(2))
    with tempfile.TemporaryDirectory() as folder:
        root = _project(vendor, Path(folder))
        Project(load_settings(root)).merge()
        before = files(root)
        update(root, adopt=True)
        assert (root / "prisma" / "schema.base.prisma").read_bytes().decode() == vendor.text(2)
        rollback = plan_rollback(load_settings(root))
        assert rollback.is_clear
        apply_rollback(rollback, lambda: None)
        assert files(root) == before


def _project(vendor: Vendor, folder: Path) -> Path:
    shelf(folder / "vendor", [pack(manifest(number), vendor.text(number)) for number in range(3)])
    root = folder / "project"
    (root / "prisma" / "own").mkdir(parents=True)
    rules = "".join(f'{rule.slug} = "off"\n' for rule in RULES)
    settings = f'releases = "../vendor"\nclient = false\nextended = "prisma/own"\n\n[rules]\n{rules}'
    (root / "kaven.toml").write_text(settings)
    (root / "prisma" / "schema.base.prisma").write_bytes(vendor.text(0).encode())
    for source in vendor.state().extended:
        (root / "prisma" / "own" / Path(source.path).name).write_bytes(source.text.encode())
    return root
