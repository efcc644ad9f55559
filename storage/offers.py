"""The buttons that somebody was shown last: they may be said by their labels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from storage.prepared import Prepared
from storage.schema import dialogs
from storage.session import NEW_DIALOG, OFFERS
from storage.tx import Tx
from storage.vault import Vault

_SET_OFFERS = Prepared(
    update(dialogs)
    .where(dialogs.c.account_id == bindparam("key_id"))
    .values(offers=bindparam("new_offers"))
)
_OFFERED = Prepared(select(dialogs.c.offers).where(dialogs.c.account_id == bindparam("account_id")))
REMEMBERED = 3  # messages whose buttons may be said by their labels
MOST_OFFERS = 40


def with_older(
    new: list[dict[str, Any]], known: list[dict[str, Any]] | None
) -> list[dict[str, Any]]:
    """The buttons of a new message, and after them those of the two messages before it."""
    older = [{**one, "age": one.get("age", 0) + 1} for one in known or []]
    return [*new, *(one for one in older if one["age"] < REMEMBERED)][:MOST_OFFERS]


async def keep_offers(
    tx: Tx, vault: Vault, account_id: int, offers: list[dict[str, Any]], at: datetime
) -> None:
    """Remember the buttons that somebody else is about to see; their dialog stays as it is."""
    before = await tx.value(_OFFERED, account_id=account_id)
    known = None if before is None else vault.open_json(OFFERS, before)
    sealed = vault.seal_json(OFFERS, with_older(offers, known))
    if await tx.run(_SET_OFFERS, key_id=account_id, new_offers=sealed):
        return
    await tx.value(
        NEW_DIALOG, account_id=account_id, step=None, data=None, expires_at=at, offers=sealed
    )
