from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import (
    project_lock,
    read_source,
    shown_path,
    state_folder,
    sweep_leftovers,
    write_atomically,
)


def refusal(rule: str, exit_code: ExitCode) -> pytest.RaisesExc[KavenError]:
    """Expects a KavenError that says what to do about it."""
    return pytest.RaisesExc(
        KavenError,
        check=lambda error: (error.rule, error.exit_code, bool(error.help)) == (rule, exit_code, True),
    )


def test_reading_keeps_line_breaks_and_byte_order_mark(tmp_path: Path):
    path = tmp_path / "a.prisma"
    path.write_bytes("\ufeffa\r\nb\rc\n漢".encode())
    assert read_source(path).text == "\ufeffa\r\nb\rc\n漢"


def test_a_source_is_named_as_seen_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "below").mkdir()
    (tmp_path / "a.prisma").touch()
    monkeypatch.chdir(tmp_path / "below")
    assert read_source(tmp_path / "a.prisma").path == os.path.join("..", "a.prisma")
    monkeypatch.chdir(tmp_path)
    assert read_source(Path("a.prisma")).path == "a.prisma"


def test_a_far_path_is_shown_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert shown_path(Path("/etc/hosts")) == "/etc/hosts"


def test_a_path_that_is_not_utf8_can_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert shown_path(Path(os.fsdecode(b"caf\xe9.prisma"))) == "caf�.prisma"


@pytest.mark.parametrize(
    ("on_command_line", "exit_code"), [(False, ExitCode.PROBLEMS), (True, ExitCode.WRONG_USE)]
)
def test_what_is_not_a_file_is_refused(tmp_path: Path, on_command_line: bool, exit_code: ExitCode):
    (tmp_path / "a.prisma").touch()
    with refusal("file_not_found", exit_code):
        read_source(tmp_path / "b.prisma", on_command_line=on_command_line)
    with refusal("file_not_found", exit_code):
        read_source(tmp_path / "a.prisma" / "b.prisma", on_command_line=on_command_line)
    with refusal("file_is_directory", exit_code):
        read_source(tmp_path, on_command_line=on_command_line)


def test_text_that_is_not_utf8_is_refused_at_its_place(tmp_path: Path):
    path = tmp_path / "a.prisma"
    path.write_bytes(b"model A {\r\n  // caf\xe9\r\n}\r\n")
    with refusal("file_not_utf8", ExitCode.PROBLEMS) as caught:
        read_source(path, on_command_line=True)
    assert f"{shown_path(path)}:2: byte 0xe9 at byte 9 of the line" in caught.value.message
    assert "ISO-8859-1" in caught.value.help


def test_utf16_is_named(tmp_path: Path):
    path = tmp_path / "a.prisma"
    path.write_bytes("model A {}".encode("utf-16"))
    with refusal("file_not_utf8", ExitCode.PROBLEMS) as caught:
        read_source(path)
    assert "iconv -f UTF-16 " in caught.value.help


def test_a_file_that_may_not_be_read_is_refused(public_folder: Path, unprivileged):
    path = public_folder / "a.prisma"
    path.touch()
    path.chmod(0)
    with unprivileged(), refusal("file_unreadable", ExitCode.ENVIRONMENT):
        read_source(path)


def test_a_loop_of_symlinks_is_refused(tmp_path: Path):
    path = tmp_path / "a.prisma"
    path.symlink_to(path)
    with refusal("file_unreadable", ExitCode.ENVIRONMENT):
        read_source(path)


def test_a_new_file_gets_what_the_umask_leaves(tmp_path: Path):
    before = os.umask(0o027)
    try:
        assert write_atomically(tmp_path / "a", "text", root=tmp_path)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a") == 0o640


def test_a_new_file_gets_the_mode_that_was_asked_for(tmp_path: Path):
    write_atomically(tmp_path / "a", "text", root=tmp_path, mode=0o755)
    assert mode_of(tmp_path / "a") == 0o755


