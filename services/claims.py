"""Claims (补录): a sentence becomes a draft, a confirmed draft a claim that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain import hours
from domain.completing import completed
from domain.hours import Flag, Known, Refused, Terms
from domain.ledger import Stretch
from domain.requirements import Rules
from domain.rights import Action, Verdict
from domain.sentence import Purpose, Question, read
from services import claim_news, reviewers, targets
from services.turn import Turn, note, permit, tell
from storage import claims, ledger, tree
from storage.audit import Line
from storage.session import Person


class ClaimRefusal(StrEnum):
    """Why nothing was claimed, or taken back."""

    UNREGISTERED = "unregistered"
    NO_WHAT = "no-what"
    GONE = "gone"
    MISSING = "missing"
    CHANGED = "changed"
    JUDGED = "judged"
    WITHDRAWN = "withdrawn-already"


@dataclass(frozen=True, slots=True)
class Asked:
    """The sentence cannot be read without asking; `said` is the piece that is unclear."""

    question: Question
    said: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim that was read and not confirmed: nothing of it is stored as a claim."""

    said: str
    what: str
    place: str | None
    stretches: tuple[Stretch, ...]
    unit: str = ""
    late: bool = False
    second: bool = False

    @property
    def minutes(self) -> int:
        """All stretches together."""
        return sum(one.minutes for one in self.stretches)


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim that waits now; `reviewers` is how many were told."""

    id: int
    version: int
    minutes: int
    reviewers: int


def rules_of(turn: Turn) -> Rules:
    """The rules of this house."""
    rules = turn.house.rules
    return rules if isinstance(rules, Rules) else Rules()


async def draft(
    turn: Turn, text: str, what: str | None = None, without: int | None = None
) -> Draft | Asked | Refusals:
    """Read a sentence as a claim of the speaker. `what` is given where the sentence had none.

    `without` is the claim that it would take the place of.
    """
    me = await _claimant(turn)
    if me is None:
        return ClaimRefusal.UNREGISTERED
    reading = read(text, Purpose.LOG, turn.local)
    if reading.question is not None:
        return Asked(reading.question, dict(reading.facts).get("said"), text)
    done = hours.tidy(what if what is not None else reading.what, hours.LONGEST_WHAT)
    if not done:
        return ClaimRefusal.NO_WHAT
    spans = hours.stretches_of(reading.stretches, turn.house.zone)
    if isinstance(spans, Refused):
        return spans
    place = hours.tidy(reading.place or "", hours.LONGEST_PLACE) or None
    made = Draft(hours.tidy(text, hours.LONGEST_SAID), done, place, spans)
    return await _looked_at(turn, made, me, without)


Refusals = ClaimRefusal | Refused


def whole(turn: Turn, before: str, answer: str) -> str:
    """The sentence that is meant by an answer to a question about the sentence `before`."""
    together = tuple(completed(before, answer))
    clear = [one for one in (answer, *together) if _question(turn, one) is None]
    if clear:  # when alone says no more than when: what was done stands in the sentence before
        return next((one for one in clear if read(one, Purpose.LOG, turn.local).what), clear[0])
    nearer = bool(together) and _question(turn, answer) is Question.NO_TIME
    if nearer and _question(turn, together[0]) is not _question(turn, before):
        return together[0]
    return answer


def _question(turn: Turn, text: str) -> Question | None:
    return read(text, Purpose.LOG, turn.local).question


async def _claimant(turn: Turn) -> Person | None:
    """The speaker, if they may claim."""
    me = turn.person
    if me is None or me.home is None or me.status != "active":
        return None
    allowed = await permit(turn, Action.CLAIM, targets.own(me.id, me.home)) is Verdict.ALLOW
    return me if allowed else None


async def _looked_at(
    turn: Turn, made: Draft, me: Person, without: int | None = None
) -> Draft | Refused:
    """Check a draft against what stands, and see who will have to look at it."""
    known = await known_of(turn, me.id, made.stretches, without)
    joined = me.since.astimezone(turn.house.zone).date()
    rules = rules_of(turn).claims
    terms = Terms(rules, turn.house.zone, turn.at)
    refused = hours.check_claim(made.stretches, made.what, known, joined, terms)
    if refused is not None:
        return refused
    flags = hours.flags(made.stretches, known, turn.at, rules, turn.house.zone)
    return Draft(
        made.said,
        made.what,
        made.place,
        made.stretches,
        unit=me.home_name,
        late=Flag.LATE in flags,
        second=bool(flags & hours.SECOND),
    )


async def known_of(
    turn: Turn, person: int, stretches: tuple[Stretch, ...], without: int | None = None
) -> Known:
    """What stands of a person around these stretches; `without` is a claim to leave out."""
    days = [one.day for one in stretches]
    if not days:
        return Known()
    return Known(*await claims.known(turn.tx, person, min(days), max(days), without))


def as_data(made: Draft, number: int) -> dict[str, Any]:
    """A draft as JSON for the open dialog; `number` ties its button to it."""
    return {
        "draft": number,
        "said": made.said,
        "what": made.what,
        "place": made.place,
        "stretches": [
            [one.day.isoformat(), one.minutes, _text(one.starts_at), _text(one.ends_at)]
            for one in made.stretches
        ],
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _draft(data: Mapping[str, Any]) -> Draft:
    spans = tuple(
        Stretch(date.fromisoformat(day), minutes, _moment(start), _moment(end))
        for day, minutes, start, end in data["stretches"]
    )
    return Draft(data["said"], data["what"], data["place"], spans)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


async def submit(turn: Turn, number: int, data: Mapping[str, Any]) -> Sent | Refusals:
    """Make the claim of the draft that was confirmed, and tell who reviews it."""
    if turn.dialog.step != "log.confirm" or data.get("draft") != number:
        return ClaimRefusal.GONE
    turn.close()
    me = await _claimant(turn)
    if me is None:
        return ClaimRefusal.UNREGISTERED
    row: Any = await ledger.lock_person(turn.tx, me.id)  # two accounts may confirm
    if row.status != "active" or row.home_unit_id is None:
        return ClaimRefusal.UNREGISTERED  # left, or merged with another, at this moment
    made = await _looked_at(turn, _draft(data), me)
    if isinstance(made, Refused):
        return made
    unit: int = row.home_unit_id
    new = claims.New(
        person_id=me.id,
        unit_id=unit,
        what=made.what,
        place=made.place,
        said=made.said,
        minutes=made.minutes,
        created_at=turn.at,
        inbox_id=turn.event_id,
        said_key=data.get("key"),
    )
    found = await claims.add(turn.tx, new, made.stretches)
    facts = {"minutes": made.minutes}
    await note(turn, Line("claim.make", object="claims", object_id=found, unit=unit, facts=facts))
    told = await _tell_reviewers(turn, me, found, unit, made)
    return Sent(found, 1, made.minutes, told)


async def _tell_reviewers(turn: Turn, me: Person, claim: int, unit: int, made: Draft) -> int:
    target = await targets.at_unit(turn, unit, owner=me.id, owner_roles=turn.actor.grants)
    say = claim_news.new(claim, 1, me.alias, me.home_name, made.what, made.stretches)
    people = await reviewers.nearest(turn, Action.APPROVE, target)
    told = [await tell(turn, one, say, f"claim/{claim}/new") for one in people]
    return sum(told)


async def tell_revised(turn: Turn, row: Any, made: Draft) -> None:
    """Show those who review the claim `row` how it reads now; their older buttons have ended."""
    unit: Any = await tree.unit(turn.tx, row.unit_id)
    target = await targets.of_person(turn, row.unit_id, row.person_id)
    alias = "" if turn.person is None else turn.person.alias
    say = claim_news.new(row.id, row.version + 1, alias, unit.name, made.what, made.stretches)
    for one in await reviewers.nearest(turn, Action.APPROVE, target):
        await tell(turn, one, say, f"claim/{row.id}/version/{row.version + 1}")


async def withdraw(turn: Turn, claim_id: int, version: int) -> int | ClaimRefusal:
    """Take an own claim back while it waits, and answer its minutes."""
    seen = await claims.claim(turn.tx, claim_id)
    if seen is None:
        return ClaimRefusal.MISSING
    await ledger.lock_person(turn.tx, seen.person_id)
    row: Any = await claims.claim(turn.tx, claim_id, lock=True)
    target = await targets.at_unit(turn, row.unit_id, owner=row.person_id)
    if await permit(turn, Action.CLAIM, target, ("claims", claim_id)) is not Verdict.ALLOW:
        return ClaimRefusal.MISSING
    if row.state == claims.WITHDRAWN:
        return ClaimRefusal.WITHDRAWN
    if row.state not in (claims.WAITING, claims.SECOND):
        return ClaimRefusal.JUDGED
    if not await claims.turn_to(turn.tx, claim_id, version, claims.WITHDRAWN):
        return ClaimRefusal.CHANGED
    await note(turn, Line("claim.withdraw", object="claims", object_id=claim_id, unit=row.unit_id))
    minutes: int = row.minutes
    return minutes


async def sentence_of(turn: Turn, claim_id: int) -> str | ClaimRefusal:
    """The sentence of an own claim, to be changed and sent again."""
    row = await claims.claim(turn.tx, claim_id)
    if row is None:
        return ClaimRefusal.MISSING
    target = await targets.at_unit(turn, row.unit_id, owner=row.person_id)
    if await permit(turn, Action.CLAIM, target, ("claims", claim_id)) is not Verdict.ALLOW:
        return ClaimRefusal.MISSING
    said: str = row.said
    return said
