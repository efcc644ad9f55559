"""Requirements (达标规则) as dated data: what a rule file may say, and who stands where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.member_status import MemberStatus

UNKNOWN = "unknown"  # applies_to: people whose member status is not on record
SCHOOL_YEAR = (9, 1)  # month and day on which a school year begins


class Window(StrEnum):
    """The time in which something must be reached."""

    YEAR = "natural-year"
    SCHOOL_YEAR = "school-year"
    SINCE_JOINING = "since-joining"


class ItemKind(StrEnum):
    """What is counted."""

    SERVICE = "service-hours"
    COURSE = "course-hours"
    STUDY = "lessons-done"
    ACTIVITIES = "activities"


@dataclass(frozen=True, slots=True)
class Item:
    """How much of what: minutes of service, 学时 of a course, per cent of lessons, activities."""

    kind: ItemKind
    amount: int
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule that holds in [valid_from, valid_until) for people of some member statuses."""

    code: str
    names: Mapping[str, str]  # by language
    valid_from: date
    valid_until: date | None
    applies_to: frozenset[str]  # values of MemberStatus, or UNKNOWN; empty: everybody
    window: Window
    items: tuple[Item, ...]

    def applies(self, status: str | None, today: date) -> bool:
        """Whether it holds for a person of this member status on this local day."""
        if today < self.valid_from or (self.valid_until and today >= self.valid_until):
            return False
        return not self.applies_to or (status or UNKNOWN) in self.applies_to

    def days(self, today: date, joined: date) -> tuple[date, date]:
        """The window around `today` as local days, half-open."""
        match self.window:
            case Window.YEAR:
                return date(today.year, 1, 1), date(today.year + 1, 1, 1)
            case Window.SCHOOL_YEAR:
                start = date(today.year, *SCHOOL_YEAR)
                year = today.year if today >= start else today.year - 1
                return date(year, *SCHOOL_YEAR), date(year + 1, *SCHOOL_YEAR)
            case Window.SINCE_JOINING:
                return joined, date.max


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """How far back a claim may reach, from when a second person must look at it, and from how
    many claimed minutes in thirty days a person is listed for the level above.

    Days are local calendar days, minutes are whole.
    """

    days_back: int = 366
    days_before_joining: int = 366
    minutes_a_day_before_second: int = 480
    minutes_a_year_before_second: int = 600
    minutes_a_month_to_look_at: int = 2400


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What one rule file says."""

    requirements: tuple[Requirement, ...] = ()
    claims: ClaimRules | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rule files together."""

    requirements: tuple[Requirement, ...] = ()
    claims: ClaimRules = ClaimRules()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one person is with one item, in minutes. What is missing is never negative."""

    attended: int
    claimed: int
    needed: int

    @property
    def done(self) -> int:
        """Both sources together, summed before anything is shown as hours."""
        return self.attended + self.claimed

    @property
    def missing(self) -> int:
        """What is still to do."""
        return max(0, self.needed - self.done)


class RuleProblem(ValueError):
    """A rule file says something that cannot be. The message names the file and the key."""

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source = source
        self.key = key


def together(sets: Iterable[tuple[str, RuleSet]]) -> Rules:
    """Join what the files say. RuleProblem for a code or a [claims] table that comes twice."""
    requirements: list[Requirement] = []
    claims: ClaimRules | None = None
    codes: set[str] = set()
    for source, found in sets:
        for one in found.requirements:
            if one.code in codes:
                raise RuleProblem(source, "requirement.code", f"{one.code} stands twice")
            codes.add(one.code)
            requirements.append(one)
        if found.claims is not None and claims is not None:
            raise RuleProblem(source, "claims", "stands in another file too")
        claims = found.claims or claims
    return Rules(tuple(requirements), claims or ClaimRules())


STATUSES = frozenset(MemberStatus) | {UNKNOWN}
"""The words that `applies_to` may use."""
