"""Old base, new base and extended: what is named, as what, and where."""

from __future__ import annotations

from datetime import date

import pytest

from kaven_schema.diagnostics import SchemaError, Severity
from kaven_schema.pipeline import CompilerOptions
from kaven_schema.source import Source
from kaven_schema.update.plan import Acceptance, Plan, State, make_plan
from kaven_schema.update.release import DataMigration, Manifest, Release, ReleaseMigration, Version
from tests.update.vendor import CONFIG

USER = "model User {\n  id Int @id\n"
RELATION = "  user User @relation(fields: [userId], references: [id])\n"


def release(
    base: str,
    version: str = "2.0.0",
    after: str = "1.0.0",
    breaks: tuple[tuple[str, str], ...] = (),
    sql: str = "",
) -> Release:
    name = "20260101000000_kaven_x"
    manifest = Manifest(
        name="acme",
        version=Version.parse(version),
        date=date(2026, 1, 1),
        previous=Version.parse(after),
        breaks=tuple(DataMigration(rule, path, name) for rule, path in breaks),
    )
    return Release(
        manifest, Source(f"{version}.prisma", CONFIG + base), (ReleaseMigration(name, "x", sql),), version
    )


def plan(
    old: str,
    *new: str | Release,
    extended: str = "",
    adopt: bool = False,
    accepted: tuple[Acceptance, ...] = (),
) -> Plan:
    state = State(Source("base.prisma", CONFIG + old), (Source("own.prisma", extended),), CompilerOptions())
    steps, after = [], "1.0.0"
    for number, one in enumerate(new, 2):
        steps.append(one if isinstance(one, Release) else release(one, f"{number}.0.0", after))
        after = f"{number}.0.0"
    return make_plan(state, steps, accepted, adopt=adopt)


def told(found: Plan, severity: Severity = Severity.ERROR) -> dict[str, list[str]]:
    """By rule: where each finding's labels are, as file:line:column."""
    places: dict[str, list[str]] = {}
    for one in found.diagnostics:
        if one.severity is severity:
            labels = [f"{at.source.path}:{at.source.position(at.span.start).line}" for at in one.labels]
            places.setdefault(one.rule, []).append(" ".join(labels))
    return places


# --- what the vendor does -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name String\n", "fullName String\n", "vendor_field_same_name"),
        ("a Int?\nname String\nb Int?\n", "a Int?\ntitle String\nb Int?\n", "vendor_field_same_name"),
        ("name String?\n", 'label String? @map("name")\n', "vendor_field_same_name"),
        ("name String\n", "quantity Int?\n", "vendor_field_kept"),
        ("a String @db.VarChar(9)\n", "a String @db.VarChar(99)\n", "vendor_field_same_type"),
        ("a Role\n", "a String\n", "vendor_field_same_type"),
        ("a Int?\n", "a Int[]\n", "vendor_field_same_arity"),
        ("a Int\n", "a Int @default(1)\n", "vendor_field_same_default"),
        ("a Int\n", "a Int @ignore\n", "vendor_attribute_kept"),
        ("a Int\n@@unique([a])\n", "a Int\n@@unique([a, id])\n", "vendor_constraint_kept"),
        ("a Int\n@@index([a])\n", "a Int\n@@index([a], type: Hash)\n", "vendor_index_kept"),
        ("a Int\n", 'a Int\n@@map("people")\n', "vendor_stored_name_kept"),
        ("a Int?\n", "a Role?\n", "vendor_field_same_type"),
    ],
)
def test_what_is_no_addition_has_its_class(old: str, new: str, expected: str):
    role = "enum Role {\n  A\n}\n"
    found = told(plan(f"{USER}{old}}}\n{role}", f"{USER}{new}}}\n{role}"))
    assert list(found) == [expected]
    (place,) = found[expected]
    assert "2.0.0.prisma:" in place
    assert "base.prisma:" in place.replace("2.0.0.prisma", "")


@pytest.mark.parametrize(
    "new",
    [
        "nick String?\n",
        "active Boolean @default(true)\n",
        "at DateTime @default(now())\n",
        "tags String[]\n",
        "nick String? @unique\n",
        "a Int?\n@@index([a])\n",
        "a Int?\n@@unique([a, id])\n",
        "posts Post[]\n}\nmodel Post {\n  id Int @id\n  userId Int\n" + RELATION,
        "}\nenum Role {\n  A\n",
        "/// says more\na Int?\n// and this\n",
    ],
)
def test_an_addition_passes(new: str):
    found = plan(f"{USER}}}\n", f"{USER}{new}}}\n")
    assert found.is_clear, found.diagnostics
    assert found.steps[0].additions


