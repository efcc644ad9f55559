"""The other side's answer: two accounts become one person's, or not; and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.chat import Choice, Say
from bot.going import go
from domain.linking import UNDO_LIFE, State
from domain.rights import Action, Target, Verdict
from services import merging, merging_deeds
from services.linking import LinkRefusal, Refused, has_channel
from services.merging import Merger
from services.owning import hand_over, tell_accounts
from services.turn import Turn, note, permit, post
from storage import consents, links, merges, people
from storage.audit import Line
from storage.links import Turned
from storage.people import Record


@dataclass(frozen=True, slots=True)
class Linked:
    """Both accounts belong to one person now. `minutes`: after a merge, all of them together."""

    link: int
    version: int
    channel: str
    who: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Unlinked:
    """They are apart again; `merged`: two registrations are."""

    channel: str
    merged: bool


async def approve(turn: Turn, link: int, version: int) -> Linked | Refused:
    """Say yes, as the person who made the code: only this joins anything."""
    seen = await _mine(turn, link)
    if seen is None:
        return LinkRefusal.MISSING
    persons = [one for one in (seen.person_id, seen.other_person_id) if one is not None]
    held = await merging.hold(turn, *persons)
    row: Any = await links.one(turn.tx, link, lock=True)
    account: Any = await links.account(turn.tx, row.other_id, lock=True) if row.other_id else None
    if not _waits(turn, row, version) or account is None:
        return LinkRefusal.CHANGED
    owner = held.get(row.person_id)
    if account.person_id != row.other_person_id or not merging.is_member(owner) or owner is None:
        return LinkRefusal.CHANGED
    if row.other_person_id is None:
        return await _attach(turn, row, owner, account)
    merger = await merging.look(turn, owner, held[row.other_person_id])
    if not isinstance(merger, Merger):
        return merger
    return await _merge(turn, row, merger, account)


async def _mine(turn: Turn, link: int) -> Any | None:
    """A link of the speaker's person; a refusal is audited."""
    row = await links.one(turn.tx, link)
    if row is None:
        return None
    target = Target((), owner=row.person_id)
    allowed = await permit(turn, Action.OWN_CHANGE, target, ("links", link))
    return row if allowed is Verdict.ALLOW else None


def _waits(turn: Turn, row: Any, version: int) -> bool:
    fresh = row.state == State.ASKED and row.version & 0xFFFF == version
    return fresh and bool(turn.at < row.expires_at)


async def _attach(turn: Turn, row: Any, owner: Record, account: Any) -> Linked | LinkRefusal:
    if await has_channel(turn, owner.id, account.channel):
        return LinkRefusal.CHANNEL
    await merges.withdraw_registrations(turn.tx, account.id, None, turn.at)
    await hand_over(turn, account.id, owner.id)
    await consents.adopt(turn.tx, account.id, owner.id)
    done = Turned(State.DONE, turn.at, turn.at + UNDO_LIFE)
    await links.turn_to(turn.tx, row, done)
    await note(turn, Line("link", "done", "links", row.id, facts={"account": account.id}))
    return await _told(turn, row, owner, account.channel)


async def _merge(turn: Turn, row: Any, merger: Merger, account: Any) -> Linked:
    made = await merging_deeds.merge(turn, merger)
    done = Turned(State.DONE, turn.at, turn.at + UNDO_LIFE, made, merger.kept.id)
    await links.turn_to(turn.tx, row, done)
    facts = {"account": account.id, "merge": made}
    await note(turn, Line("link", "done", "links", row.id, facts=facts))
    return await _told(turn, row, merger.kept, account.channel, merger.together)


