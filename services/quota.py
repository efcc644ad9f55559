"""A platform takes nothing more today: whoever answers for a unit hears how much of it waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.chat import Say
from domain.abroad import ABROAD
from domain.rights import Role
from services.turn import plain
from storage import consents, outbox, quota, registrations, runs, session
from storage.outbox import New
from storage.session import Account
from storage.tx import Tx
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Closed:
    """A day without any more messages on a channel. `until`: when it goes on, in words.

    `running`: the channels on which somebody may be told instead.
    """

    channel: str
    day: str
    until: str
    running: Collection[str]


async def tell(tx: Tx, vault: Vault, closed: Closed, at: datetime) -> int:
    """Tell those who have another channel; how many. Each unit, day and person once."""
    told = 0
    for person, units in (await _answering(tx, closed, at)).items():
        account = await _reached(tx, person, closed)
        if account is not None:
            told += await _post(tx, vault, closed, account, "quota.waits", units, at)
    return told


async def late(tx: Tx, vault: Vault, closed: Closed, at: datetime) -> int:
    """It goes on: tell those who have heard nothing, as long as something of theirs still waits."""
    told = 0
    for person, units in (await _answering(tx, closed, at)).items():
        for account in await session.reach(tx, person):
            if account.reachable and account.channel == closed.channel:
                told += await _post(tx, vault, closed, account, "quota.late", units, at)
                break
    return told


async def meanwhile(
    tx: Tx, closed: Closed, external: str, at: datetime
) -> tuple[Sequence[Say], str | None]:
    """What somebody who writes just now may be answered in the same breath, and their language.

    Who answers for units hears of them, if they have not yet.
    """
    held = Say("quota.held", {"until": closed.until})
    who = await quota.who(tx, closed.channel, external)
    if who is None or who.person_id is None:
        return (held,), None if who is None else who.language
    grants = await session.grants_of(tx, who.person_id, at)
    if not any(one.role in (Role.SECRETARY, Role.OFFICER) for one in grants):
        return (held,), who.language
    units = (await _answering(tx, closed, at)).get(who.person_id, [])
    new = await _new(tx, closed, who.person_id, units, at)
    return ((_say("quota.waits", new, closed), held) if new else (held,)), who.language


async def _answering(tx: Tx, closed: Closed, at: datetime) -> dict[int, list[Any]]:
    """The units for whose people something waits, by who answers for them."""
    found: dict[int, list[Any]] = {}
    for unit in await quota.by_unit(tx, closed.channel):
        for person in await registrations.reviewers(tx, unit.id, at):
            found.setdefault(person, []).append(unit)
    return found


async def _new(
    tx: Tx, closed: Closed, person: int, units: Sequence[Any], at: datetime
) -> list[Any]:
    """Those of the units of which a person was not told on this day; they are now."""
    key = f"quota/{closed.channel}/{closed.day}"
    return [one for one in units if await runs.first(tx, f"{key}/{one.id}/{person}", at)]


async def _post(
    tx: Tx,
    vault: Vault,
    closed: Closed,
    account: Account,
    name: str,
    units: Sequence[Any],
    at: datetime,
) -> bool:
    person = account.person or 0
    new = await _new(tx, closed, person, units, at)
    if not new:
        return False
    key = f"quota/{closed.channel}/{closed.day}/{new[0].id}/{person}"
    say = plain(_say(name, new, closed))
    return await outbox.add(tx, vault, New(key, account.id, say, False, None, at), at) is not None


async def _reached(tx: Tx, person: int, closed: Closed) -> Account | None:
    """The account of another channel that comes first."""
    for one in await session.reach(tx, person):
        if not one.reachable or one.channel == closed.channel or one.channel not in closed.running:
            continue
        if one.channel not in ABROAD or await consents.travels(tx, one.id, person):
            return one
    return None


def _say(name: str, units: Sequence[Any], closed: Closed) -> Say:
    facts = {"count": sum(one.count for one in units), "until": closed.until}
    if len(units) == 1:
        return Say(name, {**facts, "unit": units[0].name})
    return Say(f"{name}.units", {**facts, "units": len(units)})
