"""From what a release consists of to its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path, write_atomically
from kaven_schema.update.release.manifest import MANIFEST, Manifest, manifest_text
from kaven_schema.update.release.release import BASE, ReleaseMigration, digest_of
from kaven_schema.update.release.tree import Tree


def pack(
    manifest: Manifest,
    base: str,
    migrations: Iterable[ReleaseMigration] = (),
    others: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """The files of a release, with the hashes of all of them in its release.toml. `others` are texts by path."""
    texts = {BASE: base, **(others or {})}
    texts |= {f"migrations/{one.name}/migration.sql": one.sql for one in migrations}
    files = {name: text.encode() for name, text in texts.items()}
    hashes = {name: digest_of(content) for name, content in files.items()}
    return {MANIFEST: manifest_text(replace(manifest, files=hashes)).encode(), **files}


def write_tree(tree: Tree, folder: Path) -> None:
    """Into a folder that is empty or not there. Raises KavenError `release_folder_taken`, `output_unwritable`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KavenError(
            "release_folder_taken",
            f"{shown_path(folder)} is there already, and a release does not change",
            help="name another folder with --output, or remove this one",
            exit_code=ExitCode.WRONG_USE,
        )
    try:
        for name in tree:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KavenError(
            "output_unwritable",
            f"cannot make {shown_path(folder)}: {error.strerror or error}",
            help=f"see who may write there: ls -ld {shown_path(folder.parent)}",
        ) from None
    for name, content in sorted(tree.items()):
        write_atomically(folder / name, content.decode(), root=folder)
