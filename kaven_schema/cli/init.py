"""kaven init"""

from __future__ import annotations

from pathlib import Path

import click

from kaven_schema.cli.output import say
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path, write_atomically
from kaven_schema.resources import example_text

_SETTINGS = """\
base = "prisma/schema.base.prisma"
extended = "prisma/schema.extended.prisma"
output = "prisma/schema.prisma"
prisma = "5.17"
"""
_HOOK = """\
  - repo: local
    hooks:
      - id: kaven-merge
        name: regenerate schema.prisma
        entry: kaven merge --fail-if-written
        language: system
        files: (\\.prisma|kaven\\.toml|pyproject\\.toml)$
        pass_filenames: false
        require_serial: true
      - id: kaven-check
        name: check the Prisma schema
        entry: kaven check
        language: system
        files: (\\.prisma|kaven\\.toml|pyproject\\.toml)$
        pass_filenames: false
        require_serial: true
"""
_BASE = "prisma/schema.base.prisma"
_HOOKS_FILE = ".pre-commit-config.yaml"


@click.command("init", short_help="write the two source files, configuration and a pre-commit hook")
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--release", metavar="VERSION", help="The shipped release of base to start on, with its kaven.lock."
)
def command(folder: Path, release: str | None) -> int:
    """Write base, extended, settings and a pre-commit hook into a project. What is there already stays.

    \b
    Example:
      kaven init
      kaven init my-service
      kaven init --release 1.0.0
    """
    texts = _released(release) if release else {_BASE: example_text("schema.base.prisma")}
    if release:
        _refuse_another_base(folder / _BASE, texts[_BASE], release)
    _make_folder(folder / "prisma")
    texts["prisma/schema.extended.prisma"] = example_text("schema.extended.prisma")
    for name, text in texts.items():
        _make_folder((folder / name).parent)
        _write_new(folder / name, text, folder)
    _write_settings(folder)
    _write_hook(folder)
    say("next: edit prisma/schema.extended.prisma, then run `kaven generate`")
    return ExitCode.FINE


def _released(version: str) -> dict[str, str]:
    """The files of a project that stands on a shipped release."""
    from kaven_schema.update.kept import kept_base_name
    from kaven_schema.update.lock import NAME, Lock, lock_text
    from kaven_schema.update.release import Version, open_source
    from kaven_schema.update.release.sources import SHIPPED

    catalogue = open_source(SHIPPED, Path())
    release = catalogue.chosen(Version.parse(version))
    lock = Lock(vendor=catalogue.name, release=release.version, base=release.base_digest)
    base = release.base.text
    kept = f"prisma/{kept_base_name(release.version)}"
    return {_BASE: base, kept: base, NAME: lock_text(lock)}


def _refuse_another_base(path: Path, text: str, release: str) -> None:
    """A lock that names a release which base is not would take the vendor's own lines for somebody's edits."""
    if path.exists() and _text_of(path) != text:
        raise KavenError(
            "base_is_another",
            f"{shown_path(path)} is there already, and is not release {release}",
            help="move it away; or leave --release out: `kaven update` finds which release it is",
            exit_code=ExitCode.WRONG_USE,
        )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KavenError(
            "output_unwritable",
            f"cannot make the folder {shown_path(path)}: {error.strerror or error}",
            help="name another folder: kaven init FOLDER",
        ) from None


def _write_new(path: Path, text: str, root: Path) -> None:
    if path.exists():
        say(f"{shown_path(path)} is there already: left as it is")
        return
    write_atomically(path, text, root=root)
    say(f"{shown_path(path)} written")


def _write_settings(folder: Path) -> None:
    pyproject = folder / "pyproject.toml"
    if not pyproject.exists() or (folder / "kaven.toml").exists():
        _write_new(folder / "kaven.toml", _SETTINGS, folder)
        return
    text = _text_of(pyproject)
    if "[tool.kaven]" in text:
        say(f"{shown_path(pyproject)} has [tool.kaven] already: left as it is")
        return
    gap = "" if text.endswith("\n\n") or not text else "\n" if text.endswith("\n") else "\n\n"
    write_atomically(pyproject, f"{text}{gap}[tool.kaven]\n{_SETTINGS}", root=folder)
    say(f"[tool.kaven] added to {shown_path(pyproject)}")


def _write_hook(folder: Path) -> None:
    path = folder / _HOOKS_FILE
    if not path.exists():
        _write_new(path, f"repos:\n{_HOOK}", folder)
        return
    text = _text_of(path)
    if "kaven-merge" in text:
        say(f"{shown_path(path)} has the hook already: left as it is")
        return
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    # Appending is right only where the list of repositories is what the file ends with.
    keys = [line for line in lines if not line.startswith((" ", "-"))]
    if not keys or keys[-1].rstrip() != "repos:":
        say(f"add this to the repos of {shown_path(path)}:\n{_HOOK}")
        return
    first = next(iter(lines[lines.index(keys[-1]) + 1 :]), _HOOK)
    indent = first[: len(first) - len(first.lstrip())]
    hook = "".join(indent + line[2:] for line in _HOOK.splitlines(keepends=True))
    write_atomically(path, text.rstrip("\n") + "\n" + hook, root=folder)
    say(f"hooks kaven-merge and kaven-check added to {shown_path(path)}")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KavenError(
            "file_unreadable", f"cannot read {shown_path(path)}: {error}", help="mend the file first"
        ) from None
