"""Groups that we are in: found by the id of their chat, bound to a unit, left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, or_, select, tuple_, update

from storage.prepared import Prepared, insert_once
from storage.schema import accounts, former_ids, groups, outbox, units
from storage.tx import Tx

UNKNOWN, BOUND, LEFT = "unknown", "bound", "left"
TITLE_LETTERS = 120

_columns = (
    groups,
    accounts.c.channel,
    accounts.c.external,
    accounts.c.reachable,
    units.c.name.label("unit_name"),
)
_found = (
    select(*_columns)
    .join(accounts, accounts.c.id == groups.c.account_id)
    .outerjoin(units, units.c.id == groups.c.unit_id)
)
_BY_CHAT = Prepared(
    _found.where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)
_BY_FORMER = Prepared(
    _found.join(former_ids, former_ids.c.account_id == accounts.c.id).where(
        former_ids.c.channel == bindparam("channel"), former_ids.c.external == bindparam("external")
    )
)
_ONE = Prepared(_found.where(groups.c.id == bindparam("key_id")))
_OF_UNIT = Prepared(
    _found.where(groups.c.unit_id == bindparam("unit_id"), groups.c.state == BOUND)
    .order_by(groups.c.id)
    .limit(bindparam("size", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
)
_ON_CHANNEL = Prepared(
    _found.where(
        groups.c.unit_id == bindparam("unit_id"), accounts.c.channel == bindparam("channel")
    )
    .order_by(groups.c.state != BOUND, groups.c.id)
    .limit(1)
)
_COUNT = Prepared(
    select(func.count().label("count"))
    .select_from(groups)
    .where(groups.c.unit_id == bindparam("unit_id"), groups.c.state == BOUND)
)
_ACCOUNT = insert_once(
    accounts, "channel", "external", "reachable", "created_at", unique=("channel", "external")
)
_ACCOUNT_ID = Prepared(
    select(accounts.c.id).where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)
_NEW = insert_once(
    groups, "account_id", "title", "state", "version", "created_at", unique=("account_id",)
)
_SET = Prepared(
    update(groups)
    .where(groups.c.id == bindparam("key_id"), groups.c.version == bindparam("key_version"))
    .values(
        state=bindparam("new_state"),
        unit_id=bindparam("new_unit"),
        bound_by=bindparam("new_by"),
        bound_at=bindparam("new_at"),
        version=groups.c.version + 1,
    )
)
_changed = (groups.c.changed_at, func.length(groups.c.changed_key), groups.c.changed_key)
_now = (
    bindparam("new_at", type_=groups.c.changed_at.type),
    bindparam("new_length", type_=Integer),
    bindparam("new_key", type_=groups.c.changed_key.type),
)
_CHANGED = Prepared(
    update(groups)
    .where(
        groups.c.id == bindparam("key_id"),
        or_(groups.c.changed_at.is_(None), tuple_(*_changed) < tuple_(*_now)),
    )
    .values(changed_at=_now[0], changed_key=_now[2])
)
_TITLE = Prepared(
    update(groups).where(groups.c.id == bindparam("key_id")).values(title=bindparam("new_title"))
)
_REACHABLE = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(reachable=bindparam("new_reachable"), reason=None)
)
_NOT_NEEDED = Prepared(
    update(outbox)
    .where(outbox.c.key == bindparam("key_key"), outbox.c.state == "pending")
    .values(state="failed", reason="not needed", done_at=bindparam("new_done"))
)


async def find(tx: Tx, channel: str, chat: str) -> Any | None:
    """The group of a chat, also by an id that it had before."""
    row = await tx.one(_BY_CHAT, channel=channel, external=chat)
    return row or await tx.one(_BY_FORMER, channel=channel, external=chat)


async def met(tx: Tx, channel: str, chat: str, title: str, at: datetime) -> Any:
    """The group of a chat; one that we did not know is written down as unknown."""
    known = await find(tx, channel, chat)
    if known is None:
        await tx.value(_ACCOUNT, channel=channel, external=chat, reachable=True, created_at=at)
        account = await tx.value(_ACCOUNT_ID, channel=channel, external=chat)
        await tx.value(
            _NEW,
            account_id=account,
            title=title[:TITLE_LETTERS],
            state=UNKNOWN,
            version=1,
            created_at=at,
        )
        known = await find(tx, channel, chat)
    elif title and known.title != title[:TITLE_LETTERS]:
        await entitle(tx, known.id, title)
    return known


async def one(tx: Tx, group_id: int) -> Any | None:
    """A group by its number."""
    return await tx.one(_ONE, key_id=group_id)


async def of_unit(tx: Tx, unit_id: int, skip: int = 0, most: int = 100) -> list[Any]:
    """The groups that are bound to a unit, the oldest first."""
    return await tx.all(_OF_UNIT, unit_id=unit_id, size=most, skip=skip)


async def on_channel(tx: Tx, unit_id: int, channel: str) -> Any | None:
    """The group of a unit on a channel where each has one: the bound one, else one that was."""
    return await tx.one(_ON_CHANNEL, unit_id=unit_id, channel=channel)


async def entitle(tx: Tx, group_id: int, title: str) -> None:
    """Note how a group is called now."""
    await tx.run(_TITLE, key_id=group_id, new_title=title[:TITLE_LETTERS])


async def count(tx: Tx, unit_id: int) -> int:
    """How many groups are bound to a unit."""
    return int(await tx.value(_COUNT, unit_id=unit_id) or 0)


async def become(
    tx: Tx, group: Any, state: str, unit_id: int | None, by: int | None, at: datetime
) -> bool:
    """Change what a group is to us; False if somebody else was quicker."""
    bound_at = at if state == BOUND else None
    done = await tx.run(
        _SET,
        key_id=group.id,
        key_version=group.version,
        new_state=state,
        new_unit=unit_id,
        new_by=by,
        new_at=bound_at,
    )
    await tx.run(_REACHABLE, key_id=group.account_id, new_reachable=state != LEFT)
    return bool(done)


async def changed(tx: Tx, group_id: int, at: datetime, key: str) -> bool:
    """Note when we were put in or out, as its platform dates it; False if a later time is known.

    Of the same second the one with the greater number in its key is the later one.
    """
    values = {"new_at": at, "new_length": len(key), "new_key": key}
    return await tx.run(_CHANGED, key_id=group_id, **values) == 1


async def not_needed(tx: Tx, key: str, at: datetime) -> None:
    """Take back a message that was to leave later."""
    await tx.run(_NOT_NEEDED, key_key=key, new_done=at)
