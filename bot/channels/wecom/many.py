"""The same words to many people: one call for every thousand of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.channel import Fate, Sent
from bot.channels.wecom import cards
from bot.channels.wecom.api import fate_of_silence
from bot.channels.wecom.client import Answer, NoAnswer, errcode
from bot.channels.wecom.fates import fate_of, is_other_kind
from bot.channels.wecom.limits import PEOPLE
from bot.channels.wecom.parts import Part
from bot.channels.wecom.sending import Sender, unreached
from bot.channels.wecom.standing import Barred
from bot.chat import Button, Message

_AT_ONCE = 5  # calls
Fates = dict[int, Sent]


async def send_many(sender: Sender, messages: Sequence[Message]) -> Mapping[int, Sent]:
    """The fate of every message by its id.

    Equal ones (the same text, links and file; no buttons that are signed for one reader) go
    together, in the order of their accounts: so that the same list, sent again, makes the same
    bytes, and WeCom drops what it has had. The others go one by one.
    """
    groups: dict[object, list[Message]] = {}
    alone: list[Message] = []
    for message in messages:
        if _is_common(message):
            groups.setdefault(_content(message), []).append(message)
        else:
            alone.append(message)
    fates: Fates = {}
    room = asyncio.Semaphore(_AT_ONCE)

    async def chunked(chunk: Sequence[Message]) -> None:
        async with room:
            fates.update(await _Chunk(sender, chunk).sent())

    async def single(message: Message) -> None:
        async with room:
            fates[message.id] = await sender.send(message)

    work = [chunked(chunk) for group in groups.values() for chunk in _chunks(group)]
    await asyncio.gather(*work, *(single(message) for message in alone))
    return fates


def _is_common(message: Message) -> bool:
    signed = any(button.url is None for row in message.rows for button in row)
    named = bool(message.account) and "|" not in message.account and message.account[0] != "@"
    return named and not signed and not message.answer and message.replaces is None


def _content(message: Message) -> object:
    links: tuple[tuple[Button, ...], ...] = message.rows
    place = message.language if message.asks_location else None  # in words of our own
    return message.text, links, message.attachment, message.asks_location, message.plain, place


def _chunks(messages: Sequence[Message]) -> list[list[Message]]:
    """A thousand accounts at most; who is there twice has two messages, in two calls."""
    chunks: list[list[Message]] = []
    accounts: list[set[str]] = []
    for message in sorted(messages, key=lambda one: (one.account, one.id)):
        account = message.account.lower()
        last = len(chunks) - 1
        if last < 0 or len(chunks[last]) >= PEOPLE or account in accounts[last]:
            chunks.append([])
            accounts.append(set())
        chunks[-1].append(message)
        accounts[-1].add(account)
    return chunks


class _Chunk:
    """Up to a thousand equal messages. What one member is not sent, the others still are."""

    def __init__(self, sender: Sender, messages: Sequence[Message]) -> None:
        self._sender = sender
        self._left = {message.account.lower(): message for message in messages}
        self._fates: Fates = {}
        self._number = min(message.id for message in messages)

    async def sent(self) -> Fates:
        self._full()
        first = next(iter(self._left.values()), None)
        if first is None:
            return self._fates
        barred = self._sender.standing.barred()
        if barred is not None:
            return self._all(barred)
        try:
            return await self._parts(first)
        except NoAnswer as silence:
            return self._all(fate_of_silence(silence))
        except Barred as closed:
            return self._all(closed.sent)
        finally:
            self._sender.standing.gave_up()

    async def _parts(self, first: Message) -> Fates:
        parts, platform_id = self._sender.plan(first), None
        task = cards.task_of(first)
        while parts and self._left:
            answer = await self._send(parts[0], task)
            code = errcode(answer)
            if parts[0].instead and is_other_kind(parts[0].kind, code):
                self._sender.no_cards(code)
                parts[:1] = parts[0].instead
                continue
            self._without(answer)
            if code and self._left:
                return self._all(fate_of(code))
            self._sender.members.count(self._left, self._sender.clock().timestamp())
            platform_id = answer.get("msgid") or platform_id
            parts.pop(0)
        return self._all(Sent(Fate.SENT, platform_id=platform_id))

    async def _send(self, part: Part, task: str) -> Answer:
        media = None
        if part.file is not None:
            uploaded = await self._sender.upload(part)
            if errcode(uploaded):
                return uploaded
            media = str(uploaded.get("media_id", ""))
        to = "|".join(message.account for message in self._left.values())
        made = cards.body(part, to, self._sender.agent_id, task, media)
        return await self._sender.post(made, self._number)

    def _full(self) -> None:
        """Who has had as much as WeCom shows in a minute or an hour waits."""
        now = self._sender.clock().timestamp()
        for account in list(self._left):
            wait = self._sender.members.wait(account, now)
            if wait > 0:
                late = self._left.pop(account)
                self._fates[late.id] = Sent(Fate.LATER, "too many to one", wait)

    def _without(self, answer: Answer) -> None:
        """Take out whom it did not reach."""
        for account, sent in unreached(answer).items():
            lost = self._left.pop(account, None)
            if lost is not None:
                self._fates[lost.id] = sent

    def _all(self, sent: Sent) -> Fates:
        self._fates.update({message.id: sent for message in self._left.values()})
        return self._fates
