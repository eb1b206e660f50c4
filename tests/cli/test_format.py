"""kaven format: files in the layout of Prisma's formatter."""

from __future__ import annotations

from kaven_schema.engines.schema_wasm import SchemaEngine

UGLY = "model A{\n id   Int @id // key\n\n\n  longer  String?\n}\n"


def test_files_are_laid_out_in_place(folder) -> None:
    (folder.root / "a.prisma").write_text(UGLY)
    run = folder.run("format", "a.prisma")
    assert (run.code, run.out, run.err) == (0, "", "a.prisma formatted\n")
    assert (folder.root / "a.prisma").read_text() == SchemaEngine.load("5.17").format(UGLY)
    again = folder.run("format", "a.prisma")
    assert (again.code, again.err) == (0, "")


def test_check_only_looks(folder) -> None:
    (folder.root / "a.prisma").write_text(UGLY)
    (folder.root / "b.prisma").write_text("enum B {\n  ONE\n}\n")
    run = folder.run("format", "--check", "a.prisma", "b.prisma")
    assert (run.code, run.err) == (1, "a.prisma would change: run `kaven format a.prisma`\n")
    assert (folder.root / "a.prisma").read_text() == UGLY
    assert folder.run("format", "--check", "b.prisma").code == 0


def test_stdout_gets_the_result_and_the_file_stays(folder) -> None:
    (folder.root / "a.prisma").write_text(UGLY)
    run = folder.run("format", "--stdout", "a.prisma")
    assert (run.code, run.err) == (0, "")
    assert run.out == SchemaEngine.load("5.17").format(UGLY)
    assert (folder.root / "a.prisma").read_text() == UGLY


def test_a_file_with_errors_stays_and_the_others_are_laid_out(folder) -> None:
    (folder.root / "a.prisma").write_text(UGLY)
    (folder.root / "bad.prisma").write_text("model {\n")
    run = folder.run("format", "bad.prisma", "a.prisma")
    assert run.code == 1
    assert "error[syntax_error]" in run.err
    assert (folder.root / "bad.prisma").read_text() == "model {\n"
    assert (folder.root / "a.prisma").read_text() != UGLY


def test_a_missing_file_is_wrong_use(folder) -> None:
    assert folder.run("format", "gone.prisma").code == 2


def test_a_file_keeps_its_permissions(folder) -> None:
    path = folder.root / "a.prisma"
    path.write_text(UGLY)
    path.chmod(0o640)
    folder.run("format", "a.prisma")
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_dialect_is_the_projects_or_the_one_asked_for(folder) -> None:
    (folder.root / "a.prisma").write_text("/* block */\n" + UGLY)
    assert folder.run("format", "--check", "a.prisma").code == 1
    assert "error[" in folder.run("format", "a.prisma").err
    assert folder.run("format", "--prisma", "6", "a.prisma").code == 0
    (folder.root / "kaven.toml").write_text('prisma = "6"\n')
    assert folder.run("format", "--check", "a.prisma").code == 0
