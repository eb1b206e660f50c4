from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.schema_wasm import EngineFinding, SchemaEngine, engines_available
from kaven_schema.engines.wasm_calls import EngineError

VALID = "model User {\n  id Int @id\n}\n"
UNKNOWN_TYPE = "model Post {\n  id Int @id\n  owner Nobody\n}\n"
TOO_DEEP = f"model A {{\n  id Int @default({'[' * 50_000})\n}}\n"
UNKNOWN = 'Type "Nobody" is neither a built-in type, nor refers to another model, composite type, or enum.'


def marked(finding: EngineFinding, text: str) -> str:
    return text[finding.start : finding.end]


def crash(engine: SchemaEngine, text: str) -> KavenError:
    with pytest.raises(KavenError) as raised:
        engine.lint([("schema.prisma", text)])
    assert raised.value.rule == "prisma_engine_panicked"
    assert raised.value.exit_code is ExitCode.PROBLEMS
    assert engine.prisma in raised.value.message
    return raised.value


def test_valid_schema_has_no_findings(engine: SchemaEngine) -> None:
    assert engine.lint([("schema.prisma", VALID)]) == ()
    engine.validate([("schema.prisma", VALID)])


def test_finding_has_its_place(engine: SchemaEngine) -> None:
    start = UNKNOWN_TYPE.index("Nobody")
    assert engine.lint([("schema.prisma", UNKNOWN_TYPE)]) == (
        EngineFinding("schema.prisma", start, start + len("Nobody"), UNKNOWN, is_warning=False),
    )


@pytest.mark.parametrize("comment", ["// äöü 漢字", "// 😀😀", "/// é😀漢😀", "// \u2028 \u00a0"])
def test_places_count_characters(engine: SchemaEngine, comment: str) -> None:
    text = f"{comment}\n{UNKNOWN_TYPE.replace('owner', f'{comment}{chr(10)}  owner')}{comment}\n"
    (finding,) = engine.lint([("schema.prisma", text)])
    assert marked(finding, text) == "Nobody"


def test_place_behind_the_last_wide_character(engine: SchemaEngine) -> None:
    text = 'model A {\n  id Int @id\n  name String @default("😀") @nothing\n  // 😀\n}'
    (finding,) = engine.lint([("schema.prisma", text)])
    assert marked(finding, text) == "@nothing"


def test_findings_name_the_file(engine: SchemaEngine) -> None:
    files = [("a 1.prisma", f"// 😀\n{VALID}"), ("ordner/ä.prisma", f"// 😀\n{UNKNOWN_TYPE}")]
    (finding,) = engine.lint(files)
    assert finding.path == "ordner/ä.prisma"
    assert marked(finding, files[1][1]) == "Nobody"


def test_all_findings_come_at_once(engine: SchemaEngine) -> None:
    text = UNKNOWN_TYPE + "model Other {\n  id Int @id @nonsense\n}\n"
    found = engine.lint([("schema.prisma", text)])
    assert [marked(finding, text) for finding in found] == ["Nobody", "@nonsense"]


def test_warning_is_no_error(engine: SchemaEngine) -> None:
    text = f'generator g {{\n  provider = "x"\n  previewFeatures = ["nativeTypes"]\n}}\n{VALID}'
    (finding,) = engine.lint([("schema.prisma", text)])
    assert finding.is_warning
    assert marked(finding, text) == '["nativeTypes"]'
    engine.validate([("schema.prisma", text)])


def test_refusal_is_plain_text(engine: SchemaEngine) -> None:
    with pytest.raises(EngineError) as raised:
        engine.validate([("one.prisma", UNKNOWN_TYPE)])
    report = str(raised.value)
    assert report.startswith(f"error: {UNKNOWN}\n")
    assert "one.prisma:3" in report
    assert "\x1b" not in report
    assert "error_code" not in report


@pytest.mark.parametrize(
    "text", ["", "\n", "model A {", "}", "\ufeffmodel A {\n}\n", 'model A { a "\ud800" }']
)
def test_verdict_is_that_of_validate(engine: SchemaEngine, text: str) -> None:
    files = [("schema.prisma", text)]
    try:
        engine.validate(files)
    except EngineError:
        accepted = False
    else:
        accepted = True
    assert accepted == all(finding.is_warning for finding in engine.lint(files))


