"""L14: merging is union minus duplicates, and merging undone changes nothing, ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.ledger import overlap
from services import ledger as writing
from services import merging, merging_deeds
from services.merging import Merger
from services.turn import Turn
from storage import ledger, links, merges, people, session
from storage.connections import Refused
from storage.ledger import Entry
from storage.people import Record
from storage.tx import Tx
from tests import stores
from tests.storage.town import JOINED, VAULT, found_town

ZONE_OFF = timedelta(hours=8)
DAYS = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 5))  # two years
PICK = st.integers(0, 6)
Sums = Counter[tuple[int, int, str]]  # of one person: (year, unit, source)


class Merging(RuleBasedStateMachine):
    """Entries come and are reversed on two registrations, which are merged and unmerged."""

    kind = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.merge: int | None = None
        self.expected: dict[int, Sums] = {}
        self.written = 0

    @initialize()
    def begin(self) -> None:
        if self.kind == "sqlite":
            folder = Path(self.closing.enter_context(TemporaryDirectory()))
            url = stores.sqlite_database(folder)
        else:
            url = self.closing.enter_context(stores.postgresql_database())
        self.town = found_town(url)
        self.ann = self.town.people["ann"]
        self.twin = self.town.run(self._twin)

    async def _twin(self, tx: Tx) -> int:
        home = self.town.units["branch-b"]
        record = Record("ann", "a*", home, "active", number="2023001", claimed_at=JOINED)
        made = await people.add(tx, VAULT, record, JOINED)
        found = await session.load(tx, VAULT, "telegram", "ann", JOINED)
        await links.set_owner(tx, found.account.id, made)
        return made

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.connection.close()
        self.closing.close()

    # ------------------------------------------------------------ looking

    def sums(self, person: int) -> Sums:
        stored = self.town.run(ledger.stored)
        return Counter(
            {key[1:]: minutes for key, minutes in stored.items() if key[0] == person and minutes}
        )

    def in_force(self, person: int) -> list[Any]:
        found: list[Any] = self.town.run(lambda tx: merges.in_force(tx, person))
        return found

    # ------------------------------------------------------------ steps

    @rule(
        mine=st.booleans(),
        day=st.sampled_from(DAYS),
        start=st.one_of(st.none(), st.sampled_from((0, 480, 540, 600, 1200))),
        minutes=st.sampled_from((30, 60, 120, 600)),
        pause=st.sampled_from((0, 0, 25)),
        what=st.sampled_from(("清扫", "植树")),
        unit=st.sampled_from(("branch-a", "branch-b")),
    )
    def serve(self, *, mine: bool, **served: Any) -> None:
        """An entry of either; the walls of the ledger may refuse it."""
        person = self.ann if mine or self.merge is not None else self.twin
        line = self._line(person, **served)
        try:
            self.town.run(lambda tx: ledger.add(tx, [line]))
        except Refused:
            return
        if self.merge is not None:
            self.expected[person][line.year, line.unit_id, line.source] += line.minutes

    def _line(self, person: int, **served: Any) -> Entry:
        day, start, minutes = served["day"], served["start"], served["minutes"]
        begin = None
        if start is not None:
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - ZONE_OFF
            begin = midnight + timedelta(minutes=min(start, 1440 - minutes - served["pause"]))
        return Entry(
            person_id=person,
            unit_id=self.town.units[served["unit"]],
            source="claim",
            year=day.year,
            day=day,
            starts_at=begin,
            ends_at=begin and begin + timedelta(minutes=minutes + served["pause"]),
            minutes=minutes,
            what=served["what"],
            place=None,
            claim_id=None,
            part=10,
            reverses_id=None,
            recorded_by=None,
            recorded_at=self.town.now,
            inbox_id=1,
        )

    @rule(mine=st.booleans(), pick=PICK)
    def reverse(self, mine: bool, pick: int) -> None:
        """An officer cancels an entry, also one that a merge wrote."""
        person = self.ann if mine or self.merge is not None else self.twin
        found = self.in_force(person)
        if not found:
            return
        row = found[pick % len(found)]
        assert self.town.act("chief", lambda turn: writing.reverse(turn, row)) is not None
        if self.merge is None:
            return
        lines = self.town.run(lambda tx: merges.lines_of(tx, self.merge or 0))
        copied = any(line.copy_id == row.id for line in lines)
        owner = self.twin if copied else self.ann
        self.expected[owner][row.year, row.unit_id, row.source] -= row.minutes

    @precondition(lambda self: self.merge is None)
    @rule()
    def merged(self) -> None:
        """The two become one: union minus duplicates."""
        before = {one: self.sums(one) for one in (self.ann, self.twin)}
        kept = self.in_force(self.ann)

        async def work(turn: Turn) -> Merger:
            held = await merging.hold(turn, self.twin, self.ann)
            found = await merging.look(turn, held[self.ann], held[self.twin])
            assert isinstance(found, Merger)
            self.merge = await merging_deeds.merge(turn, found)
            return found

        found = self.town.act("ann", work)
        self.expected = before
        twice = sum(one.line.minutes for one in found.plan.twice)
        assert found.together == before[self.ann].total() + before[self.twin].total() - twice
        assert self.sums(self.ann).total() == found.together
        assert self.sums(self.twin).total() == 0
        assert {row.id for row in kept} <= {row.id for row in self.in_force(self.ann)}

    @precondition(lambda self: self.merge is not None)
    @rule()
    def unmerged(self) -> None:
        """Apart again: as it was, with what was done to each side's lines since."""

        async def work(turn: Turn) -> None:
            await merging.hold(turn, self.ann, self.twin)
            await merging_deeds.unmerge(turn, await merges.one(turn.tx, self.merge or 0))

        self.town.act("ann", work)
        self.merge = None
        for person in (self.ann, self.twin):
            assert self.sums(person) == +self.expected[person]

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_books_agree(self) -> None:
        if not hasattr(self, "town"):
            return
        assert dict(self.town.run(ledger.stored)) == dict(self.town.run(ledger.recomputed))
        lines = self.town.rows("entries")
        assert len(lines) >= self.written  # nothing is ever taken away
        self.written = len(lines)
        for person in (self.ann, self.twin):
            spans = [merges.line(row).span for row in self.in_force(person)]
            assert not any(overlap(one, other) for one, other in combinations(spans, 2))


def _run(kind: str, examples: int, steps: int, phases: Sequence[Phase] = tuple(Phase)) -> None:
    class Here(Merging):
        pass

    Here.kind = kind
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 40), ("postgresql", 8)])
def test_merge_and_unmerge(kind: str, examples: int, database_server: None) -> None:
    _run(kind, examples, 30)


@pytest.mark.e2e_long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_merge_and_unmerge_for_long(kind: str, database_server: None) -> None:
    _run(kind, 300, 50)


@pytest.mark.parametrize("broken", ["_restored", "_entries"])
def test_the_machine_sees_a_merge_that_does_not_come_back(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: hours that stay away, and hours that are counted twice."""

    async def nothing(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(merging_deeds, broken, nothing)
    with pytest.raises(AssertionError):
        _run("sqlite", 40, 30, (Phase.generate,))


@pytest.fixture
def database_server(request: pytest.FixtureRequest) -> None:
    """Skip where PostgreSQL cannot run here, as every other test does."""
    if request.node.callspec.params["kind"] == "postgresql":
        request.getfixturevalue("postgres_url")
