"""All files of the site, in memory. The same schema gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kaven_schema import resources
from kaven_schema.docs.diagrams import palette
from kaven_schema.docs.diagrams.drawing import Drawing
from kaven_schema.docs.diagrams.graphviz import Graphviz
from kaven_schema.docs.diagrams.placing import place
from kaven_schema.docs.diagrams.svg import Links, to_svg
from kaven_schema.docs.diagrams.views import around, of_area, owner, whole
from kaven_schema.docs.samples import sample_rows
from kaven_schema.docs.schema import DocumentedModel, DocumentedSchema, Relation, RelationField
from kaven_schema.docs.site.addresses import Addresses
from kaven_schema.docs.site.search import search_index
from kaven_schema.engines.progress import Advance, Progress, silent
from kaven_schema.templating import template_environment

if TYPE_CHECKING:
    from jinja2 import Environment

Files = dict[str, bytes]
"""By path in the site."""

_MARKS = {"PK": "primary key", "FK": "foreign key", "U": "unique"}
_UP = "../"


def build_site(schema: DocumentedSchema, *, progress: Progress = silent) -> Files:
    """Raises KavenError where the diagrams cannot be laid out."""
    with Graphviz(progress=progress) as graphviz:
        steps = 1 + len(schema.areas) + len(schema.models)
        with progress("Drawing the diagrams and pages", steps) as advance:
            return _Builder(schema, graphviz, advance).files()


class _Builder:
    def __init__(self, schema: DocumentedSchema, graphviz: Graphviz, advance: Advance) -> None:
        self._schema = schema
        self._graphviz = graphviz
        self._advance = advance
        self._addresses = Addresses(schema)
        self._samples = sample_rows(schema)
        self._environment = _environment()
        self._environment.globals |= {
            "schema": schema,
            "addresses": self._addresses,
            "marks": _MARKS,
            "sources": _sources(schema),
            "postgres": schema.provider in ("postgresql", "postgres", "cockroachdb"),
        }

    def files(self) -> Files:
        return {path: text.encode() for path, text in self._texts()}

    def _texts(self) -> Iterator[tuple[str, str]]:
        yield "site.css", self._style()
        yield "site.js", (resources.template_folder() / "docs" / "site.js").read_text(encoding="utf-8")
        yield "search.js", search_index(self._schema, self._addresses)
        yield from self._index()
        for area in self._schema.areas:
            drawing = place(of_area(self._schema, area), self._graphviz)
            models = [self._schema.by_name[name] for name in area.models]
            yield (
                self._addresses.area(area.name),
                self._page("area", area.name, drawing, area=area, models=models),
            )
            self._advance(1)
        for model in self._schema.models:
            yield self._addresses.model(model.name), self._model(model)
            self._advance(1)
        for enum in self._schema.enums:
            page = self._environment.get_template("docs/enum.html.jinja")
            yield self._addresses.enum(enum.name), page.render(root=_UP, heading=enum.name, enum=enum)

    def _style(self) -> str:
        return self._environment.get_template("docs/site.css.jinja").render(
            light=palette.variables(palette.LIGHT),
            dark=palette.variables(palette.DARK),
            font=_markup(palette.FONT),
            erd=_markup(palette.style()),
        )

    def _index(self) -> Iterator[tuple[str, str]]:
        drawing = place(whole(self._schema), self._graphviz)
        yield "erd.svg", to_svg(drawing, style=palette.standalone_style(), legend=True)
        owners = [owner(model).value for model in self._schema.models]
        areas = [
            {
                "name": area.name,
                "address": self._addresses.area(area.name),
                "models": [self._schema.by_name[name] for name in area.models],
            }
            for area in self._schema.areas
        ]
        counts = {
            "vendor": len(owners) - owners.count("yours"),
            "extended": owners.count("extended"),
            "yours": owners.count("yours"),
        }
        yield "index.html", self._page("index", self._schema.title, drawing, "", areas=areas, counts=counts)
        self._advance(1)

    def _model(self, model: DocumentedModel) -> str:
        drawing = place(around(self._schema, model.name), self._graphviz)
        return self._page(
            "model",
            model.name,
            drawing,
            model=model,
            descriptions=_descriptions(model),
            relations=list(self._relations(model)),
            sample=self._samples.get(model.name),
        )

    def _relations(self, model: DocumentedModel) -> Iterator[tuple[RelationField, Relation | None]]:
        own = self._schema.relations_of(model.name)
        by_field = {(r.child, r.child_field): r for r in own} | {(r.parent, r.parent_field): r for r in own}
        for field in model.relation_fields:
            yield field, by_field.get((model.name, field.name))

    def _page(self, kind: str, heading: str, drawing: Drawing, root: str = _UP, **values: Any) -> str:
        links = Links(_below(root, self._addresses.model), _below(root, self._addresses.area))
        return self._environment.get_template(f"docs/{kind}.html.jinja").render(
            root=root,
            heading=heading,
            svg=_markup(to_svg(drawing, links=links)),
            notes=drawing.picture.notes,
            **values,
        )


def _descriptions(model: DocumentedModel) -> dict[str, str]:
    """By field: its comment, what the specification says of it, and whether the client has it."""
    important = {name.strip(): text for names, text in model.note.important for name in names.split(",")}
    return {
        field.name: "\n".join(
            filter(
                None,
                (
                    field.text,
                    important.get(field.name, ""),
                    "Not in the client (@ignore)." if field.is_ignored else "",
                ),
            )
        )
        for field in model.fields
    }


def _below(root: str, address: Callable[[str], str]) -> Callable[[str], str]:
    return lambda name: root + address(name)


def _sources(schema: DocumentedSchema) -> list[str]:
    origins = [origin for model in schema.models for origin in model.origins]
    origins += [origin for enum in schema.enums for origin in enum.origins]
    return list(dict.fromkeys(origin.path for origin in origins))


def _environment() -> Environment:
    environment = template_environment(is_page=True)
    environment.filters["first_line"] = lambda text: text.split("\n", 1)[0]
    environment.filters["code"] = _code
    return environment


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own styles and SVG, in which everything is escaped


def _code(text: str) -> Any:
    """What stands in backquotes as code."""
    from markupsafe import Markup, escape

    plain = str(escape(text)).split("`")
    return Markup("".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(plain)))  # noqa: S704
