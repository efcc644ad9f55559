"""Joining a unit by an invite: opened, answered, and then at once or after a secretary's look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.chat import Choice, Say
from domain.joining import Form
from domain.names import alias
from domain.people import (
    Applicant,
    Ask,
    Band,
    Claim,
    Fresh,
    NeedsGuardian,
    Standing,
    Wait,
    band,
    decide,
)
from domain.rights import Action, Target
from services import consents, invites, locks
from services.comparing import Compared, compared
from services.consents import Purpose
from services.invites import InviteRefusal
from services.people import Entry, activate, local_day, tell_reviewers
from services.turn import Turn, note, permit
from services.waits import Open
from storage import registrations, tree
from storage.audit import Line

_TRIES = "register"  # counted by services.locks


class JoinRefusal(StrEnum):
    """Why nobody joined. Every code of no use looks the same."""

    CODE = "code"
    LOCKED = "locked"
    SAME_UNIT = "same_unit"
    NEEDS_GUARDIAN = "needs_guardian"
    CONSENT = "consent"  # taken back meanwhile


@dataclass(frozen=True, slots=True)
class TooOften:
    """Five registrations within an hour: nothing was looked at, and `until` when it goes on."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """The empty form. `waiting` is the other unit where an earlier registration waits."""

    form: Form
    unit_name: str
    consented: bool
    waiting: str | None = None


@dataclass(frozen=True, slots=True)
class Already:
    """A registration in this very unit waits already."""

    waiting: Open


@dataclass(frozen=True, slots=True)
class MoveOffer:
    """Who is registered elsewhere may move; nothing has happened yet."""

    form: Form
    unit_name: str


@dataclass(frozen=True, slots=True)
class Joined:
    """An active member from now on. `claimed`: a roster line stood ready."""

    unit_name: str
    claimed: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """A secretary decides. The same answer whatever the reason (QUALITY A44)."""

    unit_name: str
    guardian: bool = False  # a guardian's word is missing, which the applicant knows


async def begin(turn: Turn, payload: str) -> Opening | Already | MoveOffer | JoinRefusal:
    """What an invite opens for who holds it. Counts wrong codes, writes nothing else."""
    await permit(turn, Action.PUBLIC, Target(()))
    found = await invites.redeem(turn, payload)
    if isinstance(found, InviteRefusal):
        return JoinRefusal.LOCKED if found is InviteRefusal.LOCKED else JoinRefusal.CODE
    form = Form(found.unit_id, found.id)
    if turn.person is not None and turn.person.status == Standing.ACTIVE:
        if turn.person.home == found.unit_id:
            return JoinRefusal.SAME_UNIT
        return MoveOffer(form, found.unit_name)
    waits = await _waiting(turn)
    if waits and waits[0].unit == found.unit_id:
        return Already(Open.of(waits[0]))
    waiting = [one.unit_name for one in waits]
    consented = await consents.given(turn, Purpose.REGISTER)
    return Opening(form, found.unit_name, consented, waiting[0] if waiting else None)


async def stands(turn: Turn, form: Form) -> bool:
    """Whether the invite of a form still works: looked at before anything personal is asked."""
    return form.invite is None or await invites.works(turn, form.invite)


async def finish(turn: Turn, form: Form) -> Joined | Waits | JoinRefusal | TooOften:
    """Register with a form that was read back and confirmed."""
    unit = await tree.unit(turn.tx, form.unit)
    refused = await _refusal(turn)
    if refused is not None or unit is None:
        return refused or JoinRefusal.CODE
    applicant = Applicant(band(form.born, local_day(turn)), form.guardian)
    found = await compared(turn, form)
    verdict = decide(applicant, found.known, bool(unit.approval), found.listed)
    if isinstance(verdict, NeedsGuardian):
        return JoinRefusal.NEEDS_GUARDIAN
    if form.invite is not None and not await invites.count_use(turn, form.invite):
        return JoinRefusal.CODE
    await _withdraw_waiting(turn)
    if not isinstance(verdict, Wait):
        entry = _entry(form, verdict)
        person = await activate(turn, entry, turn.account)
        if person is not None:
            await _keep(turn, form, Wait((), person), "approved")
            await _guardian(turn, form)
            await _welcomed(turn, form, verdict, person, found)
            return Joined(unit.name, isinstance(verdict, Claim))
        verdict = Wait((Ask.TAKEN,), like=entry.person)  # somebody else was faster
    await _wait(turn, form, verdict)
    return Waits(unit.name, applicant.band is Band.TEEN and not applicant.guardian)


async def move(turn: Turn, form: Form) -> Waits | JoinRefusal | TooOften:
    """Ask the other unit to take the speaker in; the old unit is told."""
    person = turn.person
    if person is None or person.status != Standing.ACTIVE or person.home == form.unit:
        return JoinRefusal.SAME_UNIT
    if (often := await _spent(turn)) is not None:
        return often
    unit = await tree.unit(turn.tx, form.unit)
    if unit is None or (form.invite is not None and not await invites.count_use(turn, form.invite)):
        return JoinRefusal.CODE
    await _withdraw_waiting(turn)
    named = replace(form, name=person.name)
    key = await _keep(turn, named, Wait((Ask.MOVE,), person.id), "waiting", "move")
    await _told(turn, key, named)
    if person.home is not None:
        say = Say("members.moving.told", {"name": person.alias, "unit": unit.name})
        await tell_reviewers(turn, person.home, say, f"moving/{key}")
    return Waits(unit.name)


async def _withdraw_waiting(turn: Turn) -> None:
    for one in await _waiting(turn):
        verdict = {"state": "withdrawn", "person": one.person}
        await registrations.decide(turn.tx, one.id, verdict, turn.at)


async def _refusal(turn: Turn) -> JoinRefusal | TooOften | None:
    if turn.person is not None and turn.person.status == Standing.ACTIVE:
        return JoinRefusal.SAME_UNIT
    if not await consents.given(turn, Purpose.REGISTER):
        return JoinRefusal.CONSENT
    return await _spent(turn)


async def _spent(turn: Turn) -> TooOften | None:
    """Count a registration before anything is looked up; five go in an hour."""
    until = await locks.locked(turn, _TRIES)
    if until is not None:
        return TooOften(until)
    await locks.tried(turn, _TRIES, locks.REGISTRATIONS)
    return None


async def _waiting(turn: Turn) -> Sequence[registrations.Registration]:
    """What waits for this account itself; transfers that it started for others do not count."""
    found = await registrations.of_account(turn.tx, turn.house.vault, turn.account.id)
    return [one for one in found if one.details["kind"] != "transfer"]


def _entry(form: Form, verdict: Claim | Fresh) -> Entry:
    return Entry(
        unit=form.unit,
        name=form.name or "",
        birth=form.born,
        number=form.number,
        phone=form.phone,
        status=form.status,
        guardian=form.guardian,
        person=verdict.person if isinstance(verdict, Claim) else None,
    )


async def _guardian(turn: Turn, form: Form) -> None:
    if form.guardian:
        await consents.give(turn, Purpose.REGISTER, {"words": "said by the applicant"})


async def _keep(turn: Turn, form: Form, verdict: Wait, state: str, kind: str = "join") -> int:
    details: dict[str, Any] = {
        **form.data(),
        "kind": kind,
        "asks": [str(ask) for ask in verdict.asks],
        "like": verdict.like,
    }
    values = {
        "account_id": turn.account.id,
        "unit_id": form.unit,
        "invite_id": form.invite,
        "person_id": verdict.person,
        "state": state,
    }
    return await registrations.add(turn.tx, turn.house.vault, values, details, turn.at)


async def _wait(turn: Turn, form: Form, verdict: Wait) -> None:
    key = await _keep(turn, form, verdict, "waiting")
    facts = {"asks": [str(ask) for ask in verdict.asks]}
    await note(turn, Line("register", "done", "registrations", key, form.unit, facts))
    await _guardian(turn, form)
    await _told(turn, key, form)


async def _welcomed(
    turn: Turn, form: Form, verdict: Claim | Fresh, person: int, found: Compared
) -> None:
    """One notice to the secretaries of a unit that lets everybody in; its own list is known."""
    if isinstance(verdict, Claim) and verdict.double is None:
        return
    unit = await tree.unit(turn.tx, form.unit)
    facts = {"name": alias(form.name or ""), "unit": unit.name if unit else ""}
    name = "reg.joined.told"
    if verdict.double is not None:
        name = "reg.joined.double"
        facts["like"] = found.aliases[verdict.double]
    elif isinstance(verdict, Fresh) and verdict.namesake is not None:
        name = "reg.joined.namesake"
    say = Say(name, facts, ((Choice("reg.look", "members.see", person),),))
    await tell_reviewers(turn, form.unit, say, f"joined/{person}")


async def _told(turn: Turn, key: int, form: Form) -> None:
    """Tell the secretaries; by alias, because nobody knows on which channel they read it."""
    unit = await tree.unit(turn.tx, form.unit)
    facts = {"name": alias(form.name or ""), "unit": unit.name if unit else ""}
    look = Choice("reg.look", "reg.see", key, version=1)
    say = Say("reg.told", facts, ((look,),))
    await tell_reviewers(turn, form.unit, say, f"registration/{key}")
