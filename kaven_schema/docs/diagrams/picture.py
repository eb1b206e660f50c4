"""What is in a diagram, before anything has a place: boxes with rows, lines between them, frames around them.

Sizes are in pixels, from the widths of a monospaced font: they are the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from unicodedata import east_asian_width

FONT_SIZE = 12
CHARACTER = 7.25
ROW = 20
HEADER = 30
_PADDING = 10
_MARKS = 44
_LONGEST_NAME, _LONGEST_TYPE = 40, 28


class Detail(StrEnum):
    """How much of a model its box shows."""

    FULL = "full"
    KEYS = "keys"
    NAMES = "names"


class Owner(StrEnum):
    """Whose a model is: the vendor's, the vendor's with something of the developer's in it, or the developer's."""

    VENDOR = "vendor"
    EXTENDED = "extended"
    YOURS = "yours"


OWNER_LABELS = {Owner.VENDOR: "vendor", Owner.EXTENDED: "vendor +", Owner.YOURS: "yours"}


@dataclass(frozen=True, slots=True)
class Row:
    """`type` is what stands at the right: the field's type, or `→ Model` for a key whose line is not drawn."""

    name: str
    type: str
    marks: tuple[str, ...]
    is_yours: bool
    title: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One model. `is_aside` marks a model that the picture is not about."""

    name: str
    owner: Owner
    rows: tuple[Row, ...]
    title: str
    is_aside: bool = False
    is_centre: bool = False

    @property
    def width(self) -> int:
        corner = 14 if self.owner is Owner.EXTENDED else 0
        tag = corner if self.is_aside else corner + 12 + int(len(OWNER_LABELS[self.owner]) * 6.2)
        header = text_width(short(self.name, _LONGEST_NAME)) * 1.09 + tag
        marks = self.marks_width
        rows = [
            marks
            + text_width(short(row.name, _LONGEST_NAME))
            + 16
            + text_width(short(row.type, _LONGEST_TYPE))
            for row in self.rows
        ]
        return int(max([header, *rows, 80]) + 2 * _PADDING + 0.999)

    @property
    def height(self) -> int:
        return HEADER + ROW * len(self.rows) + (4 if self.rows else 0)

    @property
    def marks_width(self) -> int:
        return _MARKS if any(row.marks for row in self.rows) else 0

    def row_number(self, field: str) -> int | None:
        return next((number for number, row in enumerate(self.rows) if row.name == field), None)

    def port_y(self, field: str) -> float:
        """How far below the top a field's line begins; the header's middle for one that is not shown."""
        number = self.row_number(field)
        return HEADER / 2 if number is None else HEADER + ROW * (number + 0.5)


@dataclass(frozen=True, slots=True)
class Link:
    """A line from the parent's box to the child's. `count` is over 1 for a bundle of several relations."""

    parent: str
    child: str
    parent_end: str
    child_end: str
    parent_field: str
    child_field: str
    title: str
    is_yours: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """An area, drawn around its boxes."""

    name: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """`notes` say what is left out. In a star everything is about one model, and no lines are needed to say so."""

    title: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    is_star: bool = False

    def box(self, name: str) -> Box:
        return next(box for box in self.boxes if box.name == name)


def text_width(text: str) -> float:
    return CHARACTER * sum(2 if wide(character) else 1 for character in text)


def wide(character: str) -> bool:
    return character > "\u10ff" and east_asian_width(character) in {"W", "F"}


def short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def shown_title(text: str) -> str:
    """Of an area."""
    return short(text, _LONGEST_NAME)


def short_name(text: str) -> str:
    return short(text, _LONGEST_NAME)


def short_type(text: str) -> str:
    return short(text, _LONGEST_TYPE)
