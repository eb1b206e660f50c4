"""prisma-client-py's generator: a process of its own that speaks JSON-RPC, one line a message."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaven_schema.client.lean.rewrite import LEAN_FILES
from kaven_schema.client.tenant.writing import TENANT_FILES
from kaven_schema.diagnostics import ExitCode, KavenError

_PACKAGE = "prisma"
_IDENTIFIED = re.compile(
    r"^(?P<place>\S+)\n  (?:Value error, )?(?P<text>.*?) \[type=[^\n]*$", re.MULTILINE | re.DOTALL
)

# The frames of a traceback are indented, what comes after them is the exception.
_EXCEPTION = re.compile(r"^\S.*", re.MULTILINE | re.DOTALL)
_CHAINED = re.compile(r"\n\n(?:The above exception was|During handling of) ")


@dataclass(frozen=True, slots=True)
class InstalledGenerator:
    """The package that pip installed."""

    folder: Path

    def copy_to(self, target: Path) -> None:
        """Copy the package, writable, without bytecode and without a client generated into it before."""
        from shutil import copyfile

        generated = set(self._generated_names())
        for file in self.folder.rglob("*"):
            name = file.relative_to(self.folder)
            if "__pycache__" in name.parts or name in generated or not file.is_file():
                continue
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copyfile(file, copy)

    def _generated_names(self) -> Iterator[Path]:
        templates = self.folder / "generator" / "templates"
        for template in templates.rglob("*.py.jinja"):
            yield template.relative_to(templates).with_suffix("")
        yield Path("schema.prisma")
        yield from (Path(name) for name in (*LEAN_FILES, *TENANT_FILES))


def installed_generator() -> InstalledGenerator:
    """Raises KavenError `client_missing`."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        # Not find_spec: a project's own folder `prisma` would be found first.
        folder = Path(str(distribution(_PACKAGE).locate_file(_PACKAGE)))
    except PackageNotFoundError:
        folder = None
    if folder is None or not (folder / "__init__.py").is_file():
        raise KavenError(
            "client_missing",
            "the typed client needs the Python package prisma (prisma-client-py), which is not installed",
            help="pip install 'kaven-schema[client]'",
        )
    return InstalledGenerator(folder)


def run_generator(package: Path, request: dict[str, Any], environment: dict[str, str]) -> str:
    """Let the copy of prisma-client-py in the folder `package` answer; returns what it says to the user.

    Raises KavenError `client_generator_failed` with the generator's own message.
    """
    import subprocess

    questions = (_line(1, "getManifest", {}), _line(2, "generate", request))
    finished = subprocess.run(
        [sys.executable, "-P", "-m", package.name],
        check=False,
        input="".join(questions),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=_process_environment(package, environment),
    )
    answers = dict(_answers(finished.stderr))
    for number in (1, 2):
        answer = answers.get(number)
        if answer is None:
            raise _failed(_conclusion(finished.stderr) or f"it ended with status {finished.returncode}")
        if "error" in answer:
            raise _failed(_readable(answer["error"]["message"], request["dmmf"]))
    return finished.stdout.strip()


def _line(number: int, method: str, parameters: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}) + "\n"


def _process_environment(package: Path, environment: dict[str, str]) -> dict[str, str]:
    search = [str(package.parent), *filter(None, [environment.get("PYTHONPATH")])]
    return environment | {
        "PRISMA_GENERATOR_INVOCATION": "true",
        "PYTHONPATH": os.pathsep.join(search),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _answers(stderr: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line in stderr.split("\n"):
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and "jsonrpc" in answer:
            yield answer["id"], answer


def _failed(reason: str) -> KavenError:
    return KavenError(
        "client_generator_failed",
        f"prisma-client-py cannot generate the client: {reason}",
        help="change what it names in the schema or in the generator block, then generate again",
        exit_code=ExitCode.PROBLEMS,
    )


def _readable(message: str, dmmf: dict[str, Any]) -> str:
    """pydantic's findings by the names of the schema, a traceback by its conclusion."""
    findings = [f"{_name(found['place'], dmmf)}: {found['text']}" for found in _IDENTIFIED.finditer(message)]
    return "\n".join(findings) or _conclusion(message) or message


def _name(place: str, dmmf: dict[str, Any]) -> str:
    """`User.json` for `dmmf.datamodel.models.0.fields.1.name`, other places as they are."""
    node: Any = {"dmmf": dmmf}
    names: list[str] = []
    for step in place.split("."):
        try:
            node = node[int(step) if isinstance(node, list) else step]
        except (LookupError, ValueError, TypeError):
            return place
        if isinstance(node, dict) and "name" in node:
            names.append(node["name"])
    return ".".join(names) or place


def _conclusion(text: str) -> str:
    """The exception at the end of a traceback; of chained ones the last that has something to say."""
    tracebacks = text.split("Traceback (most recent call last):\n")[1:]
    ends = [
        found[0] for traceback in tracebacks if (found := _EXCEPTION.search(_CHAINED.split(traceback)[0]))
    ]
    told = [end.strip() for end in ends if ": " in end]
    return told[-1] if told else "".join(ends[-1:]).strip()
