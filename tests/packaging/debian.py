"""A Debian of our own, made once by debootstrap, and commands that run in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree, which
from urllib.parse import unquote, urlsplit

from kaven_schema.engines.cache import cache_folder, exclusive, private_folder

SUITE = "trixie"
PACKAGES = ("ca-certificates", "git", "make", "python3", "python3-venv")
_SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"
_APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
_ENTER = Path(__file__).with_name("enter_debian.sh")
_CERTIFICATES = {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


def what_is_missing() -> str:
    """Why this machine cannot make one, and what to do about that; empty if it can."""
    if os.name != "posix" or os.uname().sysname != "Linux":
        return "a Debian needs Linux: run it there, or in a container"
    if os.geteuid() != 0:
        return "debootstrap and chroot need root: run these tests as root"
    if not which("debootstrap", path=_SYSTEM):
        return "debootstrap is missing: apt-get install debootstrap"
    if not which("unshare", path=_SYSTEM):
        return "unshare is missing: apt-get install util-linux"
    if subprocess.run([*_APART, "true"], check=False, capture_output=True).returncode:
        return "this root may not mount anything: in a container, start that with `--privileged`"
    return ""


@dataclass(frozen=True)
class Debian:
    """`root` is shared by all runs, and read-only; inside, `work` is /work and `caches` is /caches.

    `lent` are the files and folders of this machine that can be read inside, at the same place.
    """

    root: Path
    work: Path
    caches: Path
    variables: Mapping[str, str]
    lent: tuple[Path, ...]

    def run(self, *command: str, cwd: str = "/work") -> subprocess.CompletedProcess[str]:
        """The finished process, stderr in stdout."""
        places = [str(path) for path in (self.root, self.work, self.caches, *self.lent)]
        return subprocess.run(
            [*_APART, "sh", str(_ENTER), *places, "--", "env", f"--chdir={cwd}", *command],
            env={**self.variables, "PATH": _SYSTEM, "HOME": "/work/home", "LANG": "C.UTF-8"},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def open_debian(work: Path) -> Debian:
    """The Debian of the user's cache, made if need be, with pip's and npm's settings as they are outside."""
    folder = private_folder(cache_folder() / "debian")
    name = f"{SUITE}-{sha256(' '.join(PACKAGES).encode()).hexdigest()[:8]}"
    with exclusive(folder / f"{name}.lock"):
        if not (folder / name).exists():
            _make(folder / name)
    caches = private_folder(folder / "caches")
    for path in (work / "home", work / "tmp"):
        path.mkdir()
    (work / "tmp").chmod(0o1777)
    work.chmod(0o755)  # PostgreSQL runs from it as a user of its own
    settings = dict(_settings())
    lent = sorted({path for value in settings.values() for path in _paths(value)})
    kept = {"PIP_CACHE_DIR": "/caches/pip", "npm_config_cache": "/caches/npm"}
    return Debian(folder / name, work, caches, {**settings, **kept}, tuple(lent))


def _make(root: Path) -> None:
    """In a folder beside it, apart from the machine's mounts: a killed run leaves nothing that counts."""
    prefix = f".{root.name}-"
    for leftover in root.parent.glob(f"{prefix}*"):
        rmtree(leftover)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=prefix) as folder:
        made = Path(folder, "root")
        options = ["--variant=minbase", f"--include={','.join(PACKAGES)}"]
        done = subprocess.run(
            [*_APART, "debootstrap", *options, SUITE, str(made), *_mirror()],
            env={**os.environ, "PATH": _SYSTEM},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        for archive in made.glob("var/cache/apt/archives/*.deb"):
            archive.unlink()
        (made / "work").mkdir()
        (made / "caches").mkdir()
        made.rename(root)


def _mirror() -> list[str]:
    """The one that this machine's apt takes Debian from; without one, debootstrap knows the usual."""
    told = _output("apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)")
    mirrors = [line.removeprefix("Debian Debian ") for line in told if line.startswith("Debian Debian ")]
    return mirrors[:1]


def _settings() -> Iterator[tuple[str, str]]:
    """pip's and npm's, however they were made, as environment variables."""
    for line in _output(sys.executable, "-m", "pip", "config", "list"):
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2].upper().replace("-", "_")
        yield f"PIP_{name}", str(literal_eval(value))
    for kind in ("userconfig", "globalconfig", "cafile"):
        for value in _output("npm", "config", "get", kind):
            if Path(value).exists():
                yield f"npm_config_{kind}", value
    for name, value in os.environ.items():
        known = name.upper() in _PROXIES | _CERTIFICATES
        if known or name.lower().startswith("npm_config_"):
            yield name, value


def _output(*command: str) -> list[str]:
    if not which(command[0]):
        return []
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()


def _paths(value: str) -> Iterator[Path]:
    """The files and folders of this machine that a setting names."""
    for word in value.split():
        if word.startswith("file://"):
            # An index refers to what is beside it.
            yield from _existing(Path(unquote(urlsplit(word).path)).parent)
        elif word.startswith("/"):
            yield from _existing(Path(word))


def _existing(path: Path) -> Iterator[Path]:
    if path.exists() and path != Path("/"):
        yield path
