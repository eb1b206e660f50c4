"""kaven generate: the whole way, to a client that Python imports."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

SHOW = """
import json, sys
sys.path.insert(0, "app")
from db.enums import Role
from db.models import Ticket, User
print(json.dumps({
    "User": {name: str(field.annotation) for name, field in User.model_fields.items()},
    "Ticket": sorted(Ticket.model_fields),
    "Role": list(Role.__members__),
}))
"""


def imported(project) -> dict[str, Any]:
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=project.root, check=False, capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    client: dict[str, Any] = json.loads(shown.stdout)
    return client


def test_base_and_extended_are_in_one_typed_client(project) -> None:
    run = project.run("generate")
    assert (run.code, run.out) == (0, "")
    assert "prisma/schema.prisma written\n" in run.err
    assert run.err.endswith("app/db: typed client with 3 models and 1 enum\n")
    client = imported(project)
    assert client["User"]["email"] == "<class 'str'>"
    assert client["User"]["phone"] == "typing.Optional[str]"
    assert client["Ticket"] == sorted(
        ["id", "tenantId", "authorId", "subject", "createdAt", "updatedAt", "tenant", "author"]
    )
    assert client["Role"] == ["ADMIN", "MEMBER", "GUEST"]


def test_the_client_goes_where_the_settings_say(project) -> None:
    """Base is the vendor's: what it says stays in the merged schema."""
    (project.root / "kaven.toml").write_text('client_output = "src/client"\n')
    run = project.run("generate")
    assert run.code == 0
    assert run.err.endswith("src/client: typed client with 3 models and 1 enum\n")
    assert 'output               = "../app/db"' in project.merged()
    assert (project.root / "src" / "client" / "client.py").is_file()
    assert not (project.root / "app").exists()
    assert "client: src/client was generated from this schema" in project.run("doctor").out


def test_a_client_never_leaves_through_a_symlink(project, tmp_path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project.root / "src").symlink_to(tmp_path / "elsewhere")
    (project.root / "kaven.toml").write_text('client_output = "src/client"\n')
    run = project.run("generate")
    assert run.code == 3
    assert "error[output_outside_project]" in run.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_second_run_follows_a_change(project) -> None:
    project.run("generate")
    project.edit(project.extended, "phone   String?", "age     Int?")
    assert project.run("generate").code == 0
    fields = imported(project)["User"]
    assert "phone" not in fields
    assert fields["age"] == "typing.Optional[int]"


def test_without_the_client_it_merges_and_checks(project) -> None:
    run = project.run("generate", "--no-client")
    assert run.code == 0
    assert run.err == "Prisma 5.17 accepts the merged schema\nprisma/schema.prisma written\n"
    assert not (project.root / "app").exists()


def test_a_project_can_go_without_a_client(project) -> None:
    (project.root / "kaven.toml").write_text("client = false\n")
    assert project.run("generate").code == 0
    assert not (project.root / "app").exists()


def test_a_schema_without_a_python_generator_is_merged_all_the_same(project) -> None:
    project.edit(project.base, '"prisma-client-py"', '"prisma-client-js"')
    for line in ('  interface            = "asyncio"\n', "  recursive_type_depth = -1\n"):
        project.edit(project.base, line, "")
    run = project.run("generate")
    assert run.code == 0
    assert "no Python client: " in run.err
    assert project.output.exists()


@pytest.mark.parametrize(
    ("broken", "rule"),
    [("phone   Strin?", "type_known"), ("phone   String? @db.Text @db.Inet", "prisma_accepts")],
    ids=["our rules", "Prisma's validator"],
)
def test_an_error_writes_neither_schema_nor_client(project, broken: str, rule: str) -> None:
    project.edit(project.extended, "phone   String?", broken)
    before = project.files()
    run = project.run("generate")
    assert (run.code, run.out) == (1, "")
    assert f"error[{rule}]" in run.err
    assert project.files() == before
