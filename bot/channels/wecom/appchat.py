"""Groups that the app makes (appchat): a channel that only speaks.

https://developer.work.weixin.qq.com/document/path/90244: for apps whose range is the whole corp.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog

from bot.channel import Fate, Limits, Sent
from bot.channels.wecom.api import Api
from bot.channels.wecom.client import NoAnswer, errcode
from bot.channels.wecom.fates import SOON
from bot.channels.wecom.limits import Spans
from bot.channels.wecom.pieces import Pieces, body
from bot.channels.wecom.standing import Barred, Standing
from bot.chat import Message
from domain.appchat import LEAST, Gathering, difference
from services.appchat import Loss
from storage.appchat import CHANNEL

log = structlog.get_logger("wecom")
T = TypeVar("T")

OURS = frozenset({48001, 48002})  # what bars an app elsewhere is said of groups alone here
LOOK_SECONDS = 3600.0  # between two looks at who is in a group
_MISSING = frozenset({40050, 86001, 86003})
_TAKEN = _MISSING | {86215}  # the id was used by a group that is there no more
_BUSY = frozenset({-1, 6000, 45033, 45035})
_BUSY_SECONDS = 5.0
_THIS_ONE = frozenset({40008, 44004, 45002, 41015, 82001})  # of one message, not of the group
_DAY, _HOUR, _MINUTE = 86_400.0, 3600.0, 60.0


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of the groups. An account is a number of ours.

    `wanted` answers how a bound group should be, `chat` the id of one that may be bound no more;
    `lost` is told of one that works no more (`forget`: it is not there), `renamed` of a new name.
    """

    wanted: Callable[[str], Awaitable[Gathering | None]]
    chat: Callable[[str], Awaitable[str | None]]
    lost: Callable[[str, Loss, bool], Awaitable[None]]
    renamed: Callable[[str, str], Awaitable[None]]


