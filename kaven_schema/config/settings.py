"""What holds in this project: the file's settings under those of the command line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from kaven_schema.config.document import Document, nearest_document
from kaven_schema.diagnostics import ExitCode, KavenError, Severity

PRISMA_VERSIONS = ("5.17", "6", "7")
_KEYS = (
    "base",
    "client",
    "client_output",
    "extended",
    "global_models",
    "lean_client",
    "output",
    "prisma",
    "releases",
    "rules",
    "vendor_key",
)
_SKIPPED_FOLDER = "node_modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says instead of the file; None and () mean that it says nothing."""

    base: str | None = None
    extended: tuple[str, ...] = ()
    output: str | None = None
    prisma: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Absolute paths and checked values.

    `client_output` is the folder of the generated client, None where the schema's generator block decides it.
    `extended` is as written, relative to `extended_from`. `rules` holds slugs as written: whether there is
    such a rule, the rules know; `document.error(("rules", slug), …)` is the error at its line. `overridden`
    names the settings that came from the command line, where a missing file is wrong use. `releases` is the source
    of the vendor's releases, `vendor_key` the key that signs them, or empty.
    """

    root: Path
    base: Path
    extended: tuple[str, ...]
    extended_from: Path
    output: Path
    prisma: str = PRISMA_VERSIONS[0]
    rules: dict[str, Severity] = field(default_factory=dict)
    global_models: tuple[str, ...] = ()
    client: bool = True
    client_output: Path | None = None
    lean_client: bool = True
    releases: str = "shipped"
    vendor_key: str = ""
    overridden: frozenset[str] = frozenset()
    document: Document = field(default=Document(""), compare=False, repr=False)

    def extended_files(self) -> tuple[Path, ...]:
        """The files that `extended` names, sorted, each once.

        A folder stands for every `.prisma` file below it but hidden ones and `node_modules`; folders and
        globs leave out base and output. Raises KavenError `extended_not_found` (exit 2 if it was on the
        command line, else 1), `file_has_two_roles` (2).
        """
        found: dict[str, str] = {}
        for pattern in self.extended:
            for path in self._matches(pattern):
                found.setdefault(os.path.realpath(path), os.path.normpath(path))
        return tuple(Path(path) for path in sorted(found.values(), key=lambda path: path.split(os.sep)))

    def _matches(self, pattern: str) -> list[str]:
        path = os.path.join(self.extended_from, pattern)
        if os.path.isfile(path):
            return [self._not_own(path)]
        matches = _below(path) if os.path.isdir(path) else _globbed(pattern, self.extended_from)
        own = (os.path.realpath(self.base), os.path.realpath(self.output))
        matches = [match for match in matches if os.path.realpath(match) not in own]
        if not matches:
            what = (
                "is a folder without a .prisma file" if os.path.isdir(path) else "is no file and matches none"
            )
            raise KavenError(
                "extended_not_found",
                f"extended: {pattern} {what}",
                help="write the file (`kaven init` writes a first one), or set extended = [] to have none",
                exit_code=ExitCode.WRONG_USE if "extended" in self.overridden else ExitCode.PROBLEMS,
            )
        return sorted(matches)

    def _not_own(self, path: str) -> str:
        for name, own in (("base", self.base), ("output", self.output)):
            if os.path.realpath(path) == os.path.realpath(own):
                raise _two_roles(path, "extended", name)
        return path


def load_settings(start: Path, overrides: Overrides | None = None) -> Settings:
    """The settings that hold in the folder `start`.

    Raises KavenError `config_invalid`, `config_ambiguous`, `file_has_two_roles` (all exit 2) or
    `config_unreadable` (3).
    """
    given = overrides or Overrides()
    if given.prisma and given.prisma not in PRISMA_VERSIONS:
        raise _unknown_version(given.prisma)
    here = os.path.abspath(start)
    document = nearest_document(here)
    document.check_keys(_KEYS)
    root = document.folder or here

    def path(key: str, default: str, override: str | None) -> Path:
        written = os.path.join(root, document.string(key, default))
        return Path(os.path.normpath(os.path.join(here, override) if override else written))

    extended = document.strings("extended", ("prisma/schema.extended.prisma",))
    settings = Settings(
        root=Path(root),
        base=path("base", "prisma/schema.base.prisma", given.base),
        extended=given.extended or extended,
        extended_from=Path(here if given.extended else root),
        output=path("output", "prisma/schema.prisma", given.output),
        prisma=given.prisma or document.choice("prisma", PRISMA_VERSIONS),
        rules=document.severities("rules"),
        global_models=document.strings("global_models", ()),
        client=document.flag("client", default=True),
        client_output=path("client_output", "src/app/client", None)
        if "client_output" in document.table
        else None,
        lean_client=document.flag("lean_client", default=True),
        releases=document.string("releases", "shipped"),
        vendor_key=document.string("vendor_key", "") if "vendor_key" in document.table else "",
        overridden=frozenset(key for key in Overrides.__slots__ if getattr(given, key)),
        document=document,
    )
    if os.path.realpath(settings.base) == os.path.realpath(settings.output):
        raise _two_roles(str(settings.output), "output", "base")
    _check_client_output(settings)
    return settings


def _check_client_output(settings: Settings) -> None:
    """A client is a package, in a folder of its own: not among files that are not its own."""
    place = settings.client_output
    own = (settings.root, settings.base, settings.output)
    if place and any(path.absolute().is_relative_to(place) for path in own):
        raise settings.document.error(
            ("client_output",),
            "the folder of `client_output` holds the project's own files",
            'name a folder of its own: client_output = "src/app/client"',
        )


def _globbed(pattern: str, folder: Path) -> list[str]:
    import glob

    wanted = _SKIPPED_FOLDER in pattern
    matches = (os.path.join(folder, match) for match in glob.glob(pattern, root_dir=folder, recursive=True))
    return [m for m in matches if os.path.isfile(m) and (wanted or _SKIPPED_FOLDER not in m.split(os.sep))]


def _below(folder: str) -> list[str]:
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != _SKIPPED_FOLDER]
        found += [os.path.join(parent, name) for name in names if _is_schema(name)]
    return found


def _is_schema(name: str) -> bool:
    return name.endswith(".prisma") and not name.startswith(".")


def _two_roles(path: str, setting: str, other: str) -> KavenError:
    return KavenError(
        "file_has_two_roles",
        f"`{setting}` and `{other}` are the same file, {os.path.relpath(path)}",
        help="give base, extended and output a file each",
        exit_code=ExitCode.WRONG_USE,
    )


def _unknown_version(version: str) -> KavenError:
    return KavenError(
        "config_invalid",
        f"Prisma {version} is no version that can be chosen",
        help=f"choose one of {', '.join(PRISMA_VERSIONS)}",
        exit_code=ExitCode.WRONG_USE,
    )
