"""What the ledger should hold, kept in plain Python beside it and checked after every step."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from domain.hours import Refusal
from domain.requirements import ClaimRules
from storage import ledger, tree
from tests.storage.town import MEMBERS, ROLES, ZONE, Town

MINUTE = timedelta(minutes=1)


@dataclass
class Wanted:
    """A claim as the model sees it: `served` are the very minutes that were given."""

    who: str
    day: date
    minutes: int
    served: frozenset[datetime]
    state: str = "waiting"
    first: str | None = None
    reversed: bool = False
    asked: dict[str, Any] = field(default_factory=dict)


@dataclass
class Model:
    """Claims by their id, moves in their order, and how many audited changes there were."""

    claims: dict[int, Wanted] = field(default_factory=dict)
    homes: list[tuple[str, str, datetime]] = field(default_factory=list)
    changes: int = 0

    def of(self, who: str, *states: str) -> list[Wanted]:
        """Claims of a person in these states; reversed ones are in force no more."""
        return [
            one
            for one in self.claims.values()
            if one.who == who and one.state in states and not one.reversed
        ]

    def in_force(self, who: str) -> list[Wanted]:
        """What counts for a person."""
        return self.of(who, "effective")

    def overlaps(self, who: str, served: frozenset[datetime], *states: str) -> bool:
        """Whether a minute would be given twice."""
        return any(one.served & served for one in self.of(who, *states))

    def refusal(self, wanted: Wanted) -> Refusal | None:
        """Why this cannot be claimed beside what stands."""
        who, served = wanted.who, wanted.served
        if self.overlaps(who, served, "effective"):
            return Refusal.OVERLAP_ENTRY
        if self.overlaps(who, served, "waiting", "second"):
            return Refusal.OVERLAP_CLAIM
        standing = self.of(who, "effective", "waiting", "second")
        full = any(part + _on_day(standing, day) > 1440 for day, part in by_day(wanted).items())
        return Refusal.FULL_DAY if full else None

    def needs_second(self, one: Wanted, rules: ClaimRules) -> bool:
        """Over 8 h in a day, or over the quota of a year."""
        force, parts = self.in_force(one.who), by_day(one)
        if any(part + _on_day(force, day) > 480 for day, part in parts.items()):
            return True
        return any(
            in_year([*force, one], year) > rules.minutes_a_year_before_second
            for year in {day.year for day in parts}
        )

    def home(self, who: str, at: datetime) -> str:
        """Where a person was at home at a time."""
        found = {**MEMBERS, **{one: unit for one, (_, unit) in ROLES.items()}}[who]
        for moved, unit, since in self.homes:
            if moved == who and since <= at:
                found = unit
        return found

    def total(self, who: str) -> int:
        """All that counts, over all years."""
        return sum(one.minutes for one in self.in_force(who))


def by_day(one: Wanted) -> dict[date, int]:
    """The minutes of a claim by the day that they count for: only New Year cuts a night.

    Breaks are shared out by the length of the two sides.
    """
    old = sum(minute.astimezone(ZONE).year == one.day.year for minute in one.served)
    if old == len(one.served):
        return {one.day: one.minutes}
    first = one.minutes * old // len(one.served)
    days = {one.day: first, date(one.day.year + 1, 1, 1): one.minutes - first}
    return {day: part for day, part in days.items() if part}


def _on_day(found: list[Wanted], day: date) -> int:
    return sum(by_day(one).get(day, 0) for one in found)


def in_year(found: list[Wanted], year: int) -> int:
    """The minutes that count for a local year."""
    parts = [by_day(one) for one in found]
    return sum(part for days in parts for day, part in days.items() if day.year == year)


def check(town: Town, model: Model) -> None:
    """Hold every invariant of QUALITY section 3 that this part has."""
    entries = town.rows("entries")
    claims = {row.id: row for row in town.rows("claims")}
    _sums(town, entries, model)
    _prefixes(entries)
    _one_end(town, claims, entries, model)
    _reversals(entries)
    _entries(town, entries, claims, model)
    _overlaps(entries)
    _verdicts(town, claims)
    _traces(town, claims, entries)
    _audit(town, model)


def _key(row: Any) -> tuple[int, int, int, str]:
    return (row.person_id, row.year, row.unit_id, row.source)


def _sums(town: Town, entries: list[Any], model: Model) -> None:
    """L01, L02: what members have equals what their sources gave, at every level of the tree."""
    again: Counter[Any] = Counter()
    by_source: Counter[Any] = Counter()
    claim_of = {row.id: row.claim_id for row in entries}
    for row in entries:
        again[_key(row)] += row.minutes
        by_source[claim_of[row.reverses_id or row.id]] -= row.minutes
    stored = town.run(ledger.stored)
    assert dict(stored) == dict(again)
    assert dict(town.run(ledger.recomputed)) == dict(again)
    assert sum(stored.values()) + sum(by_source.values()) == 0
    for number, one in model.claims.items():
        counts = one.minutes if one.state == "effective" and not one.reversed else 0
        assert by_source[number] == -counts, number
    for unit in town.units.values():
        below = _below(town, unit)
        assert sum(minutes for key, minutes in stored.items() if key[2] in below) == sum(
            row.minutes for row in entries if row.unit_id in below
        )
    for who, person in town.people.items():
        assert sum(m for key, m in stored.items() if key[0] == person) == model.total(who)


def _below(town: Town, unit: int) -> set[int]:
    found: set[int] = town.run(lambda tx: tree.subtree(tx, unit))
    return found


def _prefixes(entries: list[Any]) -> None:
    """L03: no balance is below zero at any point of the log."""
    running: Counter[Any] = Counter()
    for row in entries:
        running[_key(row)] += row.minutes
        assert running[_key(row)] >= 0


def _one_end(town: Town, claims: dict[int, Any], entries: list[Any], model: Model) -> None:
    """L04: one terminal state, and entries exactly for what is effective."""
    assert {number: row.state for number, row in claims.items()} == {
        number: one.state for number, one in model.claims.items()
    }
    given: dict[int, list[Any]] = defaultdict(list)
    for row in town.rows("verdicts"):
        given[row.claim_id].append((row.step, row.verdict, row.reviewer_id))
    recorded = Counter(row.claim_id for row in entries if row.claim_id)
    for number, row in claims.items():
        verdicts = sorted(given[number])
        assert [step for step, _, _ in verdicts] == list(range(1, len(verdicts) + 1))
        assert len({reviewer for _, _, reviewer in verdicts}) == len(verdicts) <= 2
        last = verdicts[-1][1] if verdicts else None
        assert (last == "refused") is (row.state == "refused")
        assert bool(recorded[number]) is (row.state == "effective")
        if row.state == "effective":
            assert last == "approved"
            parts = [one.minutes for one in entries if one.claim_id == number]
            assert sum(parts) == row.minutes  # L09: parts sum to the whole


def _reversals(entries: list[Any]) -> None:
    """L06: a reversal cancels exactly, once, and is never reversed itself."""
    by_id = {row.id: row for row in entries}
    assert len({row.reverses_id for row in entries if row.reverses_id}) == sum(
        row.reverses_id is not None for row in entries
    )
    for row in entries:
        if row.reverses_id is None:
            continue
        original = by_id[row.reverses_id]
        assert original.reverses_id is None
        same = ("person_id", "unit_id", "year", "day", "source", "what", "starts_at", "ends_at")
        assert all(getattr(row, name) == getattr(original, name) for name in same)
        assert row.minutes == -original.minutes


def _entries(town: Town, entries: list[Any], claims: dict[int, Any], model: Model) -> None:
    """L09, L11, L13: local year, day and unit, only from approved claims, never of the future."""
    units = {number: code for code, number in town.units.items()}
    people = {number: who for who, number in town.people.items()}
    for row in entries:
        noon = datetime(row.day.year, row.day.month, row.day.day, 12, tzinfo=ZONE)
        assert units[row.unit_id] == model.home(people[row.person_id], row.starts_at or noon)
        if row.claim_id is not None:
            assert by_day(model.claims[row.claim_id])[row.day] == row.minutes
        assert row.year == row.day.year
        assert 1 <= abs(row.minutes) <= 1440
        if row.reverses_id is None:
            assert claims[row.claim_id].state == "effective"
        if row.starts_at is not None:
            assert row.starts_at < row.ends_at <= row.recorded_at
            assert row.starts_at.astimezone(ZONE).date() == row.day
            assert (row.ends_at - MINUTE).astimezone(ZONE).year == row.year
            assert abs(row.minutes) <= (row.ends_at - row.starts_at) // MINUTE


def _overlaps(entries: list[Any]) -> None:
    """L07, L08: no minute twice, no day over 24 hours."""
    gone = {row.reverses_id for row in entries}
    effective = [row for row in entries if row.reverses_id is None and row.id not in gone]
    days: Counter[Any] = Counter()
    served: set[Any] = set()
    for row in effective:
        days[row.person_id, row.day] += row.minutes
        if row.starts_at is not None:
            length = (row.ends_at - row.starts_at) // MINUTE
            mine = {(row.person_id, row.starts_at + n * MINUTE) for n in range(length)}
            assert not mine & served
            served |= mine
    assert all(minutes <= 1440 for minutes in days.values())


def _verdicts(town: Town, claims: dict[int, Any]) -> None:
    """L20: never one's own, and with the right at that time, by the history of appointments."""
    roles = town.rows("roles")
    above = {unit: _ancestors(town, unit) for unit in town.units.values()}
    for row in town.rows("verdicts"):
        claim = claims[row.claim_id]
        assert row.reviewer_id != claim.person_id
        assert any(
            role.person_id == row.reviewer_id
            and role.role in ("secretary", "officer")
            and role.unit_id in above[claim.unit_id]
            and role.since <= row.at
            and (role.until is None or row.at < role.until)
            for role in roles
        )


def _ancestors(town: Town, unit: int) -> tuple[int, ...]:
    path: tree.Path = town.run(lambda tx: tree.path(tx, unit))
    return path.units


def _traces(town: Town, claims: dict[int, Any], entries: list[Any]) -> None:
    """L23: every effect comes from one event, and every event is done."""
    events = {row.id: row for row in town.rows("inbox")}
    assert all(row.state == "done" for row in events.values())
    assert Counter(row.inbox_id for row in claims.values()).total() == len(claims)
    assert len({row.inbox_id for row in claims.values()}) == len(claims)
    assert all(row.inbox_id in events for row in (*claims.values(), *entries))


def _audit(town: Town, model: Model) -> None:
    """L16: one line for every change, and the chain holds."""
    lines = town.rows("audit")
    assert sum(row.verdict == "done" for row in lines) == model.changes
    verified = town.sealed()
    assert verified.broken_at is None
    # a transaction of another database of the same server may hold the last lines back
    assert verified.sealed + verified.unsealed == len(lines)
