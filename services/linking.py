"""Joining accounts of two channels: a code from one side, its use on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.chat import Choice, Say
from domain import linking
from domain.linking import ANSWER_LIFE, CODE_LIFE, KIND, MOST_LIVE, State
from domain.people import Standing
from domain.rights import Verdict
from domain.tokens import Link, read_link, sign_link
from services import consents, locks, merging
from services.merging import Merger, WhoDecides
from services.turn import Turn, note, post
from storage import links, org, people, session
from storage.audit import Line
from storage.links import Turned
from storage.people import Record
from storage.session import Account

_TRIES = "link"
_INDEX = "links.code"


class LinkRefusal(StrEnum):
    """Why accounts were not joined. Every code of no use looks the same (QUALITY A44)."""

    MISSING = "missing"
    CHANGED = "changed"
    UNREGISTERED = "unregistered"
    TOO_MANY = "too_many"  # questions that wait for an answer
    CODE = "code"
    LOCKED = "locked"
    OWN = "own"  # the code was made by the speaker
    CHANNEL = "channel"  # there is an account on this channel already
    LATE = "late"  # a day has passed: undo is over
    LAST = "last"  # nothing would be left to reach the person by
    LATER = "later"  # another merge came on top: undo that first


@dataclass(frozen=True, slots=True)
class Code:
    """A code to type, and the same as a payload for a link or a QR code."""

    code: str
    payload: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What a code means for who holds it. `merger`: two registrations would become one.

    Of the person who made it only the alias and the channel are shown.
    """

    link: int
    version: int
    who: str
    channel: str
    merger: Merger | None
    unit: str | None  # of the speaker's registration, if there is one


@dataclass(frozen=True, slots=True)
class Asked:
    """The other side has to agree now; the speaker may take the question back."""

    link: int
    version: int
    who: str
    channel: str


@dataclass(frozen=True, slots=True)
class Question:
    """An account that wants to join the speaker's: on which channel, and what would be merged."""

    link: int
    version: int
    channel: str
    expires_at: datetime
    merger: Merger | None
    unit: str | None


Refused = LinkRefusal | WhoDecides


async def new_code(turn: Turn) -> Code | LinkRefusal:
    """Make a code for the speaker's person: ten minutes, one use, five alive at the most."""
    person = turn.person
    if person is None or person.status != Standing.ACTIVE:
        return LinkRefusal.UNREGISTERED
    if await consents.permit_own(turn) is not Verdict.ALLOW:
        return LinkRefusal.UNREGISTERED
    await people.load(turn.tx, turn.house.vault, person.id, lock=True)  # two at once: count right
    live = await links.live(turn.tx, person.id, turn.at)
    codes = [row for row in live if row.state == State.CODE]
    if len(live) - len(codes) >= MOST_LIVE:
        return LinkRefusal.TOO_MANY
    for row in codes[: max(0, len(live) + 1 - MOST_LIVE)]:  # the oldest make room
        await links.turn_to(turn.tx, row, Turned(State.WITHDRAWN, turn.at, row.expires_at))
    expires = turn.at + CODE_LIFE
    made = await links.add(turn.tx, person.id, turn.account.id, expires, turn.at)
    code = linking.code_of(turn.house.key, made)
    await links.set_index(turn.tx, made, turn.house.vault.index(_INDEX, code))
    await note(turn, Line("link.code", "done", "links", made))
    return Code(code, sign_link(turn.house.key, Link(KIND, made, 1), expires), expires)


async def redeem(turn: Turn, text: str) -> Offer | Refused:
    """What a typed code or a payload means for the speaker. Nothing is joined yet.

    Whatever is of no use is a wrong try; five lock this account for fifteen minutes.
    """
    if await consents.permit_own(turn) is not Verdict.ALLOW:
        return LinkRefusal.MISSING
    if await locks.locked(turn, _TRIES) is not None:
        return LinkRefusal.LOCKED
    row = await _meant(turn, text)
    owner = None if row is None else await _owner(turn, row)
    if row is None or owner is None:
        await locks.wrong(turn, _TRIES)
        return LinkRefusal.CODE
    await locks.right(turn, _TRIES)
    return await _offer(turn, row, owner)


async def _meant(turn: Turn, text: str) -> Any | None:
    """The link that is alive under what was typed: a code, or a signed payload."""
    vault = turn.house.vault
    # what is neither costs the same look-ups as what has ended
    row = await links.by_code(turn.tx, vault.lookups(_INDEX, linking.typed(text) or ""), turn.at)
    found = read_link(turn.house.key, linking.payload(text), turn.at)
    known = found if isinstance(found, Link) and found.kind == KIND else Link(KIND, 0, 0)
    signed = await links.one(turn.tx, known.object)
    if signed is not None and signed.version & 0xFFFF == known.version:
        row = signed
    alive = row is not None and row.state == State.CODE and turn.at < row.expires_at
    return row if alive else None


async def _owner(turn: Turn, row: Any) -> Record | None:
    """Who made a code, as long as they are registered and still have the account."""
    account = await people.account(turn.tx, row.account_id)
    record = await people.load(turn.tx, turn.house.vault, row.person_id)
    mine = account is not None and account.person == row.person_id
    return record if mine and merging.is_member(record) else None