async def _told(
    turn: Turn, row: Any, kept: Record, channel: str, minutes: int | None = None
) -> Linked:
    """Every account hears of it, also those of the old channel, and may undo it for a day."""
    version = row.version + 1
    undo = Choice("link.undo", "link.undo", row.id, version, expires=turn.at + UNDO_LIFE)
    facts: dict[str, Any] = {
        "who": kept.alias,
        "one": Say(f"me.channel.{turn.account.channel}"),
        "other": Say(f"me.channel.{channel}"),
    }
    say = Say("link.done.told", facts, ((undo, go("me")),))
    await tell_accounts(turn, kept.id, say, f"link/{row.id}/done")
    return Linked(row.id, version, channel, kept.alias, minutes)


async def refuse(turn: Turn, link: int, version: int) -> str | LinkRefusal:
    """Say 不是我: nothing is joined, who asked is told. Answers the channel that asked."""
    if await _mine(turn, link) is None:
        return LinkRefusal.MISSING
    row: Any = await links.one(turn.tx, link, lock=True)
    if not _waits(turn, row, version):
        return LinkRefusal.CHANGED
    await links.turn_to(turn.tx, row, Turned(State.REFUSED, turn.at, row.expires_at))
    await note(turn, Line("link.refuse", "done", "links", link))
    account: Any = await people.account(turn.tx, row.other_id)
    say = Say("link.refused.told", rows=((Choice("link.enter", "link.enter"), go("help")),))
    await post(turn, account, say, f"link/{link}/refused")
    channel: str = account.channel
    return channel


async def undo(turn: Turn, link: int, version: int) -> Unlinked | LinkRefusal:
    """Take a link apart within a day, from any account of the person."""
    seen = await _mine(turn, link)
    if seen is None:
        return LinkRefusal.MISSING
    merge = None if seen.merge_id is None else await merges.one(turn.tx, seen.merge_id)
    both = [seen.person_id] if merge is None else [merge.kept_id, merge.absorbed_id]
    held = await merging.hold(turn, *both)
    row: Any = await links.one(turn.tx, link, lock=True)
    if row.state != State.DONE or row.version & 0xFFFF != version:
        return LinkRefusal.CHANGED
    if turn.at >= row.expires_at:
        return LinkRefusal.LATE
    account: Any = await links.account(turn.tx, row.other_id, lock=True)
    leaves = {account.id} if merge is None else set(merge.facts["accounts"])
    refused = await _stays(turn, row, merge, leaves)
    if refused is not None:
        return refused
    if merge is None:
        await _detach(turn, row, account)
    else:
        await merging_deeds.unmerge(turn, merge)
    await links.turn_to(turn.tx, row, Turned(State.UNDONE, turn.at, row.expires_at))
    await note(turn, Line("link.undo", "done", "links", link))
    await _apart(turn, both, held[both[0]], account)
    return Unlinked(account.channel, merge is not None)


async def _stays(turn: Turn, row: Any, merge: Any, leaves: set[int]) -> LinkRefusal | None:
    """Whether taking it apart leaves the person an account, and nothing was built on it."""
    if merge is not None and await merges.is_buried(turn.tx, merge):
        return LinkRefusal.LATER
    mine = {one.id for one in await links.accounts_of(turn.tx, row.person_id)}
    return None if mine - leaves else LinkRefusal.LAST


async def _detach(turn: Turn, row: Any, account: Any) -> None:
    if account.person_id != row.person_id:
        return  # it left by itself meanwhile
    await links.release_consents(turn.tx, account.id, row.person_id, row.decided_at)
    await hand_over(turn, account.id, None)


async def _apart(turn: Turn, persons: list[int], kept: Record, account: Any) -> None:
    """Every account on both sides hears of it."""
    facts = {"who": kept.alias, "other": Say(f"me.channel.{account.channel}")}
    say = Say("link.undone.told", facts, ((go("link"),),))
    for person in persons:
        await tell_accounts(turn, person, say, f"link/undone/{account.id}/{turn.event_id}")
    alone = await people.account(turn.tx, account.id)
    if alone is not None and alone.person is None and alone.id != turn.account.id:
        await post(turn, alone, say, f"link/undone/{account.id}/{turn.event_id}/alone")
