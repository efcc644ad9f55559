"""Groups: we stay where a unit has bound us, and leave politely where nobody has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from bot.chat import Choice, Event, Say
from domain.rights import Action, Verdict
from domain.tokens import Link, read_link, sign_link
from services import targets
from services.turn import PAGE, Turn, note, permit, post
from storage import appchat, groups, tree, webhooks
from storage.audit import Line
from storage.session import Account

STAY = timedelta(seconds=45)
"""How long an unknown group has to bind us (QUALITY A45: unknown groups are left within 60 s)."""

LINK_LIFE = timedelta(minutes=30)
PRIVATE = "router.private"  # what is said to somebody's own affairs
_KIND = "g"


class GroupRefusal(StrEnum):
    """Why a group was not bound or released. Forged, expired and not allowed look the same."""

    MISSING = "missing"
    CLOSED = "closed"
    TAKEN = "taken"  # another unit has bound it
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Group:
    """A group as those who answer for its unit see it."""

    id: int
    title: str
    version: int
    channel: str

    @property
    def robot(self) -> bool:
        """It hears us through a robot of its own; we are not in it."""
        return self.channel == webhooks.CHANNEL

    @property
    def made(self) -> bool:
        """The app has made it for the unit."""
        return self.channel == appchat.CHANNEL


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of the groups of a unit, `number` from 0, and the payload that binds another one.

    `made`: the app has made one for it.
    """

    unit_id: int
    unit_name: str
    items: Sequence[Group]
    number: int
    total: int
    payload: str
    made: bool


async def enter(turn: Turn, payload: Mapping[str, Any]) -> None:
    """Note in which group an event was said; nothing where it was said in private."""
    chat = str(payload.get("chat", ""))
    if turn.private or not chat:
        return
    title = str(payload.get("title", ""))
    turn.room = _account(await groups.met(turn.tx, turn.account.channel, chat, title, turn.at))


async def here(turn: Turn) -> Any | None:
    """The group of this turn; None in private."""
    if turn.room is None:
        return None
    return await groups.find(turn.tx, turn.room.channel, turn.room.external)


async def joined(turn: Turn, group: Any, event: Event) -> bool:
    """We were put into a group; False if a unit has bound it. An unknown one is left soon.

    Nothing if we were put out again since, and only this news came late (F20).
    """
    new = await groups.changed(turn.tx, group.id, event.at, event.key)
    if not new or group.state == groups.BOUND:
        return False
    if group.state == groups.LEFT:
        await groups.become(turn.tx, group, groups.UNKNOWN, None, None, turn.at)
        group = await groups.one(turn.tx, group.id)
    await leave_soon(turn, group)
    return True


async def leave_soon(turn: Turn, group: Any) -> None:
    """Be gone in a while, unless somebody binds the group before."""
    if turn.room is not None and group.state == groups.UNKNOWN:
        say = Say("room.goodbye", leaves=True)
        await post(turn, turn.room, say, _leaving(group), later=turn.at + STAY)


async def point_to_private(turn: Turn, group: Any, name: str = PRIVATE) -> None:
    """Say where the rest is answered, at most once a minute: a group may hear 20 messages in it.

    `name` is the sentence; another one has a minute of its own.
    """
    if turn.room is not None and group.state != groups.LEFT:
        key = f"{name}/{group.id}/{turn.at:%Y%m%d%H%M}"
        open_ = Choice("room.private", url="private:start")
        await post(turn, turn.room, Say(name, rows=((open_,),)), key, answer=True)


async def left(turn: Turn, group: Any, event: Event) -> None:
    """We were put out of a group. Nothing if we were let in again since (F20)."""
    new = await groups.changed(turn.tx, group.id, event.at, event.key)
    if new and group.state != groups.LEFT:
        await groups.become(turn.tx, group, groups.LEFT, None, None, turn.at)
        await groups.not_needed(turn.tx, _leaving(group), turn.at)
        line = Line("group-left", "done", "groups", group.id, group.unit_id)
        await note(turn, line)


