"""Whose an account is: handed over, put out, and where a person's notices go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.chat import Choice, Say
from domain.linking import SETTLING, State
from domain.people import Standing
from domain.rights import Action, Target, Verdict
from services import consents, people
from services.turn import Turn, note, permit, post
from storage import links, merges, session
from storage import people as records
from storage.audit import Line
from storage.links import Turned


class OwnRefusal(StrEnum):
    """Why nothing changed about an account."""

    MISSING = "missing"
    LAST = "last"  # a person keeps one account
    NEW = "new"  # who came within a day does not put out who was there before


@dataclass(frozen=True, slots=True)
class Own:
    """One account of the speaker. `here`: the one that speaks."""

    id: int
    channel: str
    preferred: bool
    reachable: bool
    here: bool


async def mine(turn: Turn) -> list[Own] | None:
    """The speaker's accounts, the first first; None for who is not registered."""
    if turn.person is None or turn.person.status != Standing.ACTIVE:
        return None
    if await consents.permit_own(turn) is not Verdict.ALLOW:
        return None
    rows = await links.accounts_of(turn.tx, turn.person.id)
    return [_own(turn, row) for row in rows]


def _own(turn: Turn, row: Any) -> Own:
    here = row.id == turn.account.id
    return Own(row.id, row.channel, bool(row.preferred), bool(row.reachable), here)


async def one(turn: Turn, account: int) -> Own | OwnRefusal:
    """One account of the speaker."""
    row = await links.account(turn.tx, account)
    if row is None or row.person_id is None:
        return OwnRefusal.MISSING
    on = ("accounts", account)
    target = Target((), owner=row.person_id)
    if await permit(turn, Action.OWN_CHANGE, target, on) is not Verdict.ALLOW:
        return OwnRefusal.MISSING
    return _own(turn, row)


async def prefer(turn: Turn, account: int) -> Own | OwnRefusal:
    """Send the speaker's notices to this account first; the others are the fallback."""
    found = await one(turn, account)
    if isinstance(found, OwnRefusal) or turn.person is None:
        return OwnRefusal.MISSING
    await links.prefer(turn.tx, turn.person.id, account)
    facts = {"channel": found.channel}
    await note(turn, Line("link.prefer", "done", "accounts", account, facts=facts))
    return found


async def droppable(turn: Turn, account: int) -> Own | OwnRefusal:
    """An account that the speaker may put out now."""
    found = await one(turn, account)
    if isinstance(found, OwnRefusal) or turn.person is None:
        return OwnRefusal.MISSING
    if len(await links.accounts_of(turn.tx, turn.person.id)) < 2:
        return OwnRefusal.LAST
    new = set() if found.here else await newcomers(turn)
    return OwnRefusal.NEW if turn.account.id in new and account not in new else found


async def newcomers(turn: Turn) -> set[int]:
    """The accounts of the speaker that came less than a day ago."""
    found: set[int] = set()
    for row in await links.recent(turn.tx, turn.account.person or 0, turn.at):
        if turn.at >= row.decided_at + SETTLING:
            continue
        merge = None if row.merge_id is None else await merges.one(turn.tx, row.merge_id)
        found |= {row.other_id} if merge is None else set(merge.facts["accounts"])
    return found


async def drop(turn: Turn, account: int) -> Own | OwnRefusal:
    """Put an account of the speaker out; it may be linked again with a new code."""
    if isinstance(await one(turn, account), OwnRefusal) or turn.person is None:
        return OwnRefusal.MISSING
    person, alias = turn.person.id, turn.person.alias
    await records.load(turn.tx, turn.house.vault, person, lock=True)  # the last one stays
    found = await droppable(turn, account)
    if isinstance(found, OwnRefusal):
        return found
    joined = await links.joined_by(turn.tx, account)
    if joined is not None and joined.merge_id is None:
        await links.turn_to(turn.tx, joined, Turned(State.ENDED, turn.at, turn.at))
    await hand_over(turn, account, None)
    await note(turn, Line("unlink", "done", "accounts", account, facts={"channel": found.channel}))
    key = f"unlink/{turn.event_id}/{account}"
    await tell_accounts(turn, person, dropped(alias, found.channel), key)
    if not found.here:
        gone = await records.account(turn.tx, account)
        if gone is not None:
            again = Choice("link.enter", "link.enter")
            await post(turn, gone, Say("link.dropped.here", {"who": alias}, ((again,),)), key)
    return found


def dropped(alias: str, channel: str) -> Say:
    """What the other accounts are told."""
    facts = {"who": alias, "channel": Say(f"me.channel.{channel}")}
    return Say("link.dropped.told", facts, ((Choice("link.open", "link.open"),),))


async def tell_accounts(
    turn: Turn, person: int, say: Say, key: str, but: frozenset[int] = frozenset()
) -> None:
    """Post a message to every account of a person, except the one that speaks."""
    for account in await session.reach(turn.tx, person):
        if account.id != turn.account.id and account.id not in but:
            await post(turn, account, say, f"{key}/{account.id}")


async def hand_over(turn: Turn, account: int, person: int | None) -> None:
    """Say whose account this is from now on; if it is the speaker's, they are that person now."""
    await links.set_owner(turn.tx, account, person)
    if account != turn.account.id:
        return
    turn.close()
    turn.dialog.offers, turn.dialog.changed = None, True
    turn.account.person = person
    if person is not None:
        await people.become(turn, person)
        return
    turn.person = None
    turn.actor = replace(turn.actor, person=None, home=None, grants=())
