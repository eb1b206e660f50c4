"""Where grammar, templates, examples and rule pages are: in the installed package, else in the checkout.

The wheel carries them as `kaven_schema/_resources`; an editable install does not, there the repository's
top level has them.
"""

from __future__ import annotations

import os
from pathlib import Path

from kaven_schema.diagnostics import KavenError

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_INSTALLED = os.path.join(_PACKAGE, "_resources")
_CHECKOUT = os.path.dirname(_PACKAGE)


def grammar_path(name: str) -> str:
    """The path of a grammar, such as `prisma.lark`."""
    return _find("grammar", name)


def grammar_text(name: str) -> str:
    return _text(grammar_path(name))


def template_folder() -> Path:
    return Path(_find("templates"))


def example_text(name: str) -> str:
    """One of the schemas that `kaven init` writes, such as `schema.base.prisma`."""
    return _text(_find("prisma", name))


def release_folder() -> str:
    """The folder of the releases that this package ships, each in a folder of its own."""
    return _find("releases")


def rule_page(slug: str) -> str:
    """The documentation of a rule, on schemas, on migrations or on updates, as Markdown."""
    folders = {"migration-rules": migration_rule_slugs(), "update-rules": update_rule_slugs()}
    folder = next((folder for folder, slugs in folders.items() if slug in slugs), "rules")
    return _text(_find("docs", folder, f"{slug}.md"))


def error_page() -> str:
    """The documentation of errors that no rule makes, as Markdown. Raises KavenError `resource_not_found`."""
    return _text(_find("docs", "errors.md"))


def rule_slugs() -> list[str]:
    """The rules on schemas that have a page, sorted."""
    return _pages("rules")


def migration_rule_slugs() -> list[str]:
    """The rules on migrations that have a page, sorted."""
    return _pages("migration-rules")


def update_rule_slugs() -> list[str]:
    """The rules on updates that have a page, sorted."""
    return _pages("update-rules")


def _pages(folder: str) -> list[str]:
    return sorted(name.removesuffix(".md") for name in os.listdir(_find("docs", folder)))


def _find(*parts: str) -> str:
    """Raises KavenError `resource_not_found` (exit 3)."""
    for folder in (_INSTALLED, *_checkout()):
        path = os.path.join(folder, *parts)
        if os.path.exists(path):
            return path
    raise KavenError(
        "resource_not_found",
        f"{'/'.join(parts)} is missing from this installation of kaven-schema",
        help="install it again: python -m pip install --force-reinstall kaven-schema",
    )


def _checkout() -> tuple[str, ...]:
    # Beside an installed package stand other people's: `prisma` is one of them.
    return (_CHECKOUT,) if os.path.isfile(os.path.join(_CHECKOUT, "pyproject.toml")) else ()


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