def test_a_renamed_model_is_one_finding_and_not_all_that_follows():
    old = f"{USER}email String\nname String?\nposts Post[]\n}}\n"
    post = "model Post {\n  id Int @id\n  userId Int\n  user %s @relation(fields: [userId], references: [id])\n}\n"
    found = told(plan(old + post % "User", old.replace("User", "Account") + post % "Account"))
    assert found == {"vendor_block_same_name": ["2.0.0.prisma:6 base.prisma:6"]}


def test_a_text_that_grows_is_another_type_on_mysql():
    mysql = CONFIG.replace("postgresql", "mysql")
    extended = (Source("own.prisma", ""),)
    old = State(Source("base.prisma", f"{mysql}{USER}a String\n}}\n"), extended, CompilerOptions())
    new = release("").manifest, Source("2.0.0.prisma", f"{mysql}{USER}a String @db.Text\n}}\n")
    (found,) = make_plan(old, [Release(*new, (), "2.0.0")]).diagnostics
    assert (found.rule, found.message) == ("vendor_field_same_type", "`User.a`: `String` becomes `@db.Text`")


def test_a_relation_is_renamed_with_its_column():
    old = (
        f"{USER}posts Post[]\n}}\nmodel Post {{\n  id Int @id\n  authorId Int\n"
        "  author User @relation(fields: [authorId], references: [id])\n}\n"
    )
    new = old.replace("authorId", "userId").replace("author User", "user User")
    assert told(plan(old, new)) == {
        "vendor_field_same_name": ["2.0.0.prisma:13 base.prisma:13", "2.0.0.prisma:12 base.prisma:12"]
    }
    assert list(told(plan(old, old.replace("authorId", "userId")))) == ["vendor_field_same_name"]
    other = plan(old, old.replace("author", "nothing"))
    assert set(told(other)) == {"vendor_field_same_name"}


def test_a_renamed_value_is_one_finding():
    user, old = f"{USER}}}\n", "enum State {\n  OPEN\n  CANCELLED\n}\n"
    found = told(plan(user + old, user + old.replace("CANCELLED", "CANCELED")))
    assert found == {"vendor_enum_value_same_name": ["2.0.0.prisma:11 base.prisma:11"]}
    other = plan(user + old, user + old.replace("CANCELLED", "PENDING"))
    assert list(told(other)) == ["vendor_enum_value_kept"]
    assert [one.path for one in other.steps[0].additions] == ["State.PENDING"]


def test_another_kind_of_block_is_one_finding():
    old, new = "enum Note {\n  A\n  B\n}\n", "model Note {\n  id Int @id\n  text String\n}\n"
    user = f"{USER}}}\n"
    for first, second in ((old, new), (new, old)):
        assert list(told(plan(user + first, user + second))) == ["vendor_block_same_kind"]


def test_a_renamed_column_takes_its_keys_along():
    old = f"{USER}ownerName String\n@@index([ownerName])\n@@unique([ownerName, id])\n}}\n"
    found = told(plan(old, old.replace("ownerName", "nameOfOwner")))
    assert list(found) == ["vendor_field_same_name"]


def test_a_relation_to_what_only_extended_defines_is_no_column():
    extended = (
        "model Ticket {\n  id Int @id\n  userId Int?\n"
        "  user User? @relation(fields: [userId], references: [id])\n}\n"
    )
    found = plan(f"{USER}}}\n", f"{USER}tickets Ticket[]\n}}\n", extended=extended)
    assert ("relation_added", "User.tickets") in [(one.kind, one.path) for one in found.steps[0].additions]
    assert found.is_clear, found.diagnostics


def test_order_and_layout_change_nothing():
    old = f"{USER}a Int?\nb Int?\n}}\nenum Role {{\n  A\n  B\n}}\n"
    new = "enum Role {\n  B\n  A\n}\n\n// moved\nmodel User {\n  b   Int?\n\n  a Int?\n  id Int @id\n}\n"
    found = plan(old, new)
    assert found.is_clear
    assert not found.steps[0].additions


# --- what extended has to do with it --------------------------------------------------------------------


