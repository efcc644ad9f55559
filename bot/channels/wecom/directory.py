"""The address book that the app may see: departments, and the names of the members in them.

https://developer.work.weixin.qq.com/document/path/95350 and .../90200: ids first, then each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from bot.channels.wecom.api import Api
from bot.channels.wecom.client import Answer, Client, NoAnswer, errcode
from bot.channels.wecom.heard import Change
from bot.channels.wecom.standing import Barred, Standing
from bot.channels.wecom.token import Shared, Tokens
from bot.config import Config
from bot.tasks import Tasks
from domain.contact_people import Member
from domain.contacts import Department
from services.contacts import Directory
from storage import contacts
from storage.connections import Unavailable
from storage.shared_token import SharedToken
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault

_AT_ONCE = 8  # calls: a part of what an address may call in a minute
T = TypeVar("T")
S = TypeVar("S")


class Unread(Exception):
    """The address book could not be read whole, so nothing of it counts. `code`: the errcode."""

    def __init__(self, kind: str, code: int = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.code = code


class Quiet:
    """Who reads at a shell hears what is wrong from the exit of the command."""

    async def tell(self, kind: str, shown: str, **facts: Any) -> None:
        """Nobody listens."""

    def over(self, kind: str) -> None:
        """Nothing was told."""


async def fetch(config: Config, clock: Callable[[], datetime]) -> Directory:
    """Read the address book of the configured app. Unread if not all of it could be."""
    wecom, redis = config.wecom, config.redis.url.get_secret_value()
    client, tasks = Client(str(wecom.api_base)), Tasks()
    shared: Shared | None = None
    if redis:
        vault = Vault(config.pii_keyring)
        name = f"{wecom.api_base} {wecom.corp_id} {wecom.agent_id or 0}"
        shared = SharedToken(redis, vault, name)
    tokens = Tokens(client, wecom.corp_id, wecom.secret.get_secret_value, clock, shared)
    try:
        return await read(Api(client, tokens, Standing(clock, Quiet(), tasks)))
    finally:
        await tasks.stop()
        await client.close()
        if shared is not None:
            await shared.close()


def noting(store: Store, clock: Callable[[], datetime], tasks: Tasks) -> Callable[[Change], None]:
    """What writes down that the book has changed, for the report of the next sync. Never waits."""

    async def write(kind: str) -> None:
        async def work(tx: Tx) -> None:
            await contacts.count_change(tx, kind, clock())

        with suppress(Unavailable):  # the next sync reads everything all the same
            await store.mark(work)

    def changed(change: Change) -> None:
        tasks.start(write(change.kind), "wecom-contacts")

    return changed


async def read(api: Api) -> Directory:
    """Departments and members, each once. Unread if a part is missing: then nobody is gone."""
    try:
        found = await _asked(api, "department/simplelist")
        ids = [int(one["id"]) for one in found["department_id"]]
        departments = await _all(ids, lambda number: _department(api, number))
        lists = await _all(ids, lambda number: _members(api, number))
        members = {one.user: one for some in lists for one in some}
        several = await _all(members.values(), lambda one: _main(api, one))
    except NoAnswer as silence:
        unread = Unread(silence.kind)
    except Barred as closed:
        unread = Unread(closed.sent.reason or "barred")
    except (KeyError, TypeError, ValueError):
        unread = Unread("unreadable")
    else:
        return Directory(departments, sorted(several, key=lambda one: one.user))
    raise unread  # outside of the block: the cause may know an address


async def _asked(api: Api, path: str, **query: str) -> Answer:
    answer = await api.get(path, **query)
    code = errcode(answer)
    if code:
        raise Unread(f"errcode {code}", code)
    return answer


async def _department(api: Api, number: int) -> Department:
    found = (await _asked(api, "department/get", id=str(number)))["department"]
    name = str(found.get("name") or "")
    return Department(int(found["id"]), int(found.get("parentid") or 0), name)


async def _members(api: Api, number: int) -> list[Member]:
    """Who is in this very department."""
    found = await _asked(api, "user/simplelist", department_id=str(number))
    return [
        Member(
            str(one["userid"]).lower(),
            str(one["name"]),
            tuple(int(each) for each in one.get("department") or (number,)),
        )
        for one in found["userlist"]
    ]


async def _main(api: Api, member: Member) -> Member:
    """With the main department, which only matters where there are several."""
    if len(member.departments) < 2:
        return member
    found = await _asked(api, "user/get", userid=member.user)
    main = int(found.get("main_department") or member.departments[0])
    return Member(member.user, member.name, member.departments, main)


async def _all(wanted: Iterable[S], ask: Callable[[S], Awaitable[T]]) -> Sequence[T]:
    """The answers in the order of what was wanted, a few at once."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(each: S) -> T:
        async with room:
            return await ask(each)

    return await asyncio.gather(*(one(each) for each in wanted))