async def _offer(turn: Turn, row: Any, owner: Record) -> Offer | Refused:
    merger = None
    mine = turn.account.person  # also of who has left and does not speak as a member
    if mine == owner.id:
        return LinkRefusal.OWN
    if mine is None:
        if await has_channel(turn, owner.id, turn.account.channel):
            return LinkRefusal.CHANNEL
    else:
        found = await _merger(turn, owner, mine)
        if not isinstance(found, Merger):
            return found
        merger = found
    account: Any = await people.account(turn.tx, row.account_id)
    unit = await unit_of(turn, mine)
    return Offer(row.id, row.version, owner.alias, account.channel, merger, unit)


async def has_channel(turn: Turn, person: int, channel: str) -> bool:
    """Whether a person has an account on a channel: one each is enough to be reached."""
    rows = await links.accounts_of(turn.tx, person)
    return any(row.channel == channel for row in rows)


async def _merger(turn: Turn, owner: Record, other: int) -> Merger | Refused:
    record = await people.load(turn.tx, turn.house.vault, other)
    if record is None:
        return LinkRefusal.CHANGED
    return await merging.look(turn, owner, record)


async def unit_of(turn: Turn, person: int | None) -> str | None:
    """The name of somebody's home unit."""
    if person is None:
        return None
    record = await people.load(turn.tx, turn.house.vault, person)
    if record is None or record.home is None:
        return None
    return (await org.names(turn.tx, record.home))[-1]


async def confirm(turn: Turn, link: int, version: int) -> Asked | Refused:
    """Use the code that was read back, once; its owner is asked and nothing is joined yet."""
    if await consents.permit_own(turn) is not Verdict.ALLOW:
        return LinkRefusal.MISSING
    row = await links.one(turn.tx, link, lock=True)
    owner = None if row is None else await _owner(turn, row)
    if row is None or owner is None or row.version != version or row.state != State.CODE:
        return LinkRefusal.CHANGED
    found = await _offer(turn, row, owner)
    if not isinstance(found, Offer):
        return found
    mine, expires = turn.account.person, turn.at + ANSWER_LIFE
    if not await links.take(turn.tx, row, turn.account.id, mine, expires, turn.at):
        return LinkRefusal.CHANGED
    await note(turn, Line("link.ask", "done", "links", link))
    question = Question(link, version + 1, turn.account.channel, expires, found.merger, found.unit)
    await _ask(turn, row, question)
    return Asked(link, version + 1, found.who, found.channel)


async def _ask(turn: Turn, row: Any, question: Question) -> None:
    """Ask on the account that made the code, or where its person can be reached."""
    reach = await session.reach(turn.tx, row.person_id)
    there = [one for one in reach if one.id == row.account_id and one.reachable]
    for account in [*there, *reach]:
        if await post(turn, account, asked(question), f"link/{question.link}/asked") is not None:
            return


def asked(question: Question) -> Say:
    """The question to the other side, with its answers."""
    row = tuple(
        Choice(answer, answer, question.link, question.version, expires=question.expires_at)
        for answer in ("link.yes", "link.no")
    )
    facts: dict[str, Any] = {"channel": Say(f"me.channel.{question.channel}")}
    if question.merger is None:
        return Say("link.asked", facts, (row,))
    facts |= merged_facts(question.merger) | {"unit": question.unit or Say("word.nothing")}
    return Say("link.asked.merge", facts, (row,))


def merged_facts(merger: Merger) -> dict[str, Any]:
    """The figures of a merger, for both sides the same."""
    lines = []
    counted = [one for one in merger.plan.twice if one.twin is not None]
    full = [one for one in merger.plan.twice if one.twin is None]
    if counted:
        lines.append(Say("link.merge.twice", {"count": len(counted)}))
    if full:
        lines.append(Say("link.merge.full", {"count": len(full)}))
    if merger.moved:
        lines.append(Say("link.merge.claims", {"count": len(merger.moved)}))
    if merger.ended:
        lines.append(Say("link.merge.ended", {"count": len(merger.ended)}))
    return {
        "kept": merger.kept_minutes,
        "other": merger.absorbed_minutes,
        "together": merger.together,
        "home": merger.home or Say("word.nothing"),
        "lines": lines or [Say("link.merge.nothing")],
    }


async def withdraw(turn: Turn, link: int, version: int) -> LinkRefusal | None:
    """Take a question of this account back; None when it is done."""
    row = await links.one(turn.tx, link, lock=True)
    if await consents.permit_own(turn) is not Verdict.ALLOW:
        return LinkRefusal.MISSING
    if row is None or row.other_id != turn.account.id:
        return LinkRefusal.MISSING
    if row.state != State.ASKED or row.version & 0xFFFF != version:
        return LinkRefusal.CHANGED
    await links.turn_to(turn.tx, row, Turned(State.WITHDRAWN, turn.at, row.expires_at))
    await note(turn, Line("link.withdraw", "done", "links", link))
    return None


async def questions(turn: Turn) -> Sequence[Question]:
    """What waits for the speaker's answer, the oldest first; at most five."""
    if turn.person is None:
        return []
    rows = await links.live(turn.tx, turn.person.id, turn.at)
    found = []
    for row in rows:
        account = None if row.other_id is None else await people.account(turn.tx, row.other_id)
        if row.state == State.ASKED and account is not None:
            found.append(await _question(turn, row, account))
    return found


async def _question(turn: Turn, row: Any, account: Account) -> Question:
    merger = None
    if row.other_person_id is not None:
        owner = await people.load(turn.tx, turn.house.vault, row.person_id)
        seen = None if owner is None else await _merger(turn, owner, row.other_person_id)
        merger = seen if isinstance(seen, Merger) else None
    unit = await unit_of(turn, row.other_person_id)
    return Question(row.id, row.version, account.channel, row.expires_at, merger, unit)
