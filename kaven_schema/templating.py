"""The one Jinja environment: a template holds no decisions, so a name that it does not know is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaven_schema import resources

if TYPE_CHECKING:
    from jinja2 import Environment


def template_environment(*, is_page: bool = False) -> Environment:
    """Finds every template by its path below `templates/`. Only in a page are values escaped, for HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(resources.template_folder()),
        undefined=StrictUndefined,
        autoescape=is_page,  # noqa: S701 - what is no page has a quoting of its own
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
