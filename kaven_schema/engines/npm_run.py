"""One `npm ci`, its progress, and what its failures mean to a user."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.node import NodeTools, find_node_tools
from kaven_schema.engines.progress import Advance

if TYPE_CHECKING:
    import subprocess

# A user's npm settings (registry, proxy, certificates) hold, except what would change what is installed.
_ARGUMENTS = (
    "ci",
    "--prefix=.",
    "--global=false",
    "--dry-run=false",
    "--package-lock=true",
    "--install-strategy=hoisted",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=5000",
    "--fetch-timeout=60000",
    "--loglevel=http",
    "--json",
)
_FETCHED = re.compile(r"npm http (fetch GET (200|304)|cache) ")
_NO_ANSWER = re.compile(
    r"ECONN|ENOTFOUND|EAI_AGAIN|E?TIMEDOUT|TIMEOUT|UNREACH|ENETDOWN|EPIPE|EPROTO|FETCH_ERROR|CERT|ISSUER|E50\d"
)
_HELP = (
    (re.compile(r"E401|E403|ENEEDAUTH"), "log in to that registry (npm login), or point npm at another one"),
    (re.compile(r"E404|ETARGET"), "add these packages to the mirror, or point npm at another registry"),
    (re.compile(r"EINTEGRITY"), "run: npm cache clean --force (what came is not what was published)"),
    (
        re.compile(r"ENOSPC|EROFS|EACCES|EPERM"),
        "set npm_config_cache to a folder with room that you may write to",
    ),
)
_OTHER_HELP = "see what npm says about itself: npm doctor"


def npm_ci(folder: Path, advance: Advance) -> None:
    """Install what the folder's lock file pins, running no scripts.

    Raises KavenError `node_missing`, `npm_registry_unreachable`, `npm_failed`.
    """
    tools = find_node_tools()
    with tempfile.TemporaryFile() as answer:
        with _start(tools, folder, answer) as process:
            log = _follow(process, advance)
        if process.returncode:
            answer.seek(0)
            raise _failure(tools, answer.read().decode("utf-8", "replace"), log)


def _start(tools: NodeTools, folder: Path, answer: IO[bytes]) -> subprocess.Popen[str]:
    import subprocess

    try:
        return subprocess.Popen(
            [*tools.npm, *_ARGUMENTS],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        reason = f"cannot start {tools.npm[0]}: {error.strerror or error}"
        raise KavenError(
            "npm_failed", reason, help=f"see whether it runs: {tools.npm[0]} --version"
        ) from None


def _follow(process: subprocess.Popen[str], advance: Advance) -> str:
    """Count npm's requests until it ends; its last complaint."""
    last = ""
    try:
        for line in process.stderr or ():
            if _FETCHED.match(line):
                advance(1)
            elif line.startswith("npm error "):
                last = line.removeprefix("npm error ").strip() or last
        process.wait()
    except BaseException:
        process.kill()
        raise
    return last


def _failure(tools: NodeTools, answer: str, log: str) -> KavenError:
    code, summary = _reason(answer, log)
    registry = _registry(tools)
    if _NO_ANSWER.search(code):
        return KavenError(
            "npm_registry_unreachable",
            f"no answer from the npm registry {registry} ({code}): {summary}",
            help="connect once, the packages are then kept; or name a mirror: npm config set registry URL",
        )
    advice = next((help for pattern, help in _HELP if pattern.search(code)), _OTHER_HELP)
    return KavenError("npm_failed", f"npm could not install from {registry} ({code}): {summary}", help=advice)


def _reason(answer: str, log: str) -> tuple[str, str]:
    try:
        error = json.loads(answer)["error"]
        return error.get("code") or "no code", error.get("summary") or log
    except (ValueError, LookupError, TypeError, AttributeError):
        return "no code", log or "npm ended without a message"


def _registry(tools: NodeTools) -> str:
    import subprocess

    try:
        asked = subprocess.run(
            [*tools.npm, "config", "get", "registry"],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "that npm is set to"
    return re.sub(r"//[^/@]*@", "//", asked.stdout.strip()) or "that npm is set to"
