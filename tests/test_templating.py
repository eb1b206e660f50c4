"""The Jinja environment that all templates share."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from kaven_schema.templating import template_environment


def test_an_unknown_name_is_an_error():
    with pytest.raises(UndefinedError):
        template_environment().from_string("{{ nobody }}").render()


def test_only_pages_are_escaped():
    given = "{{ text }}\n"
    assert template_environment().from_string(given).render(text="<a>") == "<a>\n"
    assert template_environment(is_page=True).from_string(given).render(text="<a>") == "&lt;a&gt;\n"