class ChatChannel:
    """Sends to groups and keeps their members; nothing is ever heard from them.

    What may have arrived is not sent again. Making a group and changing it may be repeated: that
    is done before an attempt begins.
    """

    name = CHANNEL
    repeatable = False
    # 18 a minute to one group; a member may be in several (200 a minute and 10,000 a day there)
    limits = Limits(account_per_second=15 / 60, account_burst=3, known_seconds=0.0)

    def __init__(
        self, api: Api, standing: Standing, clock: Callable[[], datetime], book: Book
    ) -> None:
        self._api = api
        self.standing = standing
        self._clock = clock
        self._book = book
        self._pieces = Pieces()
        self._looked: dict[str, float] = {}
        self._sizes: dict[str, int] = {}
        self._again: set[int] = set()  # messages whose group was missing once
        self._people = Spans((_MINUTE, 18_000), (_HOUR, 140_000))  # person-times; 20,000, 150,000
        self._made = Spans((_DAY, 900))  # 1,000 there
        self._changed = Spans((_HOUR, 900))  # 1,000 there
        self._told: dict[str, Spans] = {}

    def routes(self) -> Sequence[Any]:
        """None: groups do not call."""
        return ()

    async def start(self) -> None:
        """Nothing is received."""

    async def stop(self) -> None:
        """What is in hand may still be sent until the program ends."""

    async def ready(self, account: str) -> Sent | None:
        """Make a group that is missing; let those in and out who came or went, once an hour."""
        now = self._now()
        if now < self._looked.get(account, -_HOUR) + LOOK_SECONDS:
            return None
        wanted = await self._book.wanted(account)
        if wanted is None:
            return None  # what is said last may still go where the group is
        if len(wanted.members) < LEAST:
            return await self._lost(account, Loss.FEW)
        hindered = await self._called(partial(self._look, account, wanted))
        if hindered is None:
            self._looked[account], self._sizes[account] = now, len(wanted.members)
        return hindered

    async def send(self, message: Message) -> Sent:
        """Send what has not left yet, piece by piece."""
        chat = await self._book.chat(message.account)
        if chat is None:
            return Sent(Fate.UNREACHABLE, "no group")

        async def speak(text: str, mentions: Sequence[str]) -> Sent:
            wait = self._wait(message.account)
            if wait > 0:
                return Sent(Fate.LATER, "too many", wait)
            try:
                told = {"chatid": chat, **body(text, mentions)}
                answer = await self._api.post("appchat/send", told)
            except Barred as closed:  # it was not said
                return closed.sent
            return await self._judged(message, errcode(answer))

        return await self._called(partial(self._pieces.said, message, speak))

    async def _called(self, work: Callable[[], Awaitable[T]]) -> T | Sent:
        barred = self.standing.barred()
        if barred is not None:
            return barred
        try:
            return await work()
        except NoAnswer as silence:  # of what nobody sees: it may be repeated
            return Sent(Fate.LATER, f"no answer: {silence.kind}", SOON)
        except Barred as closed:
            return closed.sent
        finally:
            self.standing.gave_up()

    # ------------------------------------------------------------ what is said

    def _wait(self, account: str) -> float:
        """Seconds until a group may hear something; 0 means now, and it is counted."""
        now, size = self._now(), self._sizes.get(account, LEAST)
        told = self._told.setdefault(account, Spans((_HOUR, 400)))  # 9,600 a day
        wait = max(told.wait(now), self._people.wait(now, size))
        if wait == 0:
            told.count(now)
            self._people.count(now, size)
        return wait

    async def _judged(self, message: Message, code: int) -> Sent:
        if code == 0:
            self._again.discard(message.id)
            return Sent(Fate.SENT)
        if code in _BUSY:
            return Sent(Fate.LATER, f"errcode {code}", _BUSY_SECONDS)
        if code in _THIS_ONE:
            return Sent(Fate.REFUSED, f"errcode {code}")
        if code not in _MISSING:
            return await self._lost(message.account, Loss.REFUSED, code)
        self._looked.pop(message.account, None)
        if message.id in self._again:
            self._again.discard(message.id)
            return await self._lost(message.account, Loss.GONE, code)
        self._again.add(message.id)
        return Sent(Fate.LATER, f"errcode {code}", 0.1)  # and it is made before the next try

    async def _lost(self, account: str, why: Loss, code: int = 0, *, forget: bool = False) -> Sent:
        log.warning("appchat_lost", why=str(why), code=code)
        self._looked.pop(account, None)
        await self._book.lost(account, why, forget)
        return Sent(Fate.UNREACHABLE, f"errcode {code}" if code else str(why))

    # ------------------------------------------------------------ who is there

    async def _look(self, account: str, wanted: Gathering) -> Sent | None:
        answer = await self._api.get("appchat/get", chatid=wanted.chat)
        code = errcode(answer)
        if code in _MISSING:
            return await self._make(account, wanted)
        if code in _BUSY:
            return Sent(Fate.LATER, f"errcode {code}", _BUSY_SECONDS)
        if code:
            return await self._lost(account, Loss.REFUSED, code)
        return await self._follow(account, wanted, answer.get("chat_info") or {})

    async def _make(self, account: str, wanted: Gathering) -> Sent | None:
        """Make it. Where it is not made, another look tells whether somebody was quicker."""
        wait = self._made.wait(self._now())
        if wait > 0:
            return Sent(Fate.LATER, "too many groups", wait)
        self._made.count(self._now())
        told = {"chatid": wanted.chat, "name": wanted.name, "userlist": list(wanted.members)}
        owner = {"owner": next(iter((*wanted.owners, *wanted.members)))}
        code = errcode(await self._api.post("appchat/create", {**told, **owner}))
        if code in _BUSY:
            return Sent(Fate.LATER, f"errcode {code}", _BUSY_SECONDS)
        if code == 0 or not errcode(await self._api.get("appchat/get", chatid=wanted.chat)):
            return None
        why = Loss.GONE if code in _TAKEN else Loss.REFUSED
        return await self._lost(account, why, code, forget=True)

    async def _follow(self, account: str, wanted: Gathering, there: Any) -> Sent | None:
        """Change what has to change. A change that is refused takes nobody the message."""
        users = [str(one) for one in there.get("userlist") or []]
        new = difference(wanted, str(there.get("name", "")), str(there.get("owner", "")), users)
        now = self._now()
        if not new or self._changed.wait(now) > 0:
            return None
        self._changed.count(now)
        asked = {
            "name": new.name,
            "owner": new.owner,
            "del_user_list": list(new.go),
            "add_user_list": list(new.come),
        }
        code = await self._change(wanted.chat, asked)
        if code and new.come:  # one who may not come does not keep the others there
            code = await self._change(wanted.chat, {**asked, "add_user_list": None}) or code
        if code:
            log.warning("appchat_not_changed", code=code, come=len(new.come), go=len(new.go))
        elif wanted.name != wanted.was:
            await self._book.renamed(account, wanted.name)
        return None

    async def _change(self, chat: str, asked: Mapping[str, Any]) -> int:
        told = {key: value for key, value in asked.items() if value}
        return (
            errcode(await self._api.post("appchat/update", {"chatid": chat, **told})) if told else 0
        )

    def _now(self) -> float:
        return self._clock().timestamp()
