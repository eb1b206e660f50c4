from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kaven_schema.config import Overrides, Settings, load_settings
from kaven_schema.diagnostics import ExitCode, KavenError, Severity


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is also the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str = "") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def refusal(text: str, file: str = "kaven.toml", rule: str = "config_invalid") -> KavenError:
    write(file, text)
    with pytest.raises(KavenError) as caught:
        load_settings(Path())
    assert (caught.value.rule, caught.value.exit_code) == (rule, ExitCode.WRONG_USE)
    assert caught.value.help
    return caught.value


def files(settings: Settings) -> list[str]:
    return [os.path.relpath(path) for path in settings.extended_files()]


def test_without_a_file_the_defaults_hold(project: Path):
    assert load_settings(Path()) == Settings(
        root=project,
        base=project / "prisma" / "schema.base.prisma",
        extended=("prisma/schema.extended.prisma",),
        extended_from=project,
        output=project / "prisma" / "schema.prisma",
        prisma="5.17",
        rules={},
        global_models=(),
        client=True,
        lean_client=True,
    )


EVERY_SETTING = """
base = "db/base.prisma"
extended = ["db/ours", "db/more/*.prisma"]
output = "db/schema.prisma"
prisma = "7"
global_models = ["Plan", "Country"]
client = false
lean_client = false

[{table}]
tenant_scoped = "off"
uuid_ids = "warning"
"""


def test_place_of_the_client(project: Path):
    assert load_settings(Path()).client_output is None
    write("kaven.toml", 'client_output = "src/app/client"')
    assert load_settings(Path("prisma")).client_output == project / "src" / "app" / "client"


@pytest.mark.parametrize("place", [".", "..", "prisma", "src/.."])
def test_client_among_the_projects_own_files(project: Path, place: str):
    error = refusal(f'prisma = "5.17"\nclient_output = "{place}"\n')
    assert str(error).startswith(
        "kaven.toml:2:1: the folder of `client_output` holds the project's own files"
    )


@pytest.mark.parametrize("file", ["kaven.toml", "pyproject.toml"])
def test_every_setting(project: Path, file: str):
    shared = file == "pyproject.toml"
    text = EVERY_SETTING.format(table="tool.kaven.rules" if shared else "rules")
    write(file, f'[project]\nname = "app"\n\n[tool.kaven]{text}' if shared else text)
    settings = load_settings(Path())
    assert settings == Settings(
        root=project,
        base=project / "db" / "base.prisma",
        extended=("db/ours", "db/more/*.prisma"),
        extended_from=project,
        output=project / "db" / "schema.prisma",
        prisma="7",
        rules={"tenant_scoped": Severity.OFF, "uuid_ids": Severity.WARNING},
        global_models=("Plan", "Country"),
        client=False,
        lean_client=False,
    )
    assert settings.document.path == str(project / file)


@pytest.mark.parametrize(
    "text",
    [
        'tool.kaven.prisma = "6"',
        '[tool]\nkaven = { prisma = "6" }',
        '[ tool . "kaven" ]\nprisma = "6"',
        '\ufeff[tool.kaven]\r\nprisma = "6"\r\n',
    ],
)
def test_every_way_to_write_the_table(text: str):
    write("pyproject.toml", text)
    assert load_settings(Path()).prisma == "6"


@pytest.mark.parametrize(
    "text", ['[project]\nname = "kaven-app"', "tool = 1 # kaven", "another tool's, no TOML"]
)
def test_a_pyproject_that_does_not_speak_of_us_is_none(text: str):
    write("pyproject.toml", text)
    assert load_settings(Path()).document.path == ""


def test_the_nearest_folder_counts_up_to_the_repository(project: Path):
    write("kaven.toml", 'prisma = "7"')
    write("app/deep/down/.keep")
    assert load_settings(Path("app/deep/down")).root == project
    write("app/pyproject.toml", "[tool.kaven]")
    settings = load_settings(Path("app/deep/down"))
    assert (settings.root, settings.prisma) == (project / "app", "5.17")
    write("app/deep/.git", "gitdir: elsewhere")
    assert load_settings(Path("app/deep/down")).root == project / "app" / "deep" / "down"


def test_two_files_with_settings_are_refused():
    write("pyproject.toml", '[tool.kaven]\nprisma = "6"')
    error = refusal('prisma = "7"', rule="config_ambiguous")
    assert error.message == "kaven.toml and [tool.kaven] in pyproject.toml both hold settings"
    write("kaven.toml", "# nothing set")
    assert load_settings(Path()).prisma == "6"