def test_what_extended_has_just_so_is_adopted():
    extended = """\
/// Theirs
model User {
  /// shown to friends
  nick String? // why
  keep Int?

  tickets Ticket[]

  @@index(fields: [nick])
}

model Ticket {
  id     Int   @id
  userId Int?
  user   User? @relation(fields: [userId], references: [id])
  extra  Int?
}

enum Size {
  SMALL
}
"""
    new = (
        f"{USER}nick String?\ntickets Ticket[]\n@@index([nick])\n}}\n"
        "model Ticket {\n  id Int @id\n  userId Int?\n  user User? @relation(fields: [userId], references: [id])\n}\n"
        "enum Size {\n  SMALL\n}\n"
    )
    asked = plan(f"{USER}}}\n", new, extended=extended)
    assert told(asked) == {
        "addition_is_adopted": [
            "own.prisma:4 2.0.0.prisma:8",
            "own.prisma:7 2.0.0.prisma:9",
            "own.prisma:9 2.0.0.prisma:10",
            "own.prisma:13 2.0.0.prisma:13",
            "own.prisma:14 2.0.0.prisma:14",
            "own.prisma:15 2.0.0.prisma:15",
            "own.prisma:20 2.0.0.prisma:18",
        ]
    }
    found = plan(f"{USER}}}\n", new, extended=extended, adopt=True)
    assert found.is_clear, found.diagnostics
    assert (
        found.after.extended[0].text
        == """\
/// Theirs
model User {
  // shown to friends
  // nick, in base since 2.0.0: why

  keep Int?

}

model Ticket {
  extra  Int?
}

"""
    )


def test_a_unique_field_is_the_constraint_that_extended_wrote():
    old, new = f"{USER}email String\n}}\n", f"{USER}email String @unique\n}}\n"
    extended = "model User {\n  nick String?\n\n  @@unique([email])\n}\n"
    asked = plan(old, new, extended=extended)
    assert told(asked) == {"addition_is_adopted": ["own.prisma:4 2.0.0.prisma:8"]}
    found = plan(old, new, extended=extended, adopt=True)
    assert found.is_clear, found.diagnostics
    assert "unique" not in found.after.extended[0].text
    named = extended.replace("])", '], map: "mine")')
    assert plan(old, new, extended=named).is_clear  # another constraint, which PostgreSQL takes


@pytest.mark.parametrize(
    ("new", "extended", "lines"),
    [
        ("nick String?\n", "model User {\n  nick Int?\n}\n", "own.prisma:2 2.0.0.prisma:8"),
        ("nick String?\n", "model User {\n  nick String? @unique\n}\n", "own.prisma:2 2.0.0.prisma:8"),
        (
            "@@index([id])\n",
            'model User {\n  @@index([id], map: "mine")\n}\n',
            "own.prisma:2 2.0.0.prisma:8",
        ),
        ("}\nenum Note {\n  A\n", "model Note {\n  id Int @id\n}\n", "own.prisma:1 2.0.0.prisma:9"),
        (
            "}\nmodel Note {\n  id Int @id\n  text String?\n",
            "model Note {\n  id Int @id\n}\n",
            "own.prisma:1 2.0.0.prisma:9 2.0.0.prisma:11",
        ),
        (
            "}\nenum Size {\n  A\n  B\n",
            'enum Size {\n  A @map("a")\n  B\n}\n',
            "own.prisma:2 2.0.0.prisma:10",
        ),
    ],
)
def test_what_extended_has_in_another_form_is_a_conflict(new: str, extended: str, lines: str):
    for adopt in (False, True):
        found = told(plan(f"{USER}}}\n", f"{USER}{new}}}\n", extended=extended, adopt=adopt))
        found.pop("addition_is_adopted", None)
        assert found == {"addition_same_as_extended": [lines]}


def test_names_that_meet_in_the_database():
    extended = (
        'model User {\n  short String? @map("nick")\n}\n\nmodel Mine {\n  id Int @id\n  @@map("notes")\n}\n'
    )
    new = f'{USER}nick String?\n}}\nmodel Note {{\n  id Int @id\n  @@map("notes")\n}}\n'
    found = told(plan(f"{USER}}}\n", new, extended=extended))
    assert set(found) == {"merged_names_unique"}
    assert {place.split()[0] for place in found["merged_names_unique"]} >= {"own.prisma:2"}
    assert all("2.0.0.prisma" in place for place in found["merged_names_unique"])


