from __future__ import annotations

import pytest

from kaven_schema.update.sql import Made, made_by_all, without_made

SHIPPED = """\
-- CreateEnum
CREATE TYPE "Size" AS ENUM ('SMALL', 'LARGE');

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "nick" TEXT DEFAULT 'a, b; c',
ADD COLUMN     "score" DECIMAL(10,2) NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "notes" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "notes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_nick_key" ON "users"("nick");

-- AlterEnum
ALTER TYPE "Role" ADD VALUE 'GUEST';

-- AddForeignKey
ALTER TABLE "notes" ADD CONSTRAINT "notes_id_fkey" FOREIGN KEY ("id") REFERENCES "users"("id") ON DELETE CASCADE;
"""


def left(*scripts: str) -> tuple[str, tuple[str, ...]]:
    return without_made(SHIPPED, made_by_all(scripts))


def test_what_nobody_made_stays():
    assert left() == (SHIPPED, ())
    assert left('ALTER TABLE "others" ADD COLUMN "nick" TEXT;') == (SHIPPED, ())
    assert left('-- ALTER TABLE "users" ADD COLUMN "nick" TEXT;\nSELECT \'x\';') == (SHIPPED, ())


def test_one_clause_of_many_goes():
    text, gone = left('ALTER TABLE "users" ADD COLUMN "nick" TEXT;')
    assert gone == ("column users.nick",)
    assert 'ALTER TABLE "users" ADD COLUMN     "score" DECIMAL(10,2) NOT NULL DEFAULT 0;' in text
    assert "a, b; c" not in text
    assert text.replace('ALTER TABLE "users" ADD COLUMN     "score"', "") in SHIPPED.replace(
        'ALTER TABLE "users" ADD COLUMN     "nick" TEXT DEFAULT \'a, b; c\',\nADD COLUMN     "score"', ""
    )


@pytest.mark.parametrize(
    ("script", "gone", "word"),
    [
        ('CREATE TABLE "notes" ("id" INTEGER);', "table notes", 'CREATE TABLE "notes"'),
        ("CREATE TYPE \"Size\" AS ENUM ('SMALL', 'LARGE');", "type Size", "CREATE TYPE"),
        ("ALTER TYPE \"Role\" ADD VALUE IF NOT EXISTS 'GUEST';", "value Role.GUEST", "ADD VALUE"),
        ("CREATE TYPE \"Role\" AS ENUM ('USER', 'GUEST');", "value Role.GUEST", "ADD VALUE"),
        (
            'CREATE INDEX IF NOT EXISTS "users_nick_key" ON "users"("nick");',
            "index users_nick_key",
            "UNIQUE INDEX",
        ),
        (
            'ALTER TABLE "a" ADD CONSTRAINT "notes_id_fkey" CHECK (1 = 1);',
            "constraint notes_id_fkey",
            "FOREIGN KEY",
        ),
        ("alter table Users add column nick text, ADD score INT;", "column users.nick", '"nick" TEXT'),
        (
            "create table if not exists users (id INT PRIMARY KEY, nick text);",
            "column users.nick",
            '"nick" TEXT',
        ),
        ("CREATE INDEX users_nick_key ON users(nick);", "index users_nick_key", "UNIQUE INDEX"),
        ('CREATE TABLE "users" ("nick" TEXT);', "column users.nick", '"nick" TEXT'),
    ],
)
def test_what_is_made_already_is_left_out(script: str, gone: str, word: str):
    text, found = left(script)
    assert gone in found
    assert word in SHIPPED
    assert word not in text


def test_what_was_dropped_again_stays():
    made = 'ALTER TABLE "users" ADD COLUMN "nick" TEXT;'
    for dropped in (
        'ALTER TABLE "users" DROP COLUMN "nick";',
        'ALTER TABLE "users" RENAME COLUMN "nick" TO "other";',
        'ALTER TABLE "users" RENAME TO "people";',
        'DROP TABLE IF EXISTS "users" CASCADE;',
        "alter table users drop column nick;",
    ):
        assert left(made, dropped) == (SHIPPED, ())
    assert left('CREATE INDEX "users_nick_key" ON "x"("y");', 'DROP INDEX "users_nick_key";') == (SHIPPED, ())
    assert left("CREATE TYPE \"Size\" AS ENUM ('A');", 'DROP TYPE "Size";') == (SHIPPED, ())


def test_a_type_that_took_the_place_of_another_has_its_values():
    made = (
        "CREATE TYPE \"Role\" AS ENUM ('A', 'B');\nCREATE TYPE \"Role_new\" AS ENUM ('A');\n"
        'ALTER TYPE "Role" RENAME TO "Role_old";\nALTER TYPE "Role_new" RENAME TO "Role";\nDROP TYPE "Role_old";\n'
    )
    assert made_by_all([made]) == {Made("type", "", "Role"), Made("value", "Role", "A")}


def test_a_script_of_which_nothing_is_left_says_so():
    text, gone = without_made('ALTER TABLE "t" ADD COLUMN "a" INT;\n', frozenset([Made("column", "t", "a")]))
    assert gone == ("column t.a",)
    assert text.strip()
    assert "nothing is left to do" in text
