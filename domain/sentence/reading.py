"""The public function: one sentence in plain words, read exactly or asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.sentence import capacities, days
from domain.sentence.composing import Stretch, compose
from domain.sentence.groups import Calendar, Group
from domain.sentence.items import Walk
from domain.sentence.purposes import Purpose
from domain.sentence.questions import Facts, Question, ask
from domain.sentence.remainder import Remainder, remainder
from domain.sentence.scanning import scan
from domain.sentence.tokens import Capacity, Token, Trouble
from domain.sentence.wording import Wording, wording


@dataclass(frozen=True)
class Reading:
    """How a sentence reads. With a `question`, `stretches` is empty and nothing is guessed.

    `what` is the remaining core and may be empty. `facts` belong to the question: `said` is
    the piece of the sentence that it is about.
    """

    stretches: tuple[Stretch, ...]
    repeat: Literal["weekly"] | None
    what: str
    place: str | None
    capacity: int | None
    question: Question | None
    facts: Facts = ()


def read(text: str, purpose: Purpose, at: datetime) -> Reading:
    """Read a sentence as a claim (`LOG`) or as an activity to come (`NEW`).

    `at` is now, aware, in the timezone of the organisation: days are its local days. Never
    raises for any text. A claim that is not over at `at`, and an activity that began before
    it, are asked about. Minutes between two clocks are counted on the clock face.
    """
    words = wording(text)
    if isinstance(words, Question):
        return Reading((), None, "", None, None, words)
    tokens = scan(words, capacity=purpose is Purpose.NEW)
    rest = remainder(words, tokens)
    trouble = _trouble(tokens, rest, purpose)
    capacity = _capacity(tokens)
    if isinstance(capacity, Trouble):
        trouble, capacity = trouble or capacity, None
    found, weekly = _stretches(words, tokens, purpose, at)
    if trouble or isinstance(found, Question):
        asked = trouble or Trouble(found if isinstance(found, Question) else Question.NO_TIME)
        facts = (("said", asked.said),) if asked.said else ()
        return Reading((), weekly, rest.what, rest.place, capacity, asked.question, facts)
    return Reading(found, weekly, rest.what, rest.place, capacity, None)


def as_json(reading: Reading) -> dict[str, object]:
    """Give the JSON shape of `qingtuan read`; the question is worded in Chinese."""
    return {
        "stretches": [
            {
                "date": stretch.date.isoformat(),
                "start": stretch.start.strftime("%H:%M") if stretch.start else None,
                "end": stretch.end.strftime("%H:%M") if stretch.end else None,
                "minutes": stretch.minutes,
            }
            for stretch in reading.stretches
        ],
        "repeat": reading.repeat,
        "what": reading.what,
        "place": reading.place,
        "capacity": reading.capacity,
        "question": ask(reading.question, reading.facts) if reading.question else None,
    }


def _trouble(tokens: list[Token], rest: Remainder, purpose: Purpose) -> Trouble | None:
    """Find the first thing that was not clear, or a time that no rule could read."""
    for token in tokens:
        if isinstance(token.value, Trouble):
            return token.value
    if rest.unread:
        return Trouble(Question.UNCLEAR_NUMBER, rest.unread)
    if purpose is Purpose.NEW and capacities.unread(rest.what.lower()):
        return Trouble(Question.CAPACITY_UNCLEAR)
    return None


def _capacity(tokens: list[Token]) -> int | Trouble | None:
    counts = {token.value.count for token in tokens if isinstance(token.value, Capacity)}
    if len(counts) > 1:
        return Trouble(Question.CAPACITY_UNCLEAR)
    return counts.pop() if counts else None


def _stretches(
    words: Wording, tokens: list[Token], purpose: Purpose, at: datetime
) -> tuple[tuple[Stretch, ...] | Question, Literal["weekly"] | None]:
    today = at.date()
    walk = Walk(words.key, tokens, Calendar(today, purpose))
    elements = walk.run()
    if isinstance(elements, Question):
        return elements, None
    weekly = any(isinstance(element, Group) and element.weekly for element in elements)
    repeat: Literal["weekly"] | None = "weekly" if weekly else None
    if weekly and purpose is Purpose.LOG:
        return Question.REPEAT_UNCLEAR, repeat
    found = compose(elements, at, purpose, each=walk.each)
    if found is Question.NO_DATE and days.vague(words.key):
        return Question.AMBIGUOUS_DATE, repeat
    return found, repeat