def test_the_command_line_wins_and_its_paths_are_the_working_folders(project: Path):
    write("kaven.toml", 'base = "a"\nextended = "b"\noutput = "c"\nprisma = "6"')
    write("app/.keep")
    settings = load_settings(Path("app"), Overrides(base="x", extended=("y", "/z"), prisma="7"))
    assert settings.base == project / "app" / "x"
    assert (settings.extended, settings.extended_from) == (("y", "/z"), project / "app")
    assert settings.output == project / "c"
    assert settings.prisma == "7"
    assert settings.overridden == {"base", "extended", "prisma"}


def test_an_unknown_version_on_the_command_line_is_refused():
    with pytest.raises(KavenError) as caught:
        load_settings(Path(), Overrides(prisma="4"))
    assert (caught.value.rule, caught.value.exit_code) == ("config_invalid", ExitCode.WRONG_USE)


@pytest.mark.parametrize(
    ("text", "message", "help_line"),
    [
        ('# c\n\nbse = "x"', "3:1: unknown setting `bse`", "did you mean `base`?"),
        (
            'colour = "x"',
            "1:1: unknown setting `colour`",
            "the settings are: base, client, client_output, extended,",
        ),
        ("base = 1", "1:1: `base` is a number", 'base = "prisma/schema.base.prisma"'),
        ("output = []", "1:1: `output` is an array", "a string"),
        ('base = ""', "1:1: `base` holds an empty name or a NUL", "base"),
        ('extended = ["a", ""]', "1:1: `extended` holds an empty name or a NUL", "extended"),
        ('output = "a\\u0000b"', "1:1: `output` holds an empty name or a NUL", "output"),
        ("extended = 1979-05-27", "1:1: `extended` is a date or time", "array of strings"),
        ('\n  extended = ["a", 1]', "2:3: `extended` is an array", "array of strings"),
        ("global_models = true", "1:1: `global_models` is true or false", "array of strings"),
        ("client = 'no'", "1:1: `client` is a string", "client = true"),
        ("lean_client = 1", "1:1: `lean_client` is a number", "lean_client = true"),
        ("prisma = 5.17", "1:1: `prisma` is a number", '"5.17" or "6" or "7"'),
        ('prisma = "5"', '1:1: `prisma` is "5", it must be "5.17" or "6" or "7"', 'write prisma = "5.17"'),
        ("rules = 1", "1:1: `rules` is a number", "[rules]"),
        ('rules = { a = "of" }', '1:1: `rules.a` is "of"', "did you mean `off`?"),
        ('client = true\n[rules]\nb = "off"\n"a" = false', "4:1: `rules.a` is true or false", '"error" or '),
        ('[rules.a]\nlevel = "off"', "1:2: `rules.a` is a table", "a string"),
        ("[tool.kaven]\nclient = true", "1:2: unknown setting `tool`", "without [tool.kaven]"),
    ],
)
def test_a_wrong_setting_is_refused_at_its_line(text: str, message: str, help_line: str):
    error = refusal(text)
    assert error.message.startswith(f"kaven.toml:{message}")
    assert help_line in error.help


def test_a_wrong_setting_in_pyproject_is_refused_at_its_line():
    text = (
        '[project]\nname = "kaven"\nbase = 1\n[tool.kaven]\nclient = true\nbase = 1\n[tool.other]\nbase = 1\n'
    )
    assert refusal(text, "pyproject.toml").message.startswith("pyproject.toml:6:1: `base`")
    assert refusal("[tool]\nkaven = 3", "pyproject.toml").message.startswith(
        "pyproject.toml:2:1: `tool.kaven`"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'base = "x"\nextended =\n', "2:11: not valid TOML: Invalid value"),
        (b'base = """x', "1:1: not valid TOML: Unterminated string"),
        (b'base = "x"\n# caf\xe9\n', "2:1: not valid TOML: not UTF-8"),
        (b"base = " + b"[" * 100_000, ""),
    ],
)
def test_text_that_is_no_toml_is_refused_at_its_place(content: bytes, message: str):
    Path("kaven.toml").write_bytes(content)
    with pytest.raises(KavenError) as caught:
        load_settings(Path())
    assert (caught.value.rule, caught.value.exit_code) == ("config_invalid", ExitCode.WRONG_USE)
    assert caught.value.message.startswith(f"kaven.toml:{message}")


def test_a_settings_file_that_may_not_be_read_is_refused():
    Path("kaven.toml").mkdir()
    with pytest.raises(KavenError) as caught:
        load_settings(Path())
    assert (caught.value.rule, caught.value.exit_code) == ("config_unreadable", ExitCode.ENVIRONMENT)


def test_a_rule_that_nobody_knows_can_be_refused_at_its_line():
    write("kaven.toml", 'client = true\n[rules]\nfoo = "off"\nbar = "off"\n')
    error = load_settings(Path()).document.error(("rules", "bar"), "there is no rule `bar`", "kaven explain")
    assert error.message == "kaven.toml:4:1: there is no rule `bar`"


