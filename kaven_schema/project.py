"""The compiler in a project: its settings, its files, what the last run found, and the output on disk."""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from kaven_schema import __version__
from kaven_schema.config import Settings
from kaven_schema.diagnostics import Diagnostic, Edit, Fix, KavenError, Label, Severity
from kaven_schema.files import project_lock, read_source, shown_path, state_folder, write_atomically
from kaven_schema.files.caching import read_cache, write_cache
from kaven_schema.pipeline import CompilerOptions, Merged, compile_sources, has_errors
from kaven_schema.source import Source, Span

if TYPE_CHECKING:
    from kaven_schema.render.file import FileState
    from kaven_schema.syntax.dialect import Dialect

_CACHE = "cache"
_ROOMS = ("cache", "catalog", "merge", "proof", "render", "rules", "rules/python_client", "syntax")


class Inputs(NamedTuple):
    """The files of one run, read once."""

    base: Source
    extended: tuple[Source, ...]

    @property
    def all(self) -> tuple[Source, ...]:
        return (self.base, *self.extended)


class MergeRun(NamedTuple):
    """What a merge did. `kept` is where the text went that had been written into the output by hand."""

    diagnostics: tuple[Diagnostic, ...]
    changed: bool
    kept: Path | None = None

    @property
    def failed(self) -> bool:
        return has_errors(self.diagnostics)


class Project:
    """One project. Reading its files is the first thing it does, and it does it once."""

    def __init__(self, settings: Settings) -> None:
        _check_rules(settings)
        self.settings = settings
        self.output = settings.output
        self.inputs = _read_inputs(settings)
        self.options = CompilerOptions(
            dialect=cast("Dialect", settings.prisma),
            severities=settings.rules,
            global_models=settings.global_models,
            python_client=settings.client,
            output=_header_path(settings),
        )

    def compile(self) -> Merged:
        """Merge and judge; writes nothing but the cache."""
        from kaven_schema.cache.blocks import BlockCache

        with suppress(KavenError):  # a project that cannot be written to goes without a cache
            state_folder(self.settings.root)
        folder = self.settings.root / ".kaven" / _CACHE
        cache = BlockCache(folder / "blocks", self._seed)
        return compile_sources(self.inputs.base, self.inputs.extended, self.options, cache)

    def merge(self) -> MergeRun:
        """Bring the output up to date. A run that finds nothing changed loads no grammar and no template."""
        if (known := self._known_result()) is not None:
            return MergeRun(known, changed=False)
        with project_lock(self.settings.root):
            self._read_again()
            merged = self.compile()
            if not merged.is_valid:
                return MergeRun(merged.diagnostics, changed=False)
            kept = self.keep_hand_edit(merged.text)
            changed = write_atomically(self.output, merged.text, root=self.settings.root)
            self._remember(merged)
            return MergeRun(merged.diagnostics, changed, kept)

    def _read_again(self) -> None:
        """What was written while this run waited for the lock counts: an output of older texts would stay behind."""
        inputs = _read_inputs(self.settings)
        if inputs != self.inputs:
            self.inputs = inputs
            vars(self).pop("_run_key", None)

    def written(self) -> str | None:
        """The text that stands at the output's place; None where there is no file. Raises KavenError."""
        if os.path.isdir(self.output):
            raise KavenError(
                "output_is_directory",
                f"{shown_path(self.output)} is a folder, the output must be a file",
                help="rename or remove the folder, or set another `output`",
            )
        return read_source(self.output).text if os.path.exists(self.output) else None

    def output_state(self) -> FileState | None:
        """What stands there, told by its header alone; None where nothing does."""
        from kaven_schema.render.file import state_of

        written = self.written()
        return None if written is None else state_of(written, *self._sources())

    def _sources(self) -> tuple[Source, Sequence[Source]]:
        return self.inputs.base, self.inputs.extended

    def keep_hand_edit(self, text: str) -> Path | None:
        from kaven_schema.render.file import FileState

        written = self.written()
        if (
            written is None
            or written == text
            or self.output_state() not in (FileState.EDITED, FileState.FOREIGN)
        ):
            return None
        kept = (
            state_folder(self.settings.root) / "kept" / f"{self.output.name}.{_digest([written])[:4].hex()}"
        )
        kept.parent.mkdir(exist_ok=True)
        write_atomically(kept, written, root=self.settings.root)
        return kept

    # --- what the last run found ------------------------------------------------------------------------------------

    @cached_property
    def _seed(self) -> str:
        """Everything but the texts that a result depends on."""
        options = self.options
        rules = sorted((slug, severity.value) for slug, severity in options.severities.items())
        parts = (__version__, _code_stamp(), options.dialect, rules, options.global_models)
        return repr((*parts, options.python_client, options.output))

    @cached_property
    def _run_key(self) -> bytes:
        texts = [part for source in self.inputs.all for part in (source.path, source.text)]
        return _digest([self._seed, *texts])

    def _last_run(self) -> Path:
        return self.settings.root / ".kaven" / _CACHE / "last-run"

    def _known_result(self) -> tuple[Diagnostic, ...] | None:
        """The last run's diagnostics, if it had these inputs and its output still stands."""
        content = read_cache(self._last_run())
        output = read_cache(self.output)
        if content is None or output is None:
            return None
        try:
            key, output_digest, diagnostics = marshal.loads(content)
        except (ValueError, EOFError, TypeError):
            return None
        if key != self._run_key or output_digest != hashlib.blake2b(output).digest():
            return None
        return tuple(_decode(found, self.inputs.all) for found in diagnostics)

    def _remember(self, merged: Merged) -> None:
        digest = hashlib.blake2b(merged.text.encode()).digest()
        diagnostics = [_encode(found, self.inputs.all) for found in merged.diagnostics]
        write_cache(self._last_run(), marshal.dumps((self._run_key, digest, diagnostics)))


