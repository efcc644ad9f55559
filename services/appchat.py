"""A group in WeCom that the app makes for a unit: its members who use WeCom, and nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.chat import Say
from domain.appchat import LEAST, MOST, Gathering, gathered
from services.turn import Turn, note, post
from services.webhooks import RobotRefusal, place, unbound
from storage import appchat, groups, registrations, tree, webhooks
from storage.appchat import CHANNEL
from storage.audit import Line
from storage.session import Account
from storage.tx import Tx
from storage.vault import Vault

Chance = Callable[[int], str]
"""So many bytes of chance, in hexadecimal."""


class ChatRefusal(StrEnum):
    """Why no group was made."""

    MISSING = "missing"
    CLOSED = "closed"
    TAKEN = "taken"  # the unit has one
    OWNER = "owner"  # who wants it does not use WeCom
    FEW = "few"
    MANY = "many"
    CHANGED = "changed"


class Loss(StrEnum):
    """Why a group does not hear us any more."""

    REFUSED = "refused"  # the app may not: its range is not the whole corp
    GONE = "gone"  # it was dissolved
    FEW = "few"  # fewer than two are left


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be made: a group of so many people of a unit, which the speaker owns."""

    unit_id: int
    unit: str
    people: int
    owner: str


async def plan(turn: Turn, unit_id: int) -> Plan | ChatRefusal:
    """A group of the unit's members who use WeCom, and of the speaker."""
    name = await place(turn, unit_id)
    if isinstance(name, RobotRefusal) or turn.person is None:
        return ChatRefusal.CLOSED if name is RobotRefusal.CLOSED else ChatRefusal.MISSING
    there = await groups.on_channel(turn.tx, unit_id, CHANNEL)
    if there is not None and there.state == groups.BOUND:
        return ChatRefusal.TAKEN
    if await appchat.member(turn.tx, turn.person.id) is None:
        return ChatRefusal.OWNER
    people = len({*await appchat.members(turn.tx, unit_id), turn.person.id})
    if people < LEAST:
        return ChatRefusal.FEW
    return ChatRefusal.MANY if people > MOST else Plan(unit_id, name, people, turn.person.name)


async def make(
    turn: Turn, unit_id: int, people: int, chance: Chance = secrets.token_hex
) -> Plan | ChatRefusal:
    """Bind a group to the unit and say hello there: with that it is made, or is in use again.

    `people`: how many the speaker was told that there will be.
    """
    await tree.unit(turn.tx, unit_id, lock=True)
    found = await plan(turn, unit_id)
    if not isinstance(found, Plan):
        return found
    if found.people != people:
        return ChatRefusal.CHANGED
    tx, vault, at = turn.tx, turn.house.vault, turn.at
    group = await groups.on_channel(tx, unit_id, CHANNEL)
    if group is None:
        group = await webhooks.add(tx, vault, chance(8), found.unit, chance(16), at, CHANNEL)
    elif await webhooks.key_of(tx, vault, group.external, CHANNEL) is None:
        await webhooks.keep(tx, vault, group.id, chance(16), at)
    await _bound(turn, group, unit_id, "group-make")
    key = f"appchat-hello/{group.id}/{group.version}"
    await post(turn, _account(group), Say("appchat.hello", {"unit": found.unit}), key)
    return found


async def again(turn: Turn, group_id: int, version: int) -> str | ChatRefusal:
    """Take back that a group was released; the unit's name."""
    group = await groups.one(turn.tx, group_id)
    if group is None or group.channel != CHANNEL or group.unit_id is None:
        return ChatRefusal.MISSING
    name = await place(turn, group.unit_id)
    if isinstance(name, RobotRefusal):
        return ChatRefusal.CLOSED if name is RobotRefusal.CLOSED else ChatRefusal.MISSING
    await tree.unit(turn.tx, group.unit_id, lock=True)
    there = await groups.on_channel(turn.tx, group.unit_id, CHANNEL)
    group = await groups.one(turn.tx, group_id)
    if group is None or there is None or there.state == groups.BOUND:
        return ChatRefusal.CHANGED
    if group.version & 0xFFFF != version:
        return ChatRefusal.CHANGED
    await _bound(turn, group, group.unit_id, "group-rebind")
    key = f"appchat-back/{group.id}/{group.version}"
    await post(turn, _account(group), Say("appchat.back", {"unit": name}), key)
    return name


async def merged(turn: Turn, unit_id: int, target_id: int) -> None:
    """A unit is dissolved: where the other one has a group too, this one's falls silent."""
    ours = await groups.on_channel(turn.tx, unit_id, CHANNEL)
    theirs = await groups.on_channel(turn.tx, target_id, CHANNEL)
    if ours is None or theirs is None or theirs.state != groups.BOUND:
        return
    if ours.state == groups.BOUND:
        await groups.become(turn.tx, ours, groups.LEFT, unit_id, None, turn.at)
        facts = {"old": ours.unit_name, "unit": theirs.unit_name}
        key = f"appchat-merged/{ours.id}/{ours.version}"
        await post(turn, _account(ours), Say("appchat.merged", facts), key)
        await note(turn, Line("group-release", "done", "groups", ours.id, unit_id))


async def gathering(tx: Tx, vault: Vault, external: str, at: datetime) -> Gathering | None:
    """The group of a bond as it should be now; None if it is bound no more."""
    group = await groups.find(tx, CHANNEL, external)
    if group is None or group.state != groups.BOUND:
        return None
    chat = await webhooks.key_of(tx, vault, external, CHANNEL)
    if chat is None:
        return None
    maker = await appchat.member(tx, group.bound_by)
    members = await appchat.members(tx, group.unit_id)
    answering = await registrations.reviewers(tx, group.unit_id, at)
    names = group.unit_name, group.title
    return gathered(chat, names, members, (group.bound_by, maker), answering)


async def lost(
    tx: Tx, vault: Vault, external: str, why: Loss, at: datetime, *, forget: bool = False
) -> None:
    """A group takes nothing more: its bond ends, and those who answer for the unit hear why.

    `forget`: it is not there, so that a new one has to be made.
    """
    group = await groups.find(tx, CHANNEL, external)
    if group is None or group.state != groups.BOUND:
        return
    if forget or why is Loss.GONE:
        await webhooks.drop(tx, group.id)
    await unbound(tx, vault, group, f"appchat.lost.{why}", at)


async def renamed(tx: Tx, external: str, name: str) -> None:
    """A group is called like its unit again."""
    group = await groups.find(tx, CHANNEL, external)
    if group is not None:
        await groups.entitle(tx, group.id, name)


async def _bound(turn: Turn, group: Any, unit_id: int, action: str) -> None:
    by = None if turn.person is None else turn.person.id
    await groups.become(turn.tx, group, groups.BOUND, unit_id, by, turn.at)
    await note(turn, Line(action, "done", "groups", group.id, unit_id))


def _account(row: Any) -> Account:
    return Account(row.account_id, row.channel, row.external, None, None, True)