async def listing(turn: Turn, unit_id: int, page: int = 0) -> Groups | GroupRefusal:
    """The groups of a unit, and what binds another one."""
    if await _denied(turn, unit_id):
        return GroupRefusal.MISSING
    unit = await tree.unit(turn.tx, unit_id)
    if unit is None:
        return GroupRefusal.MISSING
    if unit.closed_at is not None:
        return GroupRefusal.CLOSED
    rows = await groups.of_unit(turn.tx, unit_id, page * PAGE, PAGE)
    items = [Group(row.id, row.title, row.version, row.channel) for row in rows]
    total = await groups.count(turn.tx, unit_id)
    link = Link(_KIND, unit_id, 0)
    payload = sign_link(turn.house.key, link, turn.at + LINK_LIFE)
    chat = await groups.on_channel(turn.tx, unit_id, appchat.CHANNEL)
    made = chat is not None and chat.state == groups.BOUND
    return Groups(unit_id, unit.name, items, page, total, payload, made)


async def bind(turn: Turn, group: Any, payload: str) -> str | GroupRefusal:
    """Bind the group to the unit of the payload, for who answers for that unit; its name."""
    link = read_link(turn.house.key, payload, turn.at)
    unit_id = link.object if isinstance(link, Link) and link.kind == _KIND else 0
    unit = await tree.unit(turn.tx, unit_id)
    if unit is None or turn.person is None or await _denied(turn, unit_id):
        return GroupRefusal.MISSING
    if unit.closed_at is not None:
        return GroupRefusal.CLOSED
    if group.state == groups.BOUND and group.unit_id != unit_id:
        return GroupRefusal.TAKEN
    if group.state != groups.BOUND:
        person = turn.person.id
        await groups.become(turn.tx, group, groups.BOUND, unit_id, person, turn.at)
        await groups.not_needed(turn.tx, _leaving(group), turn.at)
        await note(turn, Line("group-bind", "done", "groups", group.id, unit_id))
    return str(unit.name)


async def one(turn: Turn, group_id: int) -> Group | GroupRefusal:
    """A bound group, for who answers for its unit."""
    row = await groups.one(turn.tx, group_id)
    if row is None or row.unit_id is None or await _denied(turn, row.unit_id):
        return GroupRefusal.MISSING
    if row.state != groups.BOUND:
        return GroupRefusal.CHANGED
    return Group(row.id, row.title, row.version, row.channel)


async def release(turn: Turn, group_id: int, version: int) -> Group | GroupRefusal:
    """End the bond of a group; we say goodbye there and go. A robot's key is forgotten.

    What the app has made keeps its unit: so it can be bound again. Answers the group as it is now.
    """
    row = await groups.one(turn.tx, group_id)
    if row is None or row.unit_id is None or await _denied(turn, row.unit_id):
        return GroupRefusal.MISSING
    if row.version & 0xFFFF != version or row.state != groups.BOUND:
        return GroupRefusal.CHANGED
    found = Group(row.id, row.title, row.version + 1, row.channel)
    unit = row.unit_id if found.made else None
    await groups.become(turn.tx, row, groups.LEFT, unit, None, turn.at)
    if found.robot:
        await webhooks.drop(turn.tx, row.id)
    else:
        say = Say("appchat.goodbye") if found.made else Say("room.released", leaves=True)
        await post(turn, _account(row), say, f"group-released/{row.id}/{row.version}")
    await note(turn, Line("group-release", "done", "groups", row.id, row.unit_id))
    return found


async def tell(turn: Turn, unit_id: int, say: Say, key: str) -> int:
    """Say something without personal data in every group of an open unit; how many there are."""
    unit = await tree.unit(turn.tx, unit_id)
    rows = await groups.of_unit(turn.tx, unit_id) if unit and unit.closed_at is None else []
    for row in rows:
        await post(turn, _account(row), say, f"{key}/group/{row.id}")
    return len(rows)


def _account(row: Any) -> Account:
    return Account(row.account_id, row.channel, row.external, None, None, True)


def _leaving(group: Any) -> str:
    return f"group-leave/{group.id}/{group.version}"


async def _denied(turn: Turn, unit_id: int) -> bool:
    target = await targets.at_unit(turn, unit_id)
    return await permit(turn, Action.INVITE, target) is not Verdict.ALLOW