def test_url_left_the_schema_with_prisma_7(engine: SchemaEngine) -> None:
    text = f'datasource db {{\n  provider = "postgresql"\n  url = env("X")\n}}\n{VALID}'
    found = engine.lint([("schema.prisma", text)])
    assert [marked(finding, text) for finding in found] == (
        ['url = env("X")'] if engine.prisma == "7" else []
    )


def test_format(engine: SchemaEngine) -> None:
    assert engine.format("model  User{\n// 😀\n  id Int @id\n name   String? // ä\n}") == (
        "model User {\n  // 😀\n  id   Int     @id\n  name String? // ä\n}\n"
    )


def test_dmmf(engine: SchemaEngine) -> None:
    dmmf = engine.dmmf(
        [("schema.prisma", f'datasource db {{\n  provider = "sqlite"\n{url(engine)}}}\n{VALID}')]
    )
    (model,) = dmmf["datamodel"]["models"]
    assert (model["name"], [field["name"] for field in model["fields"]]) == ("User", ["id"])
    with pytest.raises(EngineError, match="Nobody"):
        engine.dmmf([("schema.prisma", UNKNOWN_TYPE)])


def url(engine: SchemaEngine) -> str:
    return "" if engine.prisma == "7" else '  url = env("DATABASE_URL")\n'


def test_config_needs_no_variables(engine: SchemaEngine) -> None:
    text = (
        f'generator client {{\n  provider = env("PROVIDER")\n  output = "./out"\n  list = ["a", "b"]\n}}\n'
        f'datasource db {{\n  provider = "postgresql"\n{url(engine)}}}\n'
    )
    config = engine.config([("folder/schema.prisma", text)], {})
    (generator,) = config["generators"]
    assert generator["provider"] == {"fromEnvVar": "PROVIDER", "value": None}
    assert generator["output"] == {"fromEnvVar": None, "value": "./out"}
    assert generator["config"] == {"list": ["a", "b"]}
    assert config["datasources"][0]["sourceFilePath"] == "folder/schema.prisma"
    with pytest.raises(EngineError, match="provider"):
        engine.config([("schema.prisma", "generator client {\n}\n")], {})


def test_next_call_after_a_crash_is_served(engine: SchemaEngine) -> None:
    for _ in range(2):
        assert "call stack exhausted" in crash(engine, TOO_DEEP).message
        assert len(engine.lint([("schema.prisma", UNKNOWN_TYPE)])) == 1


def test_panic_tells_what_prisma_says() -> None:
    engine = SchemaEngine.load("5.17")
    text = "model A {\n  id String @id @default(nanoid(256))\n}\n"
    assert "PosOverflow" in crash(engine, text).message
    engine.validate([("schema.prisma", VALID)])


def test_many_refusals_leave_the_engine_in_order(engine: SchemaEngine) -> None:
    for _ in range(200):
        with pytest.raises(EngineError):
            engine.validate([("schema.prisma", UNKNOWN_TYPE)])
    engine.validate([("schema.prisma", VALID)])


def test_unknown_version() -> None:
    with pytest.raises(KavenError) as raised:
        SchemaEngine.load("5")
    assert raised.value.rule == "prisma_version_unknown"
    assert raised.value.exit_code is ExitCode.WRONG_USE


def test_without_the_extra(start_python: Callable[..., subprocess.Popen[str]]) -> None:
    assert engines_available()
    process = start_python(
        "from kaven_schema.diagnostics import KavenError\n"
        "from kaven_schema.engines.schema_wasm import SchemaEngine, engines_available\n"
        "print(engines_available())\n"
        "try: SchemaEngine.load('5.17')\n"
        "except KavenError as error: print(error.rule, int(error.exit_code), error.help)",
        bare=True,
    )
    assert process.communicate(timeout=30)[0] == (
        "False\nengines_missing 3 pip install 'kaven-schema[engines]'\n"
    )
