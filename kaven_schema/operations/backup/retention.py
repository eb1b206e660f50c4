"""Which backups stay and which may go: a pure plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from kaven_schema.diagnostics import ExitCode, KavenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How many to keep: all of the last `keep_days` days, the `newest` ones, and the newest of each of the last
    days, weeks, months and years that have one (ISO weeks; all in UTC).
    """

    keep_days: int = 30
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    newest: int = 1

    def __post_init__(self) -> None:
        for rule in fields(self):
            if getattr(self, rule.name) < 0:
                raise KavenError(
                    "backup_rules_invalid",
                    f"`{rule.name}` is below 0",
                    help="0 turns a rule off",
                    exit_code=ExitCode.WRONG_USE,
                )


@dataclass(frozen=True, slots=True)
class Held:
    """A whole backup; `finished` is aware, `proved` says that its restore was seen to work."""

    name: str
    finished: datetime
    proved: bool = False
    database: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    held: Held
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Both newest first."""

    keep: tuple[Kept, ...]
    remove: tuple[Held, ...]


def plan(backups: Sequence[Held], rules: Rules, now: datetime) -> Plan:
    """What the rules say of each database's; the newest backup, and the newest proved one, stay whatever they say."""
    groups: dict[str, list[Held]] = {}
    for held in backups:
        groups.setdefault(held.database, []).append(held)
    plans = [_plan(group, rules, now) for group in groups.values()]
    kept = (one for found in plans for one in found.keep)
    removed = (one for found in plans for one in found.remove)
    return Plan(
        tuple(sorted(kept, key=attrgetter("held.finished", "held.name"), reverse=True)),
        tuple(sorted(removed, key=attrgetter("finished", "name"), reverse=True)),
    )


def _plan(backups: Sequence[Held], rules: Rules, now: datetime) -> Plan:
    ordered = sorted(backups, key=attrgetter("finished", "name"), reverse=True)
    reasons: dict[Held, list[str]] = {held: [] for held in ordered}
    for held, reason in _reasons(ordered, rules, now):
        reasons[held].append(reason)
    return Plan(
        tuple(Kept(held, tuple(found)) for held, found in reasons.items() if found),
        tuple(held for held, found in reasons.items() if not found),
    )


def _reasons(ordered: Sequence[Held], rules: Rules, now: datetime) -> Iterator[tuple[Held, str]]:
    """A clock that was wrong must not make a backup the newest for ever: from the future counts for no rule."""
    past = [held for held in ordered if held.finished <= now]
    yield from ((held, "finished in the future") for held in ordered if held.finished > now)
    oldest = now - timedelta(days=min(rules.keep_days, 365_000)) if rules.keep_days else now
    yield from (
        (held, f"of the last {_count(rules.keep_days, 'day')}") for held in past if held.finished > oldest
    )
    yield from ((held, "newest") for held in past[: max(rules.newest, 1)])
    yield from ((held, "newest proved") for held in [held for held in past if held.proved][:1])
    for count, reason, period in (
        (rules.daily, "daily", _day),
        (rules.weekly, "weekly", _week),
        (rules.monthly, "monthly", _month),
        (rules.yearly, "yearly", _year),
    ):
        yield from ((held, reason) for held in _newest_of_each(past, period, count))


def _newest_of_each(
    ordered: Iterable[Held], period: Callable[[datetime], tuple[int, ...]], count: int
) -> list[Held]:
    newest: dict[tuple[int, ...], Held] = {}
    for held in ordered:
        newest.setdefault(period(held.finished.astimezone(UTC)), held)
    return [*newest.values()][:count]


def _day(time: datetime) -> tuple[int, ...]:
    return time.year, time.month, time.day


def _week(time: datetime) -> tuple[int, ...]:
    return tuple(time.isocalendar()[:2])


def _month(time: datetime) -> tuple[int, ...]:
    return time.year, time.month


def _year(time: datetime) -> tuple[int, ...]:
    return (time.year,)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
