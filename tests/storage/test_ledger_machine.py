"""The ledger under any order of claims, verdicts, reversals, moves, crashes (QUALITY section 3)."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from bot.chat import Event, Kind
from bot.words import tenths
from services import hours, reversal, review
from services.reversal import Proposed, Reversed
from storage import inbox
from storage.tx import Tx
from tests.storage.ledger_model import MINUTE, Wanted, by_day, check, in_year
from tests.storage.ledger_steps import OWNERS, PICK, Steps
from tests.storage.town import ROLES, START, VAULT, ZONE, Crash


class Ledger(Steps):
    """One random history, checked against a model that counts single minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.zone = os.environ.get("TZ")

    def teardown(self) -> None:
        super().teardown()
        self._set_zone(self.zone)

    # ------------------------------------------------------------ reversals

    @precondition(lambda self: any(one.state == "effective" for one in self.model.claims.values()))
    @rule(
        pick=PICK,
        first=st.sampled_from(("officer", "chief", "secretary-a")),
        second=st.sampled_from(("officer", "chief", "secretary-b")),
        agrees=st.booleans(),
    )
    def reverse(self, pick: int, first: str, second: str, *, agrees: bool) -> None:
        """Two officers cancel the entries of a claim, or the second one does not agree."""
        effective = [n for n, one in self.model.claims.items() if one.state == "effective"]
        number = effective[-1 - pick % len(effective)]
        one = self.model.claims[number]
        entries = [row for row in self.town.rows("entries") if row.claim_id == number]
        if len(entries) != 1:
            return  # a night over New Year has two entries: see test_ledger.py
        entry = entries[0].id
        proposed = self.act(first, lambda turn: reversal.propose(turn, entry, "写错了"))
        officers = {who for who, (role, _) in self._holding().items() if role == "officer"}
        if (
            first not in officers
            or first == one.who
            or one.reversed
            or one.who in self._over(first)
        ):
            assert not isinstance(proposed, Proposed)
            return
        assert isinstance(proposed, Proposed)
        self.model.changes += 1
        self._second(one, proposed, first, second, agrees=agrees)

    @precondition(lambda self: any(one.state == "effective" for one in self.model.claims.values()))
    @rule(pick=PICK)
    def correct(self, pick: int) -> None:
        """A correction: the entry is reversed, and the same time can be claimed again."""
        numbers = [n for n, one in self.model.claims.items() if self._correctable(one)]
        if not numbers:
            return
        number = numbers[-1 - pick % len(numbers)]
        one = self.model.claims[number]
        (entry,) = [row.id for row in self.town.rows("entries") if row.claim_id == number]
        proposed = self.act("officer", lambda turn: reversal.propose(turn, entry, "写错了"))
        assert isinstance(proposed, Proposed)
        done = self.act("chief", lambda turn: reversal.confirm(turn, proposed.id, 1))
        assert done == Reversed(one.minutes)
        one.reversed = True
        self.model.changes += 2
        again = self._claimed(one.asked)
        if again is not None:
            self._approve(again, "chief")

    def _correctable(self, one: Wanted) -> bool:
        in_force = one.state == "effective" and not one.reversed
        return in_force and one.who != "officer" and len(by_day(one)) == 1

    def _over(self, who: str) -> set[str]:
        """Whose hours an officer may not judge: those of the officers who stand above."""
        return {"chief"} if who == "officer" else set()

    def _second(
        self, one: Wanted, proposed: Proposed, first: str, second: str, *, agrees: bool
    ) -> None:
        decide = reversal.confirm if agrees else reversal.refuse
        found = self.act(second, lambda turn: decide(turn, proposed.id, proposed.version))
        officers = {who for who, (role, _) in self._holding().items() if role == "officer"}
        able = second in officers and second not in (one.who, first)
        if able and agrees:
            assert found == Reversed(one.minutes)
            one.reversed = True
        elif able or (second == first and not agrees):
            assert isinstance(found, reversal.Proposal)
        else:
            assert not isinstance(found, (Reversed, reversal.Proposal))
            back = self.act(first, lambda turn: reversal.refuse(turn, proposed.id, 1))
            assert isinstance(back, reversal.Proposal)
        self.model.changes += 1

    # ------------------------------------------------------------ the world around

    @rule(hours=st.sampled_from((1, 24)))
    def advance(self, hours: int) -> None:
        """Time goes on; nothing goes back."""
        if self.town.now < START + timedelta(days=30):
            self.town.now += timedelta(hours=hours)

    @rule(who=st.just("ann"), unit=st.sampled_from(("branch-a", "branch-b")))
    def move(self, who: str, unit: str) -> None:
        """A person gets another home: what they have stays where it was given."""
        self.town.now += MINUTE
        self.town.move(who, unit)
        self.model.homes.append((who, unit, self.town.now))

    @rule(who=st.sampled_from(("secretary-a", "secretary-b")))
    def change_office(self, who: str) -> None:
        """A secretary steps down, or takes the office again."""
        self.town.now += MINUTE
        if who in self.retired:
            self.town.appoint(who, *ROLES[who])
            self.retired -= {who}
        else:
            self.town.retire(who)
            self.retired |= {who}

    @precondition(lambda self: self.model.claims)
    @rule(pick=PICK)
    def crash(self, pick: int) -> None:
        """Die in the middle of an approval: nothing of it stays (L17)."""
        number, _ = self._claim(pick)
        before = self.town.fingerprint()
        version = self._version(number)
        with pytest.raises(Crash):
            self.town.act("chief", lambda turn: review.approve(turn, number, version), crash=True)
        assert self.town.fingerprint() == before

    @rule(pick=PICK)
    def replay(self, pick: int) -> None:
        """An event that came already is not taken again (L05)."""
        if not self.town.events:
            return
        key = f"event-{pick % self.town.events + 1}"
        known = {row.key for row in self.town.rows("inbox")}
        if key not in known:
            return
        event = Event("web", "ann", key, Kind.TEXT, {"text": "another body"}, self.town.now)

        async def again(tx: Tx) -> int | None:
            return await inbox.add(tx, VAULT, event, self.town.now)

        assert self.town.run(again) is None

    @rule(zone=st.sampled_from(("UTC", "America/New_York", "Asia/Shanghai", "Asia/Urumqi")))
    def travel(self, zone: str) -> None:
        """The process runs in another zone: nothing changes (L10)."""
        self._set_zone(zone)

    def _set_zone(self, zone: str | None) -> None:
        os.environ.pop("TZ", None)
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()

    @rule(who=st.sampled_from(OWNERS))
    def look(self, who: str) -> None:
        """What /hours says is the sum of minutes, shown rounded down, missing rounded up (L19)."""
        view = self.act(who, hours.view)
        year = self.town.now.astimezone(ZONE).year
        total = in_year(self.model.in_force(who), year)
        assert (view.year.claimed, view.year.attended) == (total, 0)
        shown = float(tenths(total * 10 // 60))
        assert shown <= total / 60 < shown + 0.1

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "town"):
            check(self.town, self.model)


def _run(kind: str, examples: int, steps: int) -> None:
    class Here(Ledger):
        pass

    Here.kind = kind
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 30), ("postgresql", 10)])
def test_the_ledger_holds(kind: str, examples: int, database_server: None) -> None:
    _run(kind, examples, 30)


@pytest.mark.e2e_long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_ledger_holds_for_long(kind: str, database_server: None) -> None:
    _run(kind, 300, 50)


@pytest.fixture
def database_server(request: pytest.FixtureRequest) -> None:
    """Skip where PostgreSQL cannot run here, as every other test does."""
    if request.node.callspec.params["kind"] == "postgresql":
        request.getfixturevalue("postgres_url")