def test_an_existing_file_keeps_its_mode_and_owner(tmp_path: Path):
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(path, 1234, 1234)
    before = path.stat()
    assert write_atomically(path, "new", root=tmp_path, mode=0o755)
    after = path.stat()
    assert path.read_text() == "new"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_equal_bytes_are_not_written(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes("漢\r\n".encode())
    before = path.stat()
    assert write_atomically(path, "漢\r\n", root=tmp_path) is False
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert write_atomically(path, "漢\n", root=tmp_path) is True
    assert path.read_bytes() == "漢\n".encode()


def test_a_symlink_within_the_project_is_followed(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("old")
    (tmp_path / "link").symlink_to("real/a")
    write_atomically(tmp_path / "link", "new", root=tmp_path)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "a").read_text() == "new"


@pytest.mark.parametrize("behind", ["file", "dangling", "folder"])
def test_a_symlink_out_of_the_project_is_refused(tmp_path: Path, behind: str):
    project, outside = tmp_path / "project", tmp_path / "project-2"
    project.mkdir()
    outside.mkdir()
    if behind != "dangling":
        (outside / "a").write_text("old")
    if behind == "folder":
        (project / "out").symlink_to(outside)
    else:
        (project / "out").mkdir()
        (project / "out" / "a").symlink_to(outside / "a")
    with refusal("output_outside_project", ExitCode.ENVIRONMENT):
        write_atomically(project / "out" / "a", "new", root=project)
    assert [path.read_text() for path in outside.iterdir()] == ([] if behind == "dangling" else ["old"])


def test_a_project_may_itself_stand_behind_a_symlink(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert write_atomically(tmp_path / "link" / "a", "text", root=tmp_path / "link")
    assert write_atomically(tmp_path / "real" / "b", "text", root=tmp_path / "link")


def test_a_path_outside_that_was_written_as_such_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    assert write_atomically(Path("../a"), "text", root=tmp_path / "project")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "b").symlink_to("elsewhere/b")
    (tmp_path / "c").symlink_to("/etc/hosts")
    assert write_atomically(Path("../b"), "text", root=tmp_path / "project")
    with refusal("output_outside_project", ExitCode.ENVIRONMENT):
        write_atomically(Path("../c"), "text", root=tmp_path / "project")


def test_a_folder_in_place_of_the_output_is_refused(tmp_path: Path):
    (tmp_path / "a").mkdir()
    with refusal("output_is_directory", ExitCode.ENVIRONMENT):
        write_atomically(tmp_path / "a", "text", root=tmp_path)
    assert os.listdir(tmp_path) == ["a"]


def test_a_missing_folder_is_refused_with_the_command_that_makes_it(tmp_path: Path):
    with refusal("output_unwritable", ExitCode.ENVIRONMENT) as caught:
        write_atomically(tmp_path / "none" / "a", "text", root=tmp_path)
    assert caught.value.help.endswith(f"mkdir -p {shown_path(tmp_path / 'none')}")


def test_what_is_no_regular_file_is_left_alone(tmp_path: Path):
    os.symlink(os.devnull, tmp_path / "null")
    with refusal("output_unwritable", ExitCode.ENVIRONMENT):
        write_atomically(Path(os.devnull), "text", root=tmp_path)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_read_only_file_is_left_alone(public_folder: Path, unprivileged):
    path = public_folder / "a"
    path.write_text("old")
    path.chmod(0o444)
    with unprivileged(), refusal("output_unwritable", ExitCode.ENVIRONMENT):
        write_atomically(path, "new", root=public_folder)
    assert path.read_text() == "old"
    assert os.listdir(public_folder) == ["a"]


def test_a_read_only_folder_is_left_alone(public_folder: Path, unprivileged):
    (public_folder / "a").write_text("old")
    (public_folder / "a").chmod(0o666)
    public_folder.chmod(0o555)
    with unprivileged(), refusal("output_unwritable", ExitCode.ENVIRONMENT):
        write_atomically(public_folder / "a", "new", root=public_folder)
    assert (public_folder / "a").read_text() == "old"
    assert os.listdir(public_folder) == ["a"]


def test_a_disk_that_takes_no_more_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    (tmp_path / "a").write_text("old")
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from kaven_schema.diagnostics import KavenError; from kaven_schema.files import write_atomically\n"
        "sys.dont_write_bytecode = True\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomically(Path('a'), 'x' * 2000, root=Path('.'))\n"
        "except KavenError as error: print(error.rule, error.message)\n"
    )
    done = run_python(script, tmp_path)
    assert done.stdout == "output_unwritable cannot write a: File too large\n", done.stderr
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_killed_at_any_moment_the_old_or_the_new_file_stands_whole(tmp_path: Path):
    script = (
        "from pathlib import Path; from kaven_schema.files import write_atomically\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for letter in 'ab': write_atomically(Path('out'), letter * 3_000_000, root=Path('.'))\n"
    )
    moments = random.Random(7)
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE)
        with process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(moments.uniform(0.0, 0.05))
            process.kill()
        if (tmp_path / "out").exists():
            content = (tmp_path / "out").read_text()
            assert content in {"a" * 3_000_000, "b" * 3_000_000}
    write_atomically(tmp_path / "out", "end", root=tmp_path)
    assert os.listdir(tmp_path) == ["out"]