def test_output_and_base_may_not_be_one_file():
    write("prisma/schema.base.prisma")
    Path("prisma/schema.prisma").symlink_to("schema.base.prisma")
    refusal("", rule="file_has_two_roles")


def test_extended_may_not_be_base_or_output():
    write("a.prisma")
    for setting in ("base", "output"):
        write("kaven.toml", f'{setting} = "a.prisma"\nextended = "./a.prisma"')
        with pytest.raises(KavenError) as caught:
            load_settings(Path()).extended_files()
        assert (caught.value.rule, caught.value.exit_code) == ("file_has_two_roles", ExitCode.WRONG_USE)


def test_one_extended_file():
    write("prisma/schema.extended.prisma")
    assert files(load_settings(Path())) == ["prisma/schema.extended.prisma"]


def test_a_folder_stands_for_every_schema_below_it_but_ours():
    for path in ("z/b", "z/a", "y", "schema.base", "schema", ".hidden", ".git/x", "node_modules/p/q"):
        write(f"prisma/{path}.prisma")
    write("prisma/README.md")
    write("kaven.toml", 'extended = "prisma"')
    assert files(load_settings(Path())) == ["prisma/y.prisma", "prisma/z/a.prisma", "prisma/z/b.prisma"]


def test_a_glob_matches_files_below_the_root():
    for path in ("a/x/b.prisma", "a/c.prisma", "a/d.txt", "node_modules/a/e.prisma", "prisma/schema.prisma"):
        write(path)
    write("kaven.toml", 'extended = "**/*.prisma"')
    assert files(load_settings(Path("a"))) == ["a/c.prisma", "a/x/b.prisma"]
    write("kaven.toml", 'extended = ["node_modules/a/*.prisma", "a/?.prisma"]')
    assert files(load_settings(Path("a"))) == ["a/c.prisma", "node_modules/a/e.prisma"]


def test_brackets_in_the_projects_own_path_are_no_glob(project: Path, monkeypatch: pytest.MonkeyPatch):
    write("[ab]/kaven.toml", 'extended = ["*.prisma", "[b]"]')
    write("[ab]/x.prisma")
    write("[ab]/[b]/y.prisma")
    monkeypatch.chdir("[ab]")
    assert files(load_settings(Path())) == ["[b]/y.prisma", "x.prisma"]


def test_a_file_that_is_named_twice_is_read_once():
    write("ours/a.prisma")
    write("ours/b.prisma")
    Path("ours/c.prisma").symlink_to("a.prisma")
    write("kaven.toml", 'extended = ["ours/b.prisma", "ours", "./ours/../ours/*.prisma"]')
    assert files(load_settings(Path())) == ["ours/a.prisma", "ours/b.prisma"]


def test_the_order_of_files_does_not_depend_on_how_they_are_named():
    for name in ("b", "a/z", "a-1", "C"):
        write(f"ours/{name}.prisma")
    named = [f"ours/{name}.prisma" for name in ("b", "a-1", "C", "a/z")]
    expected = ["ours/C.prisma", "ours/a/z.prisma", "ours/a-1.prisma", "ours/b.prisma"]
    for extended in (named, named[::-1], ["ours"], ["ours/**/*.prisma"]):
        write("kaven.toml", f"extended = {extended}")
        assert files(load_settings(Path())) == expected


def test_there_may_be_no_extension():
    write("kaven.toml", "extended = []")
    assert files(load_settings(Path())) == []


@pytest.mark.parametrize("extended", ["none.prisma", "none/*.prisma", "prisma", "prisma/*.prisma"])
def test_an_extension_that_is_not_there_is_refused(extended: str):
    write("prisma/schema.base.prisma")
    write("kaven.toml", f'extended = "{extended}"')
    for overrides, code in ((None, ExitCode.PROBLEMS), (Overrides(extended=(extended,)), ExitCode.WRONG_USE)):
        with pytest.raises(KavenError) as caught:
            load_settings(Path(), overrides).extended_files()
        assert (caught.value.rule, caught.value.exit_code) == ("extended_not_found", code)
        assert extended in caught.value.message
        assert "kaven init" in caught.value.help


@pytest.mark.parametrize("text", [None, "[project]\nname = 'app'\n"])
def test_without_settings_nothing_heavy_is_loaded(text: str | None):
    if text:
        write("pyproject.toml", text)
    script = (
        "import sys; from pathlib import Path; from kaven_schema.config import load_settings\n"
        "load_settings(Path())\n"
        "print(sorted({'tomllib', 'difflib', 'click', 'lark', 'jinja2'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
