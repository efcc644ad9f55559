"""/forget: what goes and what stays, and then it is gone (PIPL 47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.chat import Say
from domain.forgetting import Held, only_holder
from domain.people import Standing
from domain.rights import Action, Actor
from services.mydata import permit_self, subject
from services.people import tell_reviewers
from services.turn import Turn, note, post
from storage import contacts, forgetting, invites, people
from storage.audit import Line
from storage.forgetting import Known
from storage.session import Account, Dialog


class ForgetRefusal(StrEnum):
    """Why nothing is forgotten."""

    MISSING = "missing"
    DONE = "done"  # from another account, a moment ago


@dataclass(frozen=True, slots=True)
class HandOver:
    """Offices that nobody else holds: (role, name of the unit). They are handed over first."""

    offices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What will go and what stays. `channels` lose their account.

    `minutes` stay in the ledger (None: it has no entry). `invites` still work and will end.

    `person` is false for an account that has never registered: only its own traces go.
    """

    person: bool
    minutes: int | None
    invites: int
    claims: int
    registrations: int
    offices: Sequence[tuple[str, str]]
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """It is done: the account speaks as a stranger from now on."""

    person: bool


async def plan(turn: Turn) -> Plan | HandOver | ForgetRefusal:
    """Look at what there is to forget, before it is confirmed."""
    if not await permit_self(turn, Action.OWN_DELETE):
        return ForgetRefusal.MISSING
    return await _planned(turn)


async def _planned(turn: Turn) -> Plan | HandOver:
    mine = turn.account.person
    known = await forgetting.known(turn.tx, await subject(turn), turn.at)
    alone = [] if mine is None else only_holder(mine, known.offices)
    if alone:
        return HandOver(_named(alone))
    return Plan(
        person=mine is not None,
        minutes=known.minutes,
        invites=0 if mine is None else await invites.made(turn.tx, mine, turn.at),
        claims=known.claims,
        registrations=known.registrations,
        offices=_named([one for one in known.offices if one.person == mine]),
        channels=[row.channel for row in known.accounts],
    )


def _named(offices: Sequence[Held]) -> list[tuple[str, str]]:
    return [(one.role, one.unit_name) for one in offices]


async def forget(turn: Turn) -> Forgotten | HandOver | ForgetRefusal:
    """Erase the speaker, within this turn. Nothing brings it back.

    The last word goes to a fresh account of the same identity, which knows nothing: the message
    must still find its reader, and what was said before must lead to nobody.
    """
    if not await permit_self(turn, Action.OWN_DELETE):
        return ForgetRefusal.MISSING
    who = await subject(turn)
    record = None
    if who.person is not None:
        record = await people.load(turn.tx, turn.house.vault, who.person, lock=True)
        if record is not None and record.status == Standing.DELETED:
            return ForgetRefusal.DONE
    found = await _planned(turn)  # again, now that nobody else changes the person
    if isinstance(found, HandOver):
        return found
    facts = {"claims": found.claims, "registrations": found.registrations}
    on = ("accounts", who.account) if who.person is None else ("persons", who.person)
    home = None if record is None else record.home
    line = Line(str(Action.OWN_DELETE), "done", *on, home, facts)
    await note(turn, line)
    if home is not None:
        await tell_reviewers(turn, home, Say("forget.told"), f"forgotten/{turn.event_id}")
    known = await forgetting.known(turn.tx, who, turn.at)
    await forgetting.erase(turn.tx, turn.house.vault, who, turn.at)
    await _detach(turn, known)
    return Forgotten(found.person)


async def _detach(turn: Turn, known: Known) -> None:
    """Take every account from the person, and say so where somebody may read it."""
    speaker = turn.account.id
    for row in known.accounts:
        own = row.id == speaker
        await contacts.leave_out(turn.tx, turn.house.vault, row.channel, row.external, turn.at)
        new = await forgetting.detach(turn.tx, row, turn.at, own or bool(row.reachable))
        if new is None:
            continue
        account = Account(new, row.channel, row.external, None, row.language, reads=row.reads)
        if own:
            _anew(turn, account)
        else:
            # as an answer: the consent to be told things went with all the others just now
            await post(turn, account, Say("forget.elsewhere"), f"forgotten/{new}", answer=True)


def _anew(turn: Turn, account: Account) -> None:
    """From now on the speaker of this turn is somebody whom we do not know."""
    turn.account, turn.person, turn.dialog = account, None, Dialog()
    turn.actor = Actor(None, None, (), turn.actor.admin)
