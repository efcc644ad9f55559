"""Accounts that are gone, come back, or got another id from their platform."""

from __future__ import annotations

from datetime import datetime

from bot.chat import Event, Kind
from services.lateness import newer
from services.turn import BUTTON_LIFE, Turn, note
from storage import fallback, moving, outbox
from storage.audit import Line
from storage.tx import Tx
from storage.vault import Vault

BLOCKED = "blocked"


async def unreachable(tx: Tx, vault: Vault, account: int, reason: str, at: datetime) -> None:
    """Nothing more goes to an account until it is back; what it did not get goes to the next one.

    Call it before the message that failed is marked: it is passed on too.
    """
    await outbox.unreachable(tx, account, reason)
    await fallback.pass_on(tx, vault, account, BUTTON_LIFE, at)


async def lost(turn: Turn, event: Event) -> None:
    """The speaker has blocked us or gone: nothing more is sent until they come back (F26).

    Not if they are back already, and only the news of their going came late (F20).
    """
    if await newer(turn, event, (Kind.JOINED,)):
        return
    await unreachable(turn.tx, turn.house.vault, turn.account.id, BLOCKED, turn.at)
    await note(turn, Line("account-lost", "done", "accounts", turn.account.id))


async def moved(turn: Turn, to: str) -> None:
    """The platform gave the account (or the group) another id; all that is its own stays (F27)."""
    account = await moving.move(turn.tx, turn.account.channel, turn.account.external, to, turn.at)
    if account is not None:
        await note(turn, Line("account-moved", "done", "accounts", account))
