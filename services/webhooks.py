"""Group robots of a unit: bound by the key that a secretary pastes, ended when it works no more."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.chat import Choice, Say
from domain.abroad import ABROAD
from domain.rights import Action, Role, Verdict
from domain.webhooks import host_of, key_of, masked
from services import targets
from services.org import Brief, brief, stations
from services.turn import PAGE, Turn, note, permit, plain, post
from storage import audit, consents, groups, outbox, registrations, session, tree, webhooks
from storage.audit import Line
from storage.outbox import New
from storage.session import Account
from storage.tx import Tx
from storage.vault import Vault

Chance = Callable[[int], str]
"""So many bytes of chance, in hexadecimal."""


class RobotRefusal(StrEnum):
    """Why a robot was not bound."""

    MISSING = "missing"
    CLOSED = "closed"
    NO_KEY = "no_key"  # no address of a robot in what was sent
    FOREIGN = "foreign"  # an address, but not of WeCom
    TAKEN = "taken"  # this robot is bound already, here or elsewhere


async def place(turn: Turn, unit_id: int) -> str | RobotRefusal:
    """The name of the unit that a robot may be bound to by the speaker."""
    verdict = await permit(turn, Action.INVITE, await targets.at_unit(turn, unit_id))
    unit = await tree.unit(turn.tx, unit_id) if verdict is Verdict.ALLOW else None
    if unit is None:
        return RobotRefusal.MISSING
    return RobotRefusal.CLOSED if unit.closed_at is not None else str(unit.name)


async def places(turn: Turn) -> Sequence[Brief]:
    """The units for which a pasted address may be meant.

    Just the one whose groups were shown last; else those that the speaker answers for.
    """
    for offer in turn.dialog.offers or []:
        if offer["purpose"] == "grp.robot":
            shown = await tree.unit(turn.tx, offer["object"])
            return [] if shown is None else [brief(shown)]
    return (await stations(turn, Role.SECRETARY, Role.OFFICER))[:PAGE]


async def bind(
    turn: Turn, unit_id: int, text: str, chance: Chance = secrets.token_hex
) -> str | RobotRefusal:
    """Bind the robot whose address or key this is, and say hello through it; its masked key."""
    name = await place(turn, unit_id)
    if isinstance(name, RobotRefusal):
        return name
    key = key_of(text)
    if key is None or turn.person is None:
        return RobotRefusal.NO_KEY
    if host_of(text) not in {None, *turn.house.robot_hosts}:
        return RobotRefusal.FOREIGN
    tx, vault = turn.tx, turn.house.vault
    if await webhooks.find(tx, vault, key) is not None:
        return RobotRefusal.TAKEN
    group = await webhooks.add(tx, vault, chance(8), masked(key), key, turn.at)
    await groups.become(tx, group, groups.BOUND, unit_id, turn.person.id, turn.at)
    await note(turn, Line("robot-bind", "done", "groups", group.id, unit_id))
    account = Account(group.account_id, group.channel, group.external, None, None, True)
    await post(turn, account, Say("robot.hello", {"unit": name}), f"robot-hello/{group.id}")
    return masked(key)


async def ended(tx: Tx, vault: Vault, external: str, at: datetime) -> None:
    """The platform does not know a robot any more: its bond ends, those who answer are told."""
    group = await groups.find(tx, webhooks.CHANNEL, external)
    if group is None or group.state != groups.BOUND:
        return
    await webhooks.drop(tx, group.id)
    await unbound(tx, vault, group, "robot.lost", at)


async def unbound(tx: Tx, vault: Vault, group: Any, sentence: str, at: datetime) -> None:
    """End a bond that works no more; those who answer for the unit are told so."""
    unit = group.unit_id
    await groups.become(tx, group, groups.LEFT, unit, None, at)
    await audit.add(tx, Line("group-lost", "done", "groups", group.id, unit), None, None, at)
    again = Choice("robot.again", "grp.open", unit)
    say = Say(sentence, {"title": group.title, "unit": group.unit_name}, ((again,),))
    for person in await registrations.reviewers(tx, unit, at):
        await _tell(tx, vault, person, say, f"group-lost/{group.id}/{group.version}/{person}", at)


async def _tell(tx: Tx, vault: Vault, person: int, say: Say, key: str, at: datetime) -> None:
    """As services.turn.tell, where nobody speaks."""
    for account in await session.reach(tx, person):
        abroad = account.channel in ABROAD
        if account.reachable and (not abroad or await consents.travels(tx, account.id, person)):
            await outbox.add(tx, vault, New(key, account.id, plain(say), False, None, at), at)
            return