def _read_inputs(settings: Settings) -> Inputs:
    base = read_source(settings.base, on_command_line="base" in settings.overridden)
    named = "extended" in settings.overridden
    extended = (read_source(path, on_command_line=named) for path in settings.extended_files())
    return Inputs(base, tuple(extended))


def _check_rules(settings: Settings) -> None:
    """Raises KavenError `config_invalid` at the line of a rule that there is not."""
    from kaven_schema.resources import rule_slugs

    known = rule_slugs() if settings.rules else []
    for slug in settings.rules:
        if slug not in known:
            from difflib import get_close_matches

            near = get_close_matches(slug, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "list them all: kaven explain"
            raise settings.document.error(("rules", slug), f"there is no rule `{slug}`", hint)


def _header_path(settings: Settings) -> str:
    relative = os.path.relpath(settings.output, settings.root)
    return settings.output.name if relative.startswith("..") else relative.replace(os.sep, "/")


def _digest(parts: Sequence[str]) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _code_stamp() -> str:
    """Changes with the compiler's code: a developer of it is never shown what an older state of it said."""
    package = os.path.dirname(os.path.abspath(__file__))
    stamps = [0]
    for room in _ROOMS:
        with os.scandir(os.path.join(package, room)) as entries:
            stamps += [entry.stat().st_mtime_ns for entry in entries if entry.name.endswith(".py")]
    return str(max(stamps))


def _encode(found: Diagnostic, sources: Sequence[Source]) -> tuple[Any, ...]:
    labels = [(sources.index(label.source), *label.span, label.text) for label in found.labels]
    fix = found.fix and (
        found.fix.title,
        [(sources.index(edit.source), *edit.span, edit.replacement) for edit in found.fix.edits],
    )
    return found.rule, found.severity.value, found.message, labels, found.help, fix


def _decode(plain: tuple[Any, ...], sources: Sequence[Source]) -> Diagnostic:
    rule, severity, message, labels, help_line, fix = plain
    return Diagnostic(
        rule=rule,
        severity=Severity(severity),
        message=message,
        labels=tuple(Label(sources[file], Span(start, end), text) for file, start, end, text in labels),
        help=help_line,
        fix=fix
        and Fix(
            fix[0], tuple(Edit(sources[file], Span(start, end), text) for file, start, end, text in fix[1])
        ),
    )


__all__ = ["Inputs", "MergeRun", "Project", "shown_path"]
