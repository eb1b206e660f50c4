from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.retention import Held, Plan, Rules, plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTHING = Rules(keep_days=0, newest=0)


def ago(days: float, *, proved: bool = False) -> Held:
    finished = NOW - timedelta(days=days)
    return Held(f"{finished:%Y%m%dT%H%M%SZ}", finished, proved)


def kept(found: Plan) -> list[str]:
    return [entry.held.name for entry in found.keep]


def days(*numbers: float) -> list[str]:
    return [ago(number).name for number in numbers]


def daily(count: int) -> list[Held]:
    return [ago(number + 0.25) for number in range(count)]


def test_the_specification_keeps_thirty_days() -> None:
    found = plan(daily(40), Rules(), NOW)
    assert kept(found) == days(*(number + 0.25 for number in range(30)))
    assert [held.name for held in found.remove] == days(*(number + 0.25 for number in range(30, 40)))
    assert found.keep[0].reasons == ("of the last 30 days", "newest")


def test_the_edge_of_a_day() -> None:
    found = plan([ago(0), ago(29.999), ago(30)], Rules(), NOW)
    assert kept(found) == days(0, 29.999)


def test_days_weeks_months_and_years() -> None:
    rules = replace(NOTHING, daily=3, weekly=2, monthly=2, yearly=2)
    found = plan(daily(800), rules, NOW)
    assert [(entry.held.finished.date().isoformat(), entry.reasons) for entry in found.keep] == [
        ("2026-11-22", ("newest", "daily", "weekly", "monthly", "yearly")),
        ("2026-11-21", ("daily",)),
        ("2026-11-20", ("daily",)),
        ("2026-11-15", ("weekly",)),
        ("2026-10-31", ("monthly",)),
        ("2025-12-31", ("yearly",)),
    ]


def test_days_without_a_backup_do_not_count() -> None:
    """A machine that was off for a month keeps as many as one that was not."""
    found = plan([ago(40), ago(40.1), ago(50), ago(60)], replace(NOTHING, daily=2), NOW)
    assert kept(found) == days(40, 50)


def test_periods_are_those_of_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    late = Held("late", datetime(2026, 11, 21, 23, 30, tzinfo=UTC).astimezone(tokyo))
    early = Held("early", datetime(2026, 11, 21, 0, 30, tzinfo=UTC))
    assert kept(plan([late, early], replace(NOTHING, daily=5), NOW)) == ["late"]


def test_weeks_go_over_the_end_of_a_year() -> None:
    friday = Held("friday", datetime(2027, 1, 1, tzinfo=UTC))
    monday = Held("monday", datetime(2026, 12, 28, tzinfo=UTC))
    found = plan([friday, monday], replace(NOTHING, weekly=5), datetime(2027, 2, 1, tzinfo=UTC))
    assert kept(found) == ["friday"]


def test_the_newest_stays_whatever_the_rules_say() -> None:
    found = plan([ago(100), ago(90), ago(80)], NOTHING, NOW)
    assert kept(found) == days(80)


def test_the_newest_proved_stays_whatever_the_rules_say() -> None:
    found = plan([ago(100, proved=True), ago(90, proved=True), ago(80), ago(70)], NOTHING, NOW)
    assert kept(found) == days(70, 90)
    assert [entry.reasons for entry in found.keep] == [("newest",), ("newest proved",)]


def test_a_clock_that_was_wrong_makes_no_backup_the_newest() -> None:
    found = plan([ago(-4000, proved=True), ago(70, proved=True), ago(80)], NOTHING, NOW)
    assert kept(found) == days(-4000, 70)
    assert [entry.reasons for entry in found.keep] == [
        ("finished in the future",),
        ("newest", "newest proved"),
    ]


def test_nothing_to_plan() -> None:
    assert plan([], Rules(), NOW) == Plan((), ())


def test_a_rule_below_zero() -> None:
    with pytest.raises(KavenError) as raised:
        Rules(weekly=-1)
    assert raised.value.rule == "backup_rules_invalid"
    assert raised.value.exit_code is ExitCode.WRONG_USE


def test_for_ever() -> None:
    assert plan(daily(50), Rules(keep_days=10**9), NOW).remove == ()


HELD = st.builds(
    lambda minutes, proved: Held(f"backup{minutes}", NOW - timedelta(minutes=minutes), proved),
    st.integers(-3_000, 3_000_000),
    st.booleans(),
)
BACKUPS = st.lists(HELD, max_size=30, unique_by=lambda held: held.name)
COUNT = st.integers(0, 8)
RULES = st.builds(
    Rules, keep_days=st.integers(0, 400), daily=COUNT, weekly=COUNT, monthly=COUNT, yearly=COUNT, newest=COUNT
)


@given(BACKUPS, RULES)
def test_everything_is_kept_or_removed(backups: Sequence[Held], rules: Rules) -> None:
    found = plan(backups, rules, NOW)
    assert sorted([*kept(found), *(held.name for held in found.remove)]) == sorted(
        held.name for held in backups
    )
    assert all(entry.reasons for entry in found.keep)


@given(BACKUPS, RULES)
def test_what_is_kept_stays_kept(backups: Sequence[Held], rules: Rules) -> None:
    found = plan(backups, rules, NOW)
    again = plan([entry.held for entry in found.keep], rules, NOW)
    assert again.keep == found.keep
    assert again.remove == ()


@given(BACKUPS.flatmap(lambda backups: st.tuples(st.just(backups), st.permutations(backups))), RULES)
def test_the_order_means_nothing(orders: tuple[list[Held], list[Held]], rules: Rules) -> None:
    assert plan(orders[0], rules, NOW) == plan(orders[1], rules, NOW)


@given(BACKUPS, RULES, RULES)
def test_more_rules_keep_more(backups: Sequence[Held], rules: Rules, more: Rules) -> None:
    names = ("keep_days", "daily", "weekly", "monthly", "yearly", "newest")
    both = Rules(**{name: max(getattr(rules, name), getattr(more, name)) for name in names})
    assert set(kept(plan(backups, rules, NOW))) <= set(kept(plan(backups, both, NOW)))


@given(BACKUPS, RULES)
def test_never_all_of_them_go(backups: Sequence[Held], rules: Rules) -> None:
    found = plan(backups, rules, NOW)
    assert bool(found.keep) == bool(backups)
    past = sorted((held for held in backups if held.finished <= NOW), key=lambda held: held.finished)
    proved = [held for held in past if held.proved]
    for newest in (*past[-1:], *proved[-1:]):
        assert newest.name in kept(found)
