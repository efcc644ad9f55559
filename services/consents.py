"""Consent per purpose: it comes before the first stored field and may be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.rights import Action, Target, Verdict
from services.shown import abroad
from services.turn import Turn, note, permit
from storage import consents, people
from storage.audit import Line
from storage.consents import GUARDIAN_ASKED

TEXT_VERSION = "2026-11"
"""The version of the notice (sentence privacy.notice). A new text is a new question."""


class Purpose(StrEnum):
    """What personal data is used for."""

    REGISTER = "register"
    PHOTO = "photo"
    LOCATION = "location"
    TELEGRAM = "telegram"  # domain.abroad.PURPOSE: messages may be kept abroad


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent of the speaker. `recorded`: a secretary wrote a guardian's down.

    `guardian`: it is a guardian's, here as the speaker said or as it was recorded.
    """

    purpose: str
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None
    recorded: bool
    guardian: bool


async def given(turn: Turn, purpose: str) -> bool:
    """Whether the speaker's consent to the present text stands."""
    return await consents.stands(turn.tx, turn.account.id, _person(turn), purpose, TEXT_VERSION)


async def give(turn: Turn, purpose: str, guardian: dict[str, Any] | None = None) -> bool:
    """Write the speaker's consent down; `guardian` is who agreed for a minor, and how.

    False if it stands already.
    """
    if guardian is None and await given(turn, purpose):
        return False
    values = {
        "account_id": turn.account.id,
        "person_id": _person(turn),
        "purpose": purpose,
        "text_version": TEXT_VERSION,
        "recorded_by": None,
    }
    new = await consents.add(turn.tx, turn.house.vault, values, guardian, turn.at)
    await note(turn, Line("consent", "done", "consents", new, facts=_facts(purpose)))
    return True


async def withdraw(turn: Turn, purpose: str) -> bool:
    """Take the speaker's consent back; False if none stood."""
    if await permit_own(turn) is not Verdict.ALLOW:
        return False
    found = await consents.withdraw(turn.tx, turn.account.id, _person(turn), purpose, turn.at)
    if found and purpose == Purpose.TELEGRAM:
        await consents.hush(turn.tx, turn.account.id, _person(turn), turn.at)
    if found:
        facts = _facts(purpose)
        await note(turn, Line("consent-end", "done", "accounts", turn.account.id, facts=facts))
    return found > 0


async def asks_abroad(turn: Turn) -> bool:
    """Whether messages here are kept abroad and the speaker has not agreed to that (PIPL 39)."""
    return abroad(turn) and not await given(turn, Purpose.TELEGRAM)


async def mine(turn: Turn) -> Sequence[Consent]:
    """Every consent of the speaker, the oldest first."""
    rows = await consents.of(turn.tx, turn.account.id, _person(turn))
    return [
        Consent(
            row.purpose,
            row.text_version,
            row.given_at,
            row.withdrawn_at,
            row.recorded_by is not None,
            bool(row.guardian),
        )
        for row in rows
        if row.purpose != GUARDIAN_ASKED
    ]


async def record_guardian(turn: Turn, person: int, words: str) -> None:
    """Write down that a guardian agreed, in the words of the secretary who speaks."""
    values = {
        "account_id": None,
        "person_id": person,
        "purpose": str(Purpose.REGISTER),
        "text_version": TEXT_VERSION,
        "recorded_by": _person(turn),
    }
    who = {"words": words, "at": turn.at.isoformat()}
    new = await consents.add(turn.tx, turn.house.vault, values, who, turn.at)
    facts = {**_facts(Purpose.REGISTER), "person": person}
    await note(turn, Line("guardian-consent", "done", "consents", new, facts=facts))


async def end_guardian(turn: Turn, person: int) -> None:
    """What a guardian agreed to no longer stands: recorded by mistake, or taken back."""
    await people.end_guardian(turn.tx, person, turn.at)
    facts = _facts(Purpose.REGISTER)
    await note(turn, Line("guardian-consent-end", "done", "persons", person, facts=facts))


async def permit_own(turn: Turn) -> Verdict:
    """The right to change what is one's own; an account without a person owns only itself."""
    if turn.person is None:
        return await permit(turn, Action.PUBLIC, Target(()))
    return await permit(turn, Action.OWN_CHANGE, Target((), owner=turn.person.id))


def _person(turn: Turn) -> int | None:
    return None if turn.person is None else turn.person.id


def _facts(purpose: str) -> dict[str, Any]:
    return {"purpose": str(purpose), "text": TEXT_VERSION}
