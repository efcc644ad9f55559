"""Sending: the parts of one message one after the other, and what became of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.channel import Fate, Sent
from bot.channels.wecom import cards
from bot.channels.wecom.api import Api, fate_of_silence
from bot.channels.wecom.client import ANSWER_SECONDS, Answer, NoAnswer, errcode
from bot.channels.wecom.codes import Codes
from bot.channels.wecom.fates import (
    BAD_MEDIA,
    CODE_USED,
    NO_CALLBACK,
    TASK_USED,
    fate_of,
    is_other_kind,
)
from bot.channels.wecom.limits import Members
from bot.channels.wecom.parts import Body, Labels, Part
from bot.channels.wecom.standing import CALLBACK, Barred, Standing
from bot.chat import Message

CHECKED = timedelta(minutes=30)  # how long WeCom knows a message again, if it was told to
_MARGIN = timedelta(minutes=5)
_REMEMBERED = 10_000  # messages that are under way
_BUSY = 3  # times that WeCom may be busy for one message
_TEXT_ONLY = timedelta(hours=1)  # after an app without callback address refused a card
_SHORT = 3.0  # seconds; longer waits may outlive the process


@dataclass(slots=True)
class Progress:
    """How far a message has come: what is left of it, and what is known of the next part."""

    parts: list[Part]
    done: int = 0
    busy: int = 0
    media: str | None = None
    uploads: int = 0
    code: str | None = None
    unsure: datetime | None = None  # since when it may have arrived
    platform_id: str | None = None
    leaving: bool = False  # a call is under way that a member can see


@dataclass(slots=True)
class Sender:
    """Sends what the dispatcher gives, to one member."""

    api: Api
    standing: Standing
    codes: Codes
    members: Members
    labels: Labels
    agent_id: int
    clock: Callable[[], datetime]
    cards: bool = True
    _text_until: datetime | None = None
    _progress: OrderedDict[int, Progress] = field(default_factory=OrderedDict)

    async def send(self, message: Message) -> Sent:
        """Everything that is left of a message; LATER where a part has to wait."""
        account = message.account
        if not account or "|" in account or account.startswith("@"):
            return Sent(Fate.REFUSED, "no member")  # @all is nobody's account
        progress = self._progress.pop(message.id, None) or Progress(self.plan(message))
        lost = self._lost(progress)
        if lost is not None:
            return lost
        wait = self.members.wait(account, self._now())
        barred = Sent(Fate.LATER, "too many to one", wait) if wait > 0 else self.standing.barred()
        if barred is not None:
            return self._ended(message, progress, barred)
        try:
            sent = await self._all(message, progress)
        finally:
            self.standing.gave_up()
        return self._ended(message, progress, sent)

    def plan(self, message: Message) -> list[Part]:
        """The parts of a message, as WeCom takes them just now and its reader sees them."""
        texts = self._text_until is not None and self.clock() < self._text_until
        wanted = self.cards if message.plain is None else not message.plain
        rich = message.plain is False
        return list(cards.plan(message, self.labels, cards=wanted and not texts, rich=rich))

    def _now(self) -> float:
        return self.clock().timestamp()

    def _lost(self, progress: Progress) -> Sent | None:
        """A message that may have arrived so long ago that WeCom would not know it again."""
        if progress.unsure is None or self.clock() - progress.unsure < CHECKED - _MARGIN:
            return None
        return Sent(Fate.REFUSED, "it may have arrived")

    def _ended(self, message: Message, progress: Progress, sent: Sent) -> Sent:
        if sent.fate is Fate.UNKNOWN:
            progress.unsure = progress.unsure or self.clock()
        elif sent.fate is Fate.LATER and message.answer and progress.done:
            if (sent.seconds or 0) > _SHORT:  # after a restart it would begin again
                return Sent(Fate.UNKNOWN, "only the beginning was sent")
        elif sent.fate is not Fate.LATER:
            return sent
        self._progress[message.id] = progress
        if len(self._progress) > _REMEMBERED:
            self._progress.popitem(last=False)
        return sent

    async def _all(self, message: Message, progress: Progress) -> Sent:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while progress.parts:
                    wait = self.members.wait(message.account, self._now())
                    if wait > 0:
                        return Sent(Fate.LATER, "too many to one", wait)
                    sent = await self._next(message, progress)
                    if sent is not None:
                        return sent
        except TimeoutError:
            self.standing.failed()
            return self._cut_off(progress)
        except NoAnswer as silence:
            return fate_of_silence(silence)
        except Barred as barred:
            return barred.sent
        return Sent(Fate.SENT, platform_id=progress.platform_id)

    def _cut_off(self, progress: Progress) -> Sent:
        """Its time was over."""
        if progress.leaving:
            return Sent(Fate.UNKNOWN, "no answer")
        progress.busy += 1  # nobody saw anything: it may be tried again, if not for ever
        return Sent(Fate.LATER if progress.busy <= _BUSY else Fate.REFUSED, "no answer", 5.0)

    async def _next(self, message: Message, progress: Progress) -> Sent | None:
        """Try the next part. None: go on, with it or with the one after it."""
        part, progress.leaving = progress.parts[0], False
        if part.replaces is not None:
            await self._update(message, progress, part, part.replaces)
            return None
        if part.file is not None and progress.media is None:
            answer = await self.upload(part)
            progress.media = str(answer.get("media_id", ""))
            if errcode(answer):
                return self._busy(progress, errcode(answer))
        made = cards.body(
            part, message.account, self.agent_id, cards.task_of(message), progress.media
        )
        progress.leaving = True
        answer = await self.post(made, None if message.answer else message.id)
        return self._judge(message, progress, part, answer)

    async def upload(self, part: Part) -> Answer:
        """Hand a part's file over."""
        if part.file is None:
            raise LookupError("a part without a file")
        return await self.api.upload(part.kind, part.file.name, part.file.content)

    async def post(self, made: Body, checked: int | None) -> Answer:
        """Send. `checked`: the message's number, where WeCom is to drop its repetitions."""
        return await self.api.post("message/send", {**made, **check(checked)})

    def _judge(
        self, message: Message, progress: Progress, part: Part, answer: Answer
    ) -> Sent | None:
        code = errcode(answer)
        lost = unreached(answer).get(message.account.lower())
        if lost is not None:
            return lost
        if code in (0, TASK_USED):  # a task id is used once: its card is there already
            self._done(message, progress, part, answer)
            return None
        if part.instead and is_other_kind(part.kind, code):
            self.no_cards(code)
            progress.parts[:1] = part.instead
            return None
        if code in BAD_MEDIA and progress.uploads == 0:
            progress.media, progress.uploads = None, 1
            return None
        return self._busy(progress, code)

    def _done(self, message: Message, progress: Progress, part: Part, answer: Answer) -> None:
        self.members.count((message.account,), self._now())
        progress.parts.pop(0)
        progress.done += 1
        progress.media, progress.busy, progress.uploads, progress.unsure = None, 0, 0, None
        msgid, code = answer.get("msgid"), answer.get("response_code")
        if msgid:
            progress.platform_id = str(msgid)
        if part.kind == "template_card":
            self.standing.over(CALLBACK)
        if code and part.kind == "template_card":
            self.codes.keep(message.account, cards.task_of(message), str(code))

    def no_cards(self, code: int) -> None:
        """A card was not taken: where the app has no callback address, none is for a while."""
        if code == NO_CALLBACK:
            self._text_until = self.clock() + _TEXT_ONLY
            self.standing.tell(CALLBACK, "errcode 43012")

    def _busy(self, progress: Progress, code: int) -> Sent:
        sent = fate_of(code)
        if sent.fate is Fate.LATER:
            progress.busy += 1
            if progress.busy > _BUSY:
                return Sent(Fate.REFUSED, sent.reason)
        return sent

    async def _update(self, message: Message, progress: Progress, part: Part, task: str) -> None:
        """Let a card become this one; where that cannot be, it is a new message."""
        code = progress.code or self.codes.take(message.account, task)
        if code is not None:
            progress.code, progress.leaving = code, True
            answer = await self.api.post(
                "message/update_template_card",
                {
                    "userids": [message.account],
                    "agentid": self.agent_id,
                    "response_code": code,
                    "template_card": {**part.content, "task_id": task},
                },
            )
            there = errcode(answer) == 0 and not answer.get("invaliduser")
            if there or (errcode(answer) == CODE_USED and progress.unsure is not None):
                progress.parts.pop(0)
                progress.done += 1
                return
        progress.code = None
        new = [replace(part, replaces=None)]
        progress.parts[:1] = part.instead if "replace_text" in part.content else new


def check(number: int | None) -> Body:
    """The duplicate check of a message. WeCom does not say what it compares.

    If it is the whole body, two notices of the same words differ in their interval, and both come.
    """
    if number is None:
        return {}
    seconds = int(CHECKED.total_seconds()) + number % 600
    return {"enable_duplicate_check": 1, "duplicate_check_interval": seconds}


def unreached(answer: Answer) -> Mapping[str, Sent]:
    """Whom a message did not reach, by user id in lower case, although others may have got it."""
    gone = Sent(Fate.UNREACHABLE, "not in the range of the app")
    unlicensed = Sent(Fate.REFUSED, "no interface licence")
    found = dict.fromkeys(_names(answer, "invaliduser"), gone)
    return found | dict.fromkeys(_names(answer, "unlicenseduser"), unlicensed)


def _names(answer: Answer, key: str) -> list[str]:
    found = answer.get(key)
    listed = found if isinstance(found, list) else str(found or "").split("|")
    return [str(one).lower() for one in listed if one]
