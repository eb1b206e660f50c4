"""kaven migrate backfill"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.migrating import chosen_target
from kaven_schema.cli.output import echo_json, say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.database.expand.backfill import Backfill


@click.command("backfill", short_help="fill the column of a plan, in batches")
@click.argument("plan", required=False)
@click.option(
    "--batch-size",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Rows of one transaction.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="ROWS/S",
    help="Write no more than that.  [default: no limit]",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def backfill(plan: str | None, batch_size: int, rate: float | None, as_json: bool) -> int:
    """Give every row that was there before a plan its value, while the application works on.

    Without PLAN, for every plan that is not over. A run that was killed goes on where it was, and several may run at
    once. Where a value cannot be converted nothing is written, and the rows are named.

    \b
    Example:
      kaven migrate backfill
      kaven migrate backfill rename_user_company --batch-size 500 --rate 2000
    """
    from kaven_schema.database.expand.backfill import BackfillOptions
    from kaven_schema.database.expand.backfill import backfill as fill
    from kaven_schema.database.expand.plan import find_plan, read_plans
    from kaven_schema.engines.progress import on_stderr

    settings = load_settings(Path.cwd())
    plans = (find_plan(settings.output, plan),) if plan else read_plans(settings.output)
    options = BackfillOptions(batch=batch_size, rate=rate)
    target = chosen_target(settings) if plans else None
    ran = [(one, fill(target.url, one, options, progress=on_stderr, notify=say)) for one in plans if target]
    done = [result for one, result in ran if plan or not (one.contract and result.is_idle)]
    if as_json:
        echo_json({"plans": [asdict(one) for one in done]})
    else:
        _report(done)
    return ExitCode.FINE if all(one.is_complete for one in done) else ExitCode.PROBLEMS


def _report(done: Sequence[Backfill]) -> None:
    if not done:
        say("there is no open plan: kaven migrate expand --help")
    for one in done:
        if one.hopeless:
            more = " …" if one.hopeless > len(one.keys) else ""
            say(f"{one.plan}: {_rows(one.hopeless)} cannot be converted: {'; '.join(one.keys)}{more}")
            say(
                "  mend their values, then run it again" + (": nothing was written" if not one.filled else "")
            )
        elif not one.is_complete:
            say(f"{one.plan}: {_rows(one.filled)} filled, others are being written: run it again")
        elif one.filled:
            say(f"{one.plan}: {_rows(one.filled)} filled, every row has its value")
        else:
            say(f"{one.plan}: nothing to fill")


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"