def test_leftovers_go_when_their_process_is_gone(tmp_path: Path):
    with subprocess.Popen(["sleep", "600"]) as living:
        gone = subprocess.Popen(["true"])
        gone.wait()
        leftovers = [f".a.kaven-{pid}.tmp" for pid in (gone.pid, os.getpid(), 10**30)]
        others = [f".a.kaven-{living.pid}.tmp", ".a.tmp", "a.kaven-1.tmp", ".kaven-x.tmp"]
        for name in leftovers + others:
            (tmp_path / name).touch()
        (tmp_path / f".folder.kaven-{gone.pid}.tmp").mkdir()
        (tmp_path / f".folder.kaven-{gone.pid}.tmp" / "file").touch()
        sweep_leftovers(str(tmp_path))
        living.kill()
    assert sorted(os.listdir(tmp_path)) == sorted(others)


def test_the_state_folder_keeps_itself_out_of_git(tmp_path: Path):
    assert state_folder(tmp_path) == state_folder(tmp_path) == tmp_path / ".kaven"
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    status = subprocess.run(["git", "status", "--short"], cwd=tmp_path, check=True, capture_output=True)
    assert status.stdout == b""


def test_a_state_folder_that_cannot_be_is_refused(tmp_path: Path, public_folder: Path, unprivileged):
    (tmp_path / ".kaven").touch()
    with refusal("output_unwritable", ExitCode.ENVIRONMENT):
        state_folder(tmp_path)
    (tmp_path / ".kaven").unlink()
    (tmp_path / ".kaven").symlink_to(public_folder)
    with refusal("output_outside_project", ExitCode.ENVIRONMENT):
        state_folder(tmp_path)
    public_folder.chmod(0o555)
    with unprivileged(), refusal("output_unwritable", ExitCode.ENVIRONMENT):
        state_folder(public_folder)


HOLD = (
    "import sys; from pathlib import Path; from kaven_schema.files import project_lock\n"
    "with project_lock(Path('.')):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_that_is_held_is_refused_and_its_holder_named(tmp_path: Path):
    with holder(tmp_path) as other:
        with refusal("project_locked", ExitCode.ENVIRONMENT) as caught, project_lock(tmp_path, timeout=0):
            pytest.fail("two runs at once")
        assert f"(process {other.pid})" in caught.value.message
        other.kill()
    with project_lock(tmp_path, timeout=60):  # the kernel frees what a killed process held
        assert (tmp_path / ".kaven" / "lock").read_text() == f"{os.getpid()}\n"
    with project_lock(tmp_path, timeout=0):
        pass


def test_waiting_for_a_lock_says_so_once_and_goes_on(tmp_path: Path):
    told: list[str] = []
    with holder(tmp_path) as other:

        def end_the_other(message: str) -> None:
            told.append(message)
            other.send_signal(signal.SIGKILL)

        with project_lock(tmp_path, timeout=60, notify=end_the_other):
            pass
    assert told == [f"waiting for another kaven run (process {other.pid}) to end …"]


def test_no_two_processes_are_in_the_block_at_once(tmp_path: Path):
    (tmp_path / "count").write_text("0")
    script = (
        "import time; from pathlib import Path; from kaven_schema.files import project_lock\n"
        "for _ in range(5):\n"
        "    with project_lock(Path('.'), timeout=60):\n"
        "        count = int(Path('count').read_text()); time.sleep(0.01)\n"
        "        Path('count').write_text(str(count + 1))\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "15"


def test_a_lock_ends_with_an_error_in_its_block(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), project_lock(tmp_path, timeout=0):
        _ = 1 / 0
    with project_lock(tmp_path, timeout=0):
        pass


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run_python(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, check=False, capture_output=True, text=True
    )
