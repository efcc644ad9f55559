"""A message that was edited: what was read from it is read again, while nobody has judged it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.chat import Event, Kind
from domain.rights import Action, Verdict
from services import claims as claiming
from services import targets
from services.claims import Draft
from services.lateness import newer
from services.turn import Turn, note, permit
from storage import claims, ledger
from storage.audit import Line

_STEPS = frozenset({"log.again", "log.what", "log.confirm"})


class Kept(StrEnum):
    """Why an edit changes nothing."""

    UNKNOWN = "unknown"  # nothing of ours came from that message
    JUDGED = "judged"  # somebody has looked at it already
    UNREAD = "unread"  # the new words cannot be read or counted: the old ones stand


@dataclass(frozen=True, slots=True)
class Revised:
    """A claim as it waits now."""

    id: int
    version: int
    draft: Draft


def being_said(turn: Turn, key: str) -> bool:
    """Whether the open dialog is about the message with this key."""
    dialog = turn.dialog
    return dialog.step in _STEPS and (dialog.data or {}).get("key") == key


async def is_outdated(turn: Turn, event: Event) -> bool:
    """Whether a newer wording of the same message was here before this one."""
    of = event.payload.get("of")
    return any(one.payload.get("of") == of for one in await newer(turn, event, (Kind.EDITED,)))


async def newest(turn: Turn, event: Event) -> Event | None:
    """The newest wording of a message that came after its edits; None where it has none."""
    edits = await newer(turn, event, (Kind.EDITED,))
    return next((one for one in reversed(edits) if one.payload.get("of") == event.key), None)


async def revise(turn: Turn, key: str, text: str) -> Revised | Kept:
    """Read the claim of an edited message again (F22): its older version cannot be approved any
    more, and one that was judged stays as it is."""
    seen = await claims.by_key(turn.tx, turn.actor.person or 0, key)
    if seen is None:
        return Kept.UNKNOWN
    target = await targets.at_unit(turn, seen.unit_id, owner=seen.person_id)
    if await permit(turn, Action.CLAIM, target, ("claims", seen.id)) is not Verdict.ALLOW:
        return Kept.UNKNOWN
    await ledger.lock_person(turn.tx, seen.person_id)
    row: Any = await claims.claim(turn.tx, seen.id, lock=True)
    if row.state == claims.WITHDRAWN:
        return Kept.UNKNOWN
    if row.state != claims.WAITING:
        return Kept.JUDGED
    made = await claiming.draft(turn, text, without=row.id)
    if not isinstance(made, Draft):
        return Kept.UNREAD
    await claims.rewrite(turn.tx, row, made.said, made.what, made.place, made.stretches)
    facts = {"minutes": made.minutes, "before": row.minutes}
    await note(
        turn,
        Line("claim.revise", object="claims", object_id=row.id, unit=row.unit_id, facts=facts),
    )
    await claiming.tell_revised(turn, row, made)
    return Revised(row.id, row.version + 1, made)
