"""Whose menu of commands is another than everybody's, and what it showed last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select

from storage.prepared import Prepared
from storage.schema import accounts, menus, persons, roles
from storage.tx import Tx

_HELD = Prepared(
    select(accounts.c.id, accounts.c.external, accounts.c.language, roles.c.role)
    .join(persons, persons.c.id == accounts.c.person_id)
    .join(roles, roles.c.person_id == persons.c.id)
    .where(
        accounts.c.channel == bindparam("channel"),
        accounts.c.reachable.is_(True),
        persons.c.status == "active",
        roles.c.since <= bindparam("now"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("now")),
    )
    .order_by(accounts.c.id)
)
_SHOWN = Prepared(
    select(menus.c.account_id, menus.c.shown, accounts.c.external)
    .join(accounts, accounts.c.id == menus.c.account_id)
    .where(accounts.c.channel == bindparam("channel"))
)
_KEEP = Prepared(
    lambda insert: (
        insert(menus)
        .values(account_id=bindparam("key_account"), shown=bindparam("new_shown"))
        .on_conflict_do_update(
            index_elements=["account_id"], set_={"shown": bindparam("new_shown")}
        )
    )
)
_DROP = Prepared(delete(menus).where(menus.c.account_id == bindparam("key_account")))


async def held(tx: Tx, channel: str, at: datetime) -> list[Any]:
    """Every role that somebody with an account holds now: id, external, language, role."""
    return await tx.all(_HELD, channel=channel, now=at)


async def shown(tx: Tx, channel: str) -> dict[int, tuple[str, str]]:
    """What was shown last, by account: its external id and what `keep` was given."""
    found = await tx.all(_SHOWN, channel=channel)
    return {row.account_id: (row.external, row.shown) for row in found}


async def keep(tx: Tx, account: int, what: str) -> None:
    """Remember what an account is shown."""
    await tx.run(_KEEP, key_account=account, new_shown=what)


async def drop(tx: Tx, account: int) -> None:
    """An account is shown what everybody is shown."""
    await tx.run(_DROP, key_account=account)
