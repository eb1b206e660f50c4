"""kaven blame"""

from __future__ import annotations

from collections.abc import Iterable

import click

from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import echo_json, echo_report
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.pipeline import Merged
from kaven_schema.source import Source


@click.command("blame", short_help="where each line of schema.prisma comes from")
@click.argument("name", metavar="[MODEL[.FIELD]]", required=False)
@project_options
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    name: str | None,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
    as_json: bool,
) -> int:
    """Say for each line of the merged schema, or of one model or field, which file and line it comes from.

    \b
    Example:
      kaven blame
      kaven blame User
      kaven blame User.email
    """
    project = open_project(base, extended, output, prisma)
    merged = project.compile()
    if not merged.is_valid:
        echo_report(merged.diagnostics, err=True)
        return ExitCode.PROBLEMS
    lines = _lines_of(name, merged) if name else range(1, merged.text.count("\n") + 1)
    rows = [(line, merged.origin_of(line), text) for line, text in _texts(merged, lines)]
    if as_json:
        echo_json(
            [
                {"line": line, "path": origin and origin.path, "from": origin and origin.line, "text": text}
                for line, origin, text in rows
            ]
        )
        return ExitCode.FINE
    places = [f"{origin.path}:{origin.line}" if origin else "" for _, origin, _ in rows]
    width = max(map(len, places), default=0)
    for place, (line, _, text) in zip(places, rows, strict=True):
        click.echo(f"{line:>5} {place:<{width}} | {text}".rstrip())
    return ExitCode.FINE


def _texts(merged: Merged, lines: Iterable[int]) -> list[tuple[int, str]]:
    texts = merged.text.split("\n")
    return [(line, texts[line - 1]) for line in lines]


def _lines_of(name: str, merged: Merged) -> Iterable[int]:
    """The lines of a block, or of one of its fields or values, in the merged text. Raises KavenError."""
    from kaven_schema.syntax.ast import EnumValue, Field, Property
    from kaven_schema.syntax.document import read_document

    wanted, _, member_name = name.partition(".")
    source = Source("schema.prisma", merged.text)
    document = read_document(source, merged.layers.base.dialect)
    blocks = [block for block in document.blocks if block.name == wanted]
    if not blocks:
        raise _unknown("model or enum", wanted, [block.name for block in document.blocks])
    block = blocks[0]
    first = source.position(block.offset).line
    if not member_name:
        return range(first, source.position(block.offset + len(block.text)).line + 1)
    members = [member for member in block.block.members if isinstance(member, Field | EnumValue | Property)]
    found = [member for member in members if member.name == member_name]
    if not found:
        raise _unknown(f"field in {wanted}", member_name, [member.name for member in members])
    return [source.position(block.offset + member.span.start).line for member in found]


def _unknown(what: str, name: str, names: list[str]) -> KavenError:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    return KavenError(
        "name_unknown",
        f"there is no {what} named `{name}`",
        help=f"did you mean `{near[0]}`?" if near else f"choose one of {', '.join(names[:12])}",
        exit_code=ExitCode.WRONG_USE,
    )
