"""Random schemas that Prisma accepts as a whole, taken apart into base and extended where a law needs both.

What a schema says is drawn first, as blocks of lines; how it is laid out comes from a random number generator, so
that a failing example shrinks to a small schema in a plain layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from hypothesis import strategies as st

from kaven_schema.source import Source
from tests.laws import pieces

_SCALARS = (
    "String",
    "String? @db.VarChar(255)",
    'String @default("a } // b")',
    'String @default(dbgenerated("gen_random_uuid()")) @db.Uuid',
    "String[]",
    'String @default("é 名 🎉 @{x}")',
    "Int @default(-7)",
    "Int[] @default([1, 2, 3])",
    "Int @default(autoincrement())",
    "BigInt?",
    "Float @default(1.50)",
    "Decimal @default(0) @db.Decimal(10, 2)",
    "Boolean @default(true)",
    "DateTime @default(now()) @db.Timestamptz(6)",
    "DateTime @default(now()) @updatedAt",
    'Json @default("{\\"a\\": [1, {}]}")',
    "Bytes?",
    'Unsupported("tsvector")?',
    'Unsupported("circle")? @default(dbgenerated("\'<(10,4),11>\'::circle"))',
)
_IDS = (
    "Int @id @default(autoincrement())",
    "String @id @default(uuid())",
    "String @id @default(cuid()) @db.VarChar(30)",
)
_ACTIONS = ("", ", onDelete: Cascade", ", onDelete: Restrict, onUpdate: NoAction")


@dataclass(frozen=True)
class Line:
    """One declaration: `name` is empty for a block attribute; comments stand above it and behind it."""

    name: str
    text: str
    above: tuple[str, ...] = ()
    behind: str = ""
    gap: bool = False


@dataclass(frozen=True)
class Unit:
    """A block, or the part of one that is in extended; the comments above belong to it."""

    kind: str
    name: str
    lines: tuple[Line, ...]
    above: tuple[str, ...] = ()
    behind_opening: str = ""
    behind_closing: str = ""


@dataclass(frozen=True)
class Layout:
    """`seed` 0 is the plain layout."""

    seed: int = 0
    newline: str = "\n"

    def text(self, units: Iterable[Unit]) -> str:
        noise = Random(self.seed)
        lines = [line for unit in units for line in self._unit(unit, noise)]
        return self.newline.join(lines).removesuffix(self.newline) + self.newline

    def _unit(self, unit: Unit, noise: Random) -> list[str]:
        opening = f" {unit.behind_opening}" if unit.behind_opening else ""
        closing = f" {unit.behind_closing}" if unit.behind_closing else ""
        body = [shown for line in unit.lines for shown in self._line(line, noise)]
        # Whatever a line takes of the noise, the empty lines behind a block stay as many.
        empty = [""] * (Random(f"{self.seed} {unit.name}").randrange(3) if self.seed else 1)
        return [*unit.above, f"{unit.kind} {unit.name} {{{opening}", *body, f"}}{closing}", *empty]

    def _line(self, line: Line, noise: Random) -> list[str]:
        indent = noise.choice(("", " ", "  ", "\t", "\u3000")) if self.seed else "  "
        text = _loosely(line.text, noise) if self.seed and "\\" not in line.text else line.text
        between = noise.choice(pieces.BLANKS) if self.seed else " "
        behind = f" {line.behind}" if line.behind else ""
        shown = f"{indent}{line.name}{between if line.name else ''}{text}{behind}"
        return [*([""] * line.gap), *(indent + comment for comment in line.above), shown]


def _loosely(text: str, noise: Random) -> str:
    """Types take no blanks inside, attributes and values do."""
    type_, attributes, rest = text.partition("@") if text[:1] not in ("@", "=") else ("", "", text)
    return type_ + attributes + pieces.loosely(rest, noise)


@dataclass(frozen=True, repr=False)
class Layers:
    """A complete schema taken apart: a base, and the extended files by name."""

    whole: tuple[Unit, ...]
    base: tuple[Unit, ...]
    files: tuple[tuple[str, tuple[Unit, ...]], ...]
    layout: Layout

    def __repr__(self) -> str:
        return "\n".join(repr(source) for source in (self.base_source, *self.extended_sources))

    @property
    def base_source(self) -> Source:
        return Source("prisma/base.prisma", self.layout.text(self.base))

    @property
    def extended_sources(self) -> tuple[Source, ...]:
        return tuple(Source(f"prisma/{name}", self.layout.text(units)) for name, units in self.files)


def layouts() -> st.SearchStrategy[Layout]:
    newlines = st.sampled_from(["\n", "\n", "\r\n"])
    return st.builds(Layout, seed=st.one_of(st.just(0), st.integers(0, 2**16)), newline=newlines)


@st.composite
def units(draw: st.DrawFn) -> tuple[Unit, ...]:
    """A complete PostgreSQL schema."""
    enums = tuple(draw(_enum(f"Enum{number}")) for number in range(draw(st.integers(0, 2))))
    models = [draw(_model(f"Model{number}", enums)) for number in range(draw(st.integers(1, 4)))]
    for number in range(draw(st.integers(0, 4))):
        draw(_relation(models, number))
    views = [draw(_view(f"View{number}")) for number in range(draw(st.integers(0, 1)))]
    shuffled = draw(st.permutations([*enums, *models, *views]))
    return tuple(draw(_commented(unit)) for unit in (*_config(), *shuffled))


def texts() -> st.SearchStrategy[str]:
    return st.builds(Layout.text, layouts(), units())


@st.composite
def layers(draw: st.DrawFn) -> Layers:
    """Every block in base, in extended, or divided between the two; order in each as in the whole."""
    whole = draw(units())
    base: list[Unit] = []
    files: list[list[Unit]] = [[] for _ in range(draw(st.integers(1, 3)))]
    for unit in whole:
        where = "base" if unit.kind in ("generator", "datasource") else draw(st.sampled_from(_WHERE))
        if where == "extended":
            draw(st.sampled_from(files)).append(unit)
            continue
        stays, *moves = draw(_divided(unit, len(files))) if where == "both" else [unit]
        base.append(stays)
        for file, part in zip(files, moves, strict=False):
            if part.lines:
                file.append(part)
    named = tuple((f"part{number}.prisma", tuple(file)) for number, file in enumerate(files))
    return Layers(whole, tuple(base), named, draw(layouts()))


_WHERE = ("base", "extended", "both", "both")


@st.composite
def _divided(draw: st.DrawFn, unit: Unit, files: int) -> list[Unit]:
    """The part that stays in base, which keeps what identifies the block, and one part for each extended file."""
    parts: list[list[Line]] = [[] for _ in range(files + 1)]
    for number, line in enumerate(unit.lines):
        movable = number > 0 and not line.text.startswith(("@@map", "@@id"))
        parts[draw(st.integers(0, files)) if movable else 0].append(line)
    first = replace(unit, lines=tuple(parts[0]))
    # Documentation above an extension would add to that of the whole.
    above = _comments_above().map(lambda comments: tuple(map(_plain, comments)))
    return [first, *(Unit(unit.kind, unit.name, tuple(part), draw(above)) for part in parts[1:])]


def _config() -> tuple[Unit, ...]:
    provider, url = Line("provider", '= "postgresql"'), Line("url", '= env("DATABASE_URL")')
    client, preview = Line("provider", '= "prisma-client-js"'), Line("previewFeatures", '= ["views"]')
    return (Unit("datasource", "db", (provider, url)), Unit("generator", "client", (client, preview)))


@st.composite
def _enum(draw: st.DrawFn, name: str) -> Unit:
    values = [
        Line(f"VALUE_{number}", draw(st.sampled_from(["", "", f'@map("stored {number}")'])))
        for number in range(draw(st.integers(1, 3)))
    ]
    mapped = draw(st.sampled_from([(), (Line("", f'@@map("{name.lower()}")'),)]))
    return Unit("enum", name, (*values, *mapped))


@st.composite
def _model(draw: st.DrawFn, name: str, enums: tuple[Unit, ...]) -> Unit:
    kinds = [*_SCALARS, *(f"{enum.name}? @default({enum.lines[0].name})" for enum in enums)]
    lines = [Line("id", draw(st.sampled_from(_IDS)))]
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(kinds))
        mapped = draw(st.sampled_from(["", "", f' @map("column {number}")']))
        lines.append(Line(f"field{number}", kind + mapped))
    attributes = draw(st.lists(st.sampled_from(_block_attributes(name, lines)), max_size=3, unique=True))
    return Unit("model", name, (*lines, *(Line("", attribute) for attribute in attributes)))


def _block_attributes(name: str, lines: list[Line]) -> list[str]:
    fields = [line.name for line in lines if not line.text.startswith(("Json", "Unsupported"))]
    choices = [
        f'@@map("{name.lower()}s")',
        f'@@unique([id, {fields[-1]}], map: "u_{name}")' if fields[1:] else "@@unique([id])",
    ]
    return [
        *choices,
        *(f"@@index([{field}(sort: Desc)])" for field in fields),
        f'@@index([id], map: "i_{name}")',
    ]


@st.composite
def _relation(draw: st.DrawFn, models: list[Unit], number: int) -> None:
    """Adds a foreign key, its relation and the opposite, each somewhere behind its model's `id`."""
    holder, target = draw(st.integers(0, len(models) - 1)), draw(st.integers(0, len(models) - 1))
    type_ = models[target].lines[0].text.split()[0]
    key, action = f"key{number}", draw(st.sampled_from(_ACTIONS))
    named = f'"relation {number}", fields: [{key}], references: [id]{action}'
    opposite = draw(st.sampled_from(["[]", "?"]))
    unique = " @unique" if opposite == "?" else ""
    native = " @db.VarChar(30)" if "@db.VarChar(30)" in models[target].lines[0].text else ""
    added = [
        (holder, Line(key, f"{type_}{unique}{native}")),
        (holder, Line(f"one{number}", f"{models[target].name} @relation({named})")),
        (target, Line(f"other{number}", f'{models[holder].name}{opposite} @relation("relation {number}")')),
    ]
    for index, line in added:
        model = models[index]
        fields = sum(bool(line.name) for line in model.lines)
        place = draw(st.integers(1, fields))
        models[index] = replace(model, lines=(*model.lines[:place], line, *model.lines[place:]))


