"""Sending: one step of one message at a time, in the place of its callback where that is open."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot.channel import Fate, Sent
from bot.channels.wecom_bot.callbacks import Callback, Callbacks
from bot.channels.wecom_bot.connection import Connection, Ended
from bot.channels.wecom_bot.fates import NOT_CONNECTED, UNSUBSCRIBED, fate_of, is_lost
from bot.channels.wecom_bot.frames import PUSH, RESPOND, UPDATE, WELCOME, Json, new_request
from bot.channels.wecom_bot.plan import Card, File, Step, Text, plan
from bot.channels.wecom_bot.reading import Cause
from bot.channels.wecom_bot.room import Room
from bot.channels.wecom_bot.uploads import Rejected, Upload, uploaded
from bot.chat import Message

log = structlog.get_logger("wecom_bot")

SEND_SECONDS = 9.0  # for one step: the dispatcher gives 10
PART_SECONDS = 0.3  # between the parts of a message
STREAMED_BYTES = 2048  # from here on a text is shown while it comes
WELCOME_BYTES = 2048  # of a welcome's text
_BREAKS = 3  # uploads that break off, then the file is left out
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Progress:
    """How far a message has come: steps that are done, and the file that is under way.

    `unsure`: the step that comes next may have arrived. `broken`: times that an upload broke off.
    """

    done: int = 0
    unsure: bool = False
    broken: int = 0
    media: str = ""
    upload: Upload = field(default_factory=Upload)
    task: str | None = None


class Sender:
    """Sends through whichever connection is current."""

    def __init__(
        self,
        current: Callable[[], Connection | None],
        patience: Callable[[], float],
        callbacks: Callbacks,
        answer_seconds: float,
        elsewhere: Mapping[str | None, str],
        home: str,
    ) -> None:
        """`elsewhere` is said, by language, in the place of a file that cannot be sent.

        None is for a message whose language is not known.
        `home` is where a card without buttons leads.
        """
        self._current = current
        self._patience = patience
        self._callbacks = callbacks
        self._seconds = answer_seconds
        self._elsewhere = elsewhere
        self._home = home
        self._room = Room()
        self._progress: OrderedDict[int, _Progress] = OrderedDict()

    async def send(self, message: Message) -> Sent:
        """One step towards having sent it; LATER while there are more."""
        if message.leaves:
            return Sent(Fate.REFUSED, "a bot cannot leave a group")
        connection = self._current()
        if connection is None:
            return Sent(Fate.LATER, NOT_CONNECTED, self._patience())
        wait = self._room.wait(message.account)
        if wait > 0:
            return Sent(Fate.LATER, "too many messages", wait)
        progress = self._progress.pop(message.id, None) or _Progress()
        sent = await self._next(connection, message, progress)
        if sent.fate in {Fate.LATER, Fate.UNKNOWN}:
            self._progress[message.id] = progress
            if len(self._progress) > _REMEMBERED:
                self._progress.popitem(last=False)
        return sent

    async def _next(self, connection: Connection, message: Message, progress: _Progress) -> Sent:
        steps = plan(message, self._elsewhere.get(message.language) or self._elsewhere[None])
        if progress.done < len(steps):
            step = steps[progress.done]
            if progress.unsure and not isinstance(step, Card):  # a card is taken only once
                return Sent(Fate.REFUSED, "no answer: it may have arrived")
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    sent = await self._step(_Way(connection, message, progress), step)
            except ConnectionError:
                return Sent(Fate.LATER, NOT_CONNECTED, 1.0)
            except (Ended, TimeoutError) as error:
                if isinstance(step, File) and not progress.media and progress.broken < _BREAKS:
                    progress.broken += 1  # nobody has seen any of it
                    return Sent(Fate.LATER, "upload broken off", 1.0)
                progress.unsure = True
                return Sent(Fate.UNKNOWN, f"no answer: {type(error).__name__}")
            if sent.fate is not Fate.SENT:
                return sent
            progress.done, progress.unsure = progress.done + 1, False
            if progress.done < len(steps):
                return Sent(Fate.LATER, "more to come", PART_SECONDS)
        return Sent(Fate.SENT, platform_id=progress.task)

    async def _step(self, way: _Way, step: Step) -> Sent:
        match step:
            case Text():
                return await self._text(way, step)
            case Card():
                return await self._card(way, step)
            case File():
                return await self._file(way, step)

    async def _card(self, way: _Way, card: Card) -> Sent:
        """In the place of the card that was pressed; else a new one, or words if nothing is left
        to press."""
        press = None
        if card.replaces is not None:
            press = self._callbacks.press(way.message.account, card.replaces)
        if press is not None:
            body: Json = {
                "response_type": "update_template_card",
                "template_card": card.body(press.task, self._home),
            }
            code = await self._ask(way, UPDATE, press.request, body)
            if code == 0:
                way.progress.task = press.task
                return Sent(Fate.SENT)
            log.warning("card_not_updated", code=code)
        if not card.buttons:
            return await self._text(way, Text("\n".join(filter(None, (card.title, card.subtitle)))))
        way.progress.task = card.task
        made: Json = {"msgtype": "template_card", "template_card": card.body(card.task, self._home)}
        return await self._said(way, made, made)

    async def _text(self, way: _Way, text: Text) -> Sent:
        size = len(text.content.encode())
        pushed: Json = {"msgtype": "markdown", "markdown": {"content": text.content}}
        callback = self._callback(way)
        if callback is None or (callback.cause is Cause.ENTRY and size > WELCOME_BYTES):
            return await self._pushed(way, pushed)
        if callback.cause is Cause.ENTRY:
            plain: Json = {"msgtype": "text", "text": {"content": text.content}}
            return await self._answered(way, callback, plain, pushed)
        return await self._streamed(way, callback, text, pushed)

    async def _streamed(self, way: _Way, callback: Callback, text: Text, pushed: Json) -> Sent:
        """A stream: a long text grows while it comes, and every one is finished here and now."""
        stream = f"s{way.message.id}-{way.progress.done}-{callback.request}"[:128]
        for content in self._growing(way.message.account, text.content):
            body: Json = {
                "msgtype": "stream",
                "stream": {
                    "id": stream,
                    "finish": content == text.content,
                    "content": content,
                },
            }
            sent = await self._answered(way, callback, body, pushed)
            if sent.fate is not Fate.SENT or way.fell_back:
                return sent
        return Sent(Fate.SENT)

    def _growing(self, conversation: str, text: str) -> list[str]:
        """What is shown one after the other; all at once where there is no room for more frames."""
        if len(text.encode()) <= STREAMED_BYTES or self._room.wait(conversation, 8) > 0:
            return [text]
        cuts = (text.rfind("\n", 0, len(text) * part // 3) for part in (1, 2))
        return [*dict.fromkeys(text[:cut] for cut in cuts if cut > 0), text]

    async def _file(self, way: _Way, file: File) -> Sent:
        progress = way.progress
        if progress.broken >= _BREAKS:  # the file itself may be what ends our connections
            return await self._text(way, Text(file.elsewhere))
        try:
            if not progress.media:
                progress.media = await uploaded(
                    way.connection, file, progress.upload, self._seconds
                )
        except Rejected as error:
            log.warning("file_not_uploaded", code=error.code)
            sent = fate_of(error.code)
            if sent.fate is Fate.LATER:
                return sent
            return await self._text(way, Text(file.elsewhere))
        made: Json = {"msgtype": file.kind, file.kind: {"media_id": progress.media}}
        return await self._said(way, made, made)

    async def _said(self, way: _Way, answer: Json, pushed: Json) -> Sent:
        """As an answer where a callback is open, else on our own account."""
        callback = self._callback(way)
        if callback is None or (callback.cause is Cause.ENTRY and "template_card" not in answer):
            return await self._pushed(way, pushed)
        return await self._answered(way, callback, answer, pushed)

    async def _answered(self, way: _Way, callback: Callback, answer: Json, pushed: Json) -> Sent:
        command = WELCOME if callback.cause is Cause.ENTRY else RESPOND
        code = await self._ask(way, command, callback.request, answer)
        if is_lost(code):
            way.fell_back = True
            return await self._pushed(way, pushed)
        return self._fate(way, code)

    def _callback(self, way: _Way) -> Callback | None:
        """What this may be the answer to; a notice is nobody's."""
        return self._callbacks.answerable(way.message.account) if way.message.answer else None

    async def _pushed(self, way: _Way, body: Json) -> Sent:
        body = {"chatid": way.message.account, **body}
        return self._fate(way, await self._ask(way, PUSH, new_request(), body))

    def _fate(self, way: _Way, code: int) -> Sent:
        if code:
            log.warning("not_taken", code=code)
        if code == UNSUBSCRIBED:
            way.connection.drop()
        return fate_of(code)

    async def _ask(self, way: _Way, command: str, request: str, body: Json) -> int:
        self._room.count(way.message.account)
        return (await way.connection.ask(command, request, body, self._seconds)).code


@dataclass(slots=True)
class _Way:
    """One attempt: on what it goes, what, and how far it has come."""

    connection: Connection
    message: Message
    progress: _Progress
    fell_back: bool = False
