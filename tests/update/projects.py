"""A project that stands on the vendor's first release, with migrations and an extended schema of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from kaven_schema.config import load_settings
from kaven_schema.update.release import open_source
from kaven_schema.update.updating import Update, Wish, apply_update, plan_update
from tests.projects import files
from tests.running import kaven
from tests.update.vendor import CONFIG, release, shelf

ONE = """\
model User {
  id    Int     @id
  email String  @unique
  old   String?
}
"""
TWO = """\
model User {
  id    Int     @id
  email String  @unique
  old   String?
  nick  String?

  notes Note[]
}

model Note {
  id     Int  @id
  userId Int?
  user   User? @relation(fields: [userId], references: [id])
}
"""
TWO_SQL = """\
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "nick" TEXT;

-- CreateTable
CREATE TABLE "Note" (
    "id" INTEGER NOT NULL,
    "userId" INTEGER,

    CONSTRAINT "Note_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "Note" ADD CONSTRAINT "Note_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id");
"""
EXTENDED = """\
// mine
model User {
  company String? // where they work
}
"""
INIT = """\
CREATE TABLE "User" ("id" INTEGER NOT NULL, "email" TEXT NOT NULL, "old" TEXT, PRIMARY KEY ("id"));
"""
DEV = 'ALTER TABLE "User" ADD COLUMN "company" TEXT;\n'
SETTINGS = 'client = false\nreleases = "../vendor"\n'


def trees() -> list[dict[str, bytes]]:
    return [
        release("1.0.0", ONE, sql={"20260101000000_kaven_init": INIT}),
        release("2.0.0", TWO, after="1.0.0", sql={"20260202000000_kaven_notes": TWO_SQL}),
    ]


def make(folder: Path, *, extended: str = EXTENDED, more: tuple[dict[str, bytes], ...] = ()) -> Path:
    """The project in `folder`/project, its vendor in `folder`/vendor."""
    shelf(folder / "vendor", [*trees(), *more])
    root = folder / "project"
    for name, text in (
        ("kaven.toml", SETTINGS),
        ("prisma/schema.base.prisma", CONFIG + ONE),
        ("prisma/schema.extended.prisma", extended),
        ("prisma/migrations/20260101000000_kaven_init/migration.sql", INIT),
        ("prisma/migrations/20990101000000_dev_company/migration.sql", DEV),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    run(root, "merge")
    return root


def run(root: Path, *arguments: str, code: int = 0, plain_user: bool = False) -> str:
    """What the command says on both streams; it must end with `code`."""
    done = kaven(*arguments, cwd=root, plain_user=plain_user)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def plan(root: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = kaven("update", "--json", *arguments, cwd=root)
    assert done.returncode == code, (done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def planned(root: Path, *, adopt: bool = False) -> Update:
    settings = load_settings(root)
    return plan_update(settings, open_source(settings.releases, settings.root), Wish(adopt=adopt))


def update(root: Path, *, adopt: bool = False) -> Update:
    found = planned(root, adopt=adopt)
    assert found.is_clear, found.diagnostics
    apply_update(found, lambda: None)
    return found


def migrations(root: Path) -> list[str]:
    return sorted(path.parent.name for path in (root / "prisma" / "migrations").glob("*/migration.sql"))


def copy_of(root: Path, folder: Path) -> Path:
    shutil.copytree(root, folder)
    return folder


__all__ = ["files"]