@st.composite
def _view(draw: st.DrawFn, name: str) -> Unit:
    fields = [
        Line(f"field{number}", draw(st.sampled_from(["String?", "Int", "Decimal @db.Decimal(10, 2)"])))
        for number in range(2)
    ]
    return Unit("view", name, (Line("id", "Int @unique"), *fields))


@st.composite
def _commented(draw: st.DrawFn, unit: Unit) -> Unit:
    """With comments above, behind and between; rarely, so that most lines stay plain."""
    lines = tuple(draw(_commented_line(line)) for line in unit.lines)
    above = draw(_comments_above())
    if unit.kind in ("generator", "datasource"):
        above = tuple(map(_plain, above))  # Prisma takes documentation there for that of the next model
    return replace(
        unit,
        lines=lines,
        above=above,
        behind_opening=draw(_comment_behind()),
        behind_closing=draw(_plain_comment_behind()),
    )


@st.composite
def _commented_line(draw: st.DrawFn, line: Line) -> Line:
    if draw(st.integers(0, 3)):
        return line
    return replace(
        line, above=draw(_comments_above()), behind=draw(_comment_behind()), gap=draw(st.booleans())
    )


def _comments_above() -> st.SearchStrategy[tuple[str, ...]]:
    some = st.lists(pieces.line_comments(), min_size=1, max_size=2).map(tuple)
    return st.one_of(st.just(()), st.just(()), some)


def _comment_behind() -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.just(""), st.just(""), pieces.line_comments())


def _plain_comment_behind() -> st.SearchStrategy[str]:
    """Documentation behind `}` would be that of the next block, which may stand in another file."""
    return _comment_behind().map(lambda comment: comment and _plain(comment))


def _plain(comment: str) -> str:
    return "//" + comment.lstrip("/")
