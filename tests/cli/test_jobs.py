"""`kaven jobs`: what there is, and what is asked for wrongly. What they do: tests/services/test_jobs.py."""

from __future__ import annotations

import json

import pytest

from kaven_schema.services.jobs import JOBS
from tests.cli.conftest import Folder


def test_list(folder: Folder) -> None:
    shown = folder.run("jobs", "list")
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == [job.name for job in JOBS]
    found = json.loads(folder.run("jobs", "list", "--json").out)
    assert [one["job"] for one in found] == [job.name for job in JOBS]


@pytest.mark.parametrize("arguments", [(), ("overdue-invoices", "--all"), ("nothing",)], ids=str)
def test_wrong_use(folder: Folder, arguments: tuple[str, ...]) -> None:
    run = folder.run("jobs", "run", *arguments)
    assert run.code == 2
    assert "overdue-invoices" in run.err


def test_help(folder: Folder) -> None:
    assert "17 * * * *" in folder.run("jobs", "run", "--help").out
