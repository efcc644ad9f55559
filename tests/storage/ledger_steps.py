"""Claims and verdicts as steps of a random history, each with what the model expects of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from domain.hours import Refusal, Refused
from domain.ledger import Stretch
from domain.requirements import ClaimRules, Rules
from services import claims, review
from services.claims import ClaimRefusal, Draft, Sent
from services.review import Approved, Judged, Rejected, ReviewRefusal
from services.turn import Turn
from tests import stores
from tests.storage.ledger_model import MINUTE, Model, Wanted
from tests.storage.town import ROLES, ZONE, Town, found_town

RULES = ClaimRules(minutes_a_year_before_second=720)
OWNERS = ("ann", "ann", "ann", "secretary-a", "officer")
REVIEWERS = tuple(ROLES)
FIRST_DAY = date(2025, 12, 30)
# few values, so that histories meet: touching, overlapping, exactly 8, 12 and 24 h
STARTS = (0, 8 * 60, 12 * 60, 16 * 60, 20 * 60, 23 * 60 + 45)
LENGTHS = (15, 240, 240, 480, 481, 720, 960)
RESTS = (0, 0, 0, 0, 7, 14)
PICK = st.integers(0, 4)
_CLAIM = st.fixed_dictionaries(
    {
        "who": st.sampled_from(OWNERS),
        "day": st.sampled_from((0, 1, 1, 1, 2, 11)),
        "start": st.sampled_from(STARTS),
        "length": st.sampled_from(LENGTHS),
        "rest": st.sampled_from(RESTS),
        "clocks": st.sampled_from((True, True, False)),
    }
)


class Steps(RuleBasedStateMachine):
    """Members claim and withdraw, reviewers approve and refuse."""

    kind = "sqlite"
    retired: frozenset[str] = frozenset()  # who holds no office at the moment

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.model = Model()
        self.names = count(1)

    @initialize()
    def begin(self) -> None:
        if self.kind == "sqlite":
            folder = Path(self.closing.enter_context(TemporaryDirectory()))
            url = stores.sqlite_database(folder)
        else:
            url = self.closing.enter_context(stores.postgresql_database())
        self.town: Town = found_town(url, Rules(claims=RULES))

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.connection.close()
        self.closing.close()

    def act(self, who: str, work: Callable[[Turn], Awaitable[Any]]) -> Any:
        return self.town.act(who, work)

    # ------------------------------------------------------------ claims

    @rule(asked=_CLAIM)
    def claim(self, asked: dict[str, Any]) -> None:
        """Claim some time; the model says whether it must be refused."""
        self._claimed(asked)

    @rule(asked=_CLAIM, reviewers=st.permutations(REVIEWERS))
    def claim_to_the_end(self, asked: dict[str, Any], reviewers: list[str]) -> None:
        """Claim, and let one reviewer after the other approve."""
        number = self._claimed(asked)
        for who in reviewers if number else ():
            self._approve(number or 0, who)

    def _claimed(self, asked: dict[str, Any]) -> int | None:
        who, length, clocks = asked["who"], asked["length"], asked["clocks"]
        on, minutes = FIRST_DAY + timedelta(days=asked["day"]), length - asked["rest"]
        midnight = datetime(on.year, on.month, on.day, tzinfo=ZONE)
        begin = midnight + asked["start"] * MINUTE
        end = begin + length * MINUTE
        served = frozenset(begin + n * MINUTE for n in range(length)) if clocks else frozenset()
        wanted = Wanted(who, on, minutes, served, asked=asked)
        stretch = Stretch(on, minutes, *((begin, end) if clocks else ()))
        what = f"服务{next(self.names)}"
        over = end if clocks else midnight + minutes * MINUTE
        expected = Refusal.FUTURE if over > self.town.now else self.model.refusal(wanted)
        found = self.act(who, lambda turn: _submitted(turn, Draft(what, what, None, (stretch,))))
        if expected is not None:
            assert isinstance(found, Refused), (expected, found)
            assert found.reason is expected
            return None
        assert isinstance(found, Sent), found
        self.model.claims[found.id] = wanted
        self.model.changes += 1
        return found.id

    @precondition(lambda self: self.model.claims)
    @rule(pick=PICK, who=st.sampled_from(OWNERS))
    def withdraw(self, pick: int, who: str) -> None:
        """Take a claim back: the owner while it waits, nobody else ever."""
        number, one = self._claim(pick)
        version = self._version(number)
        found = self.act(who, lambda turn: claims.withdraw(turn, number, version))
        if who != one.who:
            assert found is ClaimRefusal.MISSING
        elif one.state in ("waiting", "second"):
            assert found == one.minutes
            one.state = "withdrawn"
            self.model.changes += 1
        else:
            assert isinstance(found, ClaimRefusal)
            assert found is not ClaimRefusal.MISSING

    # ------------------------------------------------------------ verdicts

    @precondition(lambda self: self.model.claims)
    @rule(pick=PICK, who=st.sampled_from((*REVIEWERS, "ann")))
    def approve(self, pick: int, who: str) -> None:
        """Approve, by whoever: with the right exactly one entry comes of it, ever."""
        self._approve(self._claim(pick)[0], who)

    def _approve(self, number: int, who: str) -> None:
        one = self.model.claims[number]
        version = self._version(number)
        found = self.act(who, lambda turn: review.approve(turn, number, version))
        if not self._may(who, number):
            assert found is ReviewRefusal.MISSING
        elif one.state in ("withdrawn", "effective", "refused"):
            _is_over(one, found)
        elif one.first == who:
            assert found is ReviewRefusal.NEEDS_OTHER
        else:
            self._approved(one, who, found)

    def _approved(self, one: Wanted, who: str, found: Any) -> None:
        if one.first is None and self.model.needs_second(one, RULES):
            assert found == Approved(one.minutes, final=False, told=found.told)
            one.state, one.first = "second", who
        elif self.model.overlaps(one.who, one.served, "effective"):
            assert isinstance(found, Refused)
            assert found.reason is Refusal.OVERLAP_ENTRY
            return
        else:
            assert found == Approved(one.minutes, final=True)
            one.state = "effective"
        self.model.changes += 1

    @precondition(lambda self: self.model.claims)
    @rule(pick=PICK, who=st.sampled_from((*REVIEWERS, "bo")))
    def reject(self, pick: int, who: str) -> None:
        """Refuse a claim with a reason."""
        number, one = self._claim(pick)
        version = self._version(number)
        found = self.act(who, lambda turn: review.reject(turn, number, version, "时间不对"))
        if not self._may(who, number):
            assert found is ReviewRefusal.MISSING
        elif one.state in ("withdrawn", "effective", "refused"):
            _is_over(one, found)
        elif one.first == who:
            assert found is ReviewRefusal.NEEDS_OTHER
        else:
            assert found == Rejected(one.minutes)
            one.state = "refused"
            self.model.changes += 1

    @precondition(lambda self: self.model.claims)
    @rule(pick=PICK, off=st.sampled_from((-1, 1, 7)))
    def approve_an_old_version(self, pick: int, off: int) -> None:
        """A button of another version does nothing."""
        number, one = self._claim(pick)
        if one.who == "officer":
            return
        version = self._version(number) + off
        found = self.act("chief", lambda turn: review.approve(turn, number, version))
        if one.state in ("waiting", "second") and one.first != "chief":
            assert found is ReviewRefusal.CHANGED
        else:
            assert not isinstance(found, Approved)

    def _may(self, who: str, number: int) -> bool:
        """The tree, told once more: at or above the unit, never one's own, never upward."""
        one = self.model.claims[number]
        row = next(row for row in self.town.rows("claims") if row.id == number)
        if who == one.who or who not in self._holding():
            return False
        role, unit = self._holding()[who]
        path = ["district", "township", self._branch(row.unit_id)]
        if unit not in path or (role == "secretary" and one.who == "officer"):
            return False
        owners = self._holding().get(one.who)
        if owners and owners[0] == "officer" and owners[1] in path:
            return path.index(unit) <= path.index(owners[1])
        return True

    def _branch(self, unit: int) -> str:
        return next(code for code, number in self.town.units.items() if number == unit)

    def _holding(self) -> dict[str, tuple[str, str]]:
        return {who: held for who, held in ROLES.items() if who not in self.retired}

    # ------------------------------------------------------------ looking things up

    def _claim(self, pick: int) -> tuple[int, Wanted]:
        numbers = list(self.model.claims)[::-1]  # mostly the last ones
        number = numbers[pick % len(numbers)]
        return number, self.model.claims[number]

    def _version(self, number: int) -> int:
        return next(int(row.version) for row in self.town.rows("claims") if row.id == number)


async def _submitted(turn: Turn, draft: Draft) -> Any:
    turn.ask("log.confirm", **claims.as_data(draft, turn.event_id))
    return await claims.submit(turn, turn.event_id, turn.dialog.data or {})


def _is_over(one: Wanted, found: Any) -> None:
    if one.state == "withdrawn":
        assert found is ReviewRefusal.WITHDRAWN
    else:
        assert isinstance(found, Judged)
