"""What of pg_dumpall's script makes the roles of one database."""

from __future__ import annotations

import psycopg
import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.roles import (
    make_roles,
    missing_roles,
    printed_roles,
    role_statements,
    with_members,
)
from tests.operations.backup.world import World

pytestmark = pytest.mark.xdist_group("postgres")

SCRIPT = r"""
\restrict abc
SET client_encoding = 'UTF8';
-- Roles; a comment
CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN;
ALTER ROLE app SET search_path TO 'a', 'b;c';
CREATE ROLE "odd ""name;";
ALTER ROLE "odd ""name;" WITH LOGIN;
CREATE ROLE other;
ALTER ROLE other WITH SUPERUSER;
GRANT app TO "odd ""name;" WITH INHERIT FALSE GRANTED BY postgres;
GRANT other TO another WITH INHERIT TRUE GRANTED BY "post gres";
GRANT pg_read_all_data TO app WITH INHERIT TRUE GRANTED BY postgres;
CREATE TABLESPACE fast OWNER app LOCATION '/fast';
\unrestrict abc
"""


def test_only_what_is_wanted() -> None:
    assert [text.rstrip(";") for text in role_statements(SCRIPT, ["app"])] == [
        "CREATE ROLE app",
        "ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN",
        "ALTER ROLE app SET search_path TO 'a', 'b;c'",
        'GRANT app TO "odd ""name;" WITH INHERIT FALSE',
        "GRANT pg_read_all_data TO app WITH INHERIT TRUE",
    ]
    assert list(role_statements(SCRIPT, ["nobody"])) == []


def test_quoted_names() -> None:
    found = list(role_statements(SCRIPT, ['odd "name;']))
    assert [text.split()[0] for text in found] == ["CREATE", "ALTER", "GRANT"]


def test_made_once(world: World) -> None:
    names = ["backup_test_one", "backup_test_two"]
    script = "".join(f"CREATE ROLE {name};\nALTER ROLE {name} WITH LOGIN;\n" for name in names)
    script += "GRANT backup_test_one TO backup_test_two;\nGRANT backup_test_one TO nobody_here;\n"
    with psycopg.connect(
        world.superuser.conninfo(), password=world.superuser.password, autocommit=True
    ) as inside:
        try:
            assert missing_roles(inside, [*names, "kaven_owner"]) == tuple(names)
            make_roles(inside, script, names)
            assert missing_roles(inside, names) == ()
            with pytest.raises(KavenError) as caught:
                make_roles(inside, script, ["not_in_the_script"])
            assert caught.value.rule == "backup_roles_missing"
        finally:
            for name in names:
                inside.execute(f"DROP ROLE IF EXISTS {name}".encode())


def test_who_may_not_make_them(world: World) -> None:
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password, autocommit=True) as inside:
        with pytest.raises(KavenError, match="permission denied") as caught:
            make_roles(inside, "CREATE ROLE backup_test_three;", ["backup_test_three"])
        assert caught.value.rule == "backup_roles_missing"
        assert "--roles" in caught.value.help


MEMBERS = """\
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER LOGIN;
CREATE ROLE backup_test_owner;
CREATE ROLE backup_test_login;
ALTER ROLE backup_test_login WITH LOGIN;
CREATE ROLE backup_test_group;
CREATE ROLE backup_test_else;
GRANT backup_test_owner TO backup_test_login;
GRANT backup_test_group TO backup_test_login;
GRANT backup_test_group TO backup_test_else;
GRANT backup_test_owner TO postgres;
GRANT backup_test_else TO postgres;
GRANT pg_read_all_data TO backup_test_owner;
"""


def test_members_come_along() -> None:
    roles = with_members(MEMBERS, ["backup_test_owner"])
    assert roles == ("backup_test_owner", "backup_test_login", "backup_test_group")
    assert [text.rstrip(";") for text in printed_roles(MEMBERS, ["backup_test_owner"])] == [
        "CREATE ROLE backup_test_owner",
        "CREATE ROLE backup_test_login",
        "ALTER ROLE backup_test_login WITH LOGIN",
        "CREATE ROLE backup_test_group",
        "GRANT backup_test_owner TO backup_test_login",
        "GRANT backup_test_group TO backup_test_login",
        "GRANT pg_read_all_data TO backup_test_owner",
    ]


def test_members_are_made(world: World) -> None:
    url = world.superuser
    with psycopg.connect(url.conninfo(), password=url.password, autocommit=True) as inside:
        try:
            assert make_roles(inside, MEMBERS, ["backup_test_owner"]) == ()
            found = inside.execute("SELECT pg_has_role('backup_test_login', 'backup_test_owner', 'MEMBER')")
            assert found.fetchall() == [(True,)]
        finally:
            for name in ("login", "group", "owner"):
                inside.execute(f"DROP ROLE IF EXISTS backup_test_{name}".encode())
