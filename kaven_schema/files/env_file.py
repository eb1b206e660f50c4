"""The `.env` files of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files.reading import shown_path

if TYPE_CHECKING:
    from pathlib import Path


def env_values(file: Path) -> dict[str, str]:
    """The variables to which a file gives a value, be it empty; none where there is no file.

    Raises KavenError `env_file_unreadable`: exit 1 for what it holds, 3 for what keeps it from being read.
    """
    if not file.is_file():
        return {}
    try:
        from dotenv import dotenv_values

        return {name: value for name, value in dotenv_values(file).items() if value is not None}
    except UnicodeDecodeError as error:
        raise _unreadable(file, str(error), "save it as UTF-8, or move it away", ExitCode.PROBLEMS) from None
    except ImportError:
        problem, help_line = "the package python-dotenv is not installed", "pip install python-dotenv"
    except OSError as error:
        problem, help_line = error.strerror or str(error), "make it readable, or move it away"
    raise _unreadable(file, problem, help_line, ExitCode.ENVIRONMENT)


def _unreadable(file: Path, problem: str, help_line: str, exit_code: ExitCode) -> KavenError:
    return KavenError(
        "env_file_unreadable",
        f"cannot read {shown_path(file)}: {problem}",
        help=help_line,
        exit_code=exit_code,
    )