def test_what_extended_names_and_is_gone():
    old = f"{USER}legacy String?\nrole Role\nnotes Note[]\n}}\nenum Role {{\n  A\n  B\n}}\n"
    note = "model Note {\n  id Int @id\n  userId Int?\n  user User? @relation(fields: [userId], references: [id])\n}\n"
    extended = """\
model User {
  other Role @default(B)
  @@index([legacy])
}
model Note {
  text String?
}
model Own {
  id Int @id
  noteId Int
  note Note @relation(fields: [noteId], references: [id])
}
"""
    extended = extended.replace("  text", "  owns Own[]\n  text")
    new = f"{USER}role Role\n}}\nenum Role {{\n  A\n}}\n"
    found = told(plan(old + note, new, extended=extended))
    assert found["extension_target_kept"] == ["own.prisma:5 base.prisma:16"]
    assert found["extension_reference_kept"][:2] == [
        "own.prisma:2 base.prisma:14",
        "own.prisma:3 base.prisma:8",
    ]


def test_an_opposite_that_only_base_had():
    extended = "model Own {\n  id Int @id\n  userId Int\n  user User @relation(fields: [userId], references: [id])\n}\n"
    found = told(plan(f"{USER}owns Own[]\n}}\n", f"{USER}}}\n", extended=extended))
    assert found["extension_reference_kept"][0].startswith("own.prisma:4")
    assert list(found) == ["vendor_field_kept", "extension_reference_kept"]


def test_what_was_wrong_before_is_told_once_nothing_else_is():
    extended = "model User {\n  email Missing?\n}\n"
    assert list(told(plan(f"{USER}}}\n", f"{USER}a Int?\n}}\n", extended=extended))) == ["type_known"]


def test_every_step_of_the_way_is_judged():
    found = told(plan(f"{USER}a Int?\n}}\n", f"{USER}}}\n", f"{USER}a Int?\n}}\n"))
    assert found == {"vendor_field_kept": ["base.prisma:8 2.0.0.prisma:6"]}


def test_syntax_errors_stop_the_planning():
    for old, new, extended in (
        (f"{USER}}}\n", f"{USER}}}\n", "model {\n"),
        (f"{USER}}}\n", "model User {\n  id Int @@\n}\n", ""),
    ):
        with pytest.raises(SchemaError):
            plan(old, new, extended=extended)


# --- accepted breaks ------------------------------------------------------------------------------------

RENAME = ("vendor_field_same_name", "User.name")
FILL = 'ALTER TABLE "User" ADD COLUMN "fullName" TEXT;\nUPDATE "User" SET "fullName" = "name";\n'


@pytest.mark.parametrize(
    ("version", "breaks", "sql", "accepted", "says"),
    [
        ("2.0.0", (RENAME,), FILL, RENAME, ""),
        ("2.0.0", (RENAME,), FILL, ("vendor_field_kept", "User.name"), "kaven.lock"),
        ("2.0.0", (), FILL, RENAME, "no migration of the data"),
        (
            "2.0.0",
            (RENAME,),
            'ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";',
            RENAME,
            "renames in place",
        ),
        ("2.0.0", (RENAME,), 'ALTER TABLE "User" ADD COLUMN "fullName" TEXT;', RENAME, "fills nothing"),
        ("1.1.0", (RENAME,), FILL, RENAME, "major version"),
    ],
)
def test_when_a_break_may_pass(
    version: str, breaks: tuple[tuple[str, str], ...], sql: str, accepted: tuple[str, str], says: str
):
    new = release(f"{USER}fullName String\n}}\n", version, breaks=breaks, sql=sql)
    acceptance = Acceptance(version, *accepted, "we are ready")
    found = plan(f"{USER}name String\n}}\n", new, accepted=(acceptance,))
    assert found.is_clear is (not says)
    helps = " ".join(one.help for one in found.diagnostics)
    assert (says or "we are ready") in helps


def test_an_acceptance_of_nothing_is_a_warning():
    acceptance = Acceptance("2.0.0", "vendor_field_kept", "User.nothing", "why")
    found = plan(f"{USER}}}\n", f"{USER}a Int?\n}}\n", accepted=(acceptance,))
    assert found.is_clear
    assert list(told(found, Severity.WARNING)) == ["accepted_break_known"]


@pytest.mark.parametrize(
    ("mine", "help_line"),
    [
        ("nick Int?", "kaven migrate expand rename User.nick NEW_NAME"),
        ('nick Int? @map("nick")', "another column"),
        ('nick Int? @map("alias")', "a field keeps its column by @map"),
    ],
)
def test_another_name_alone_does_not_part_what_shares_a_column(mine: str, help_line: str):
    found = plan(f"{USER}}}\n", f"{USER}nick String?\n}}\n", extended=f"model User {{\n  {mine}\n}}\n")
    (conflict,) = (one for one in found.diagnostics if one.rule == "addition_same_as_extended")
    assert help_line in conflict.help
