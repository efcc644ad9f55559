"""The channel to the groups that the app makes, as the application has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.channels.wecom.appchat import OURS, Book, ChatChannel
from bot.channels.wecom.channel import WecomChannel
from bot.channels.wecom.standing import CHATS, Alarm, Standing
from bot.tasks import Tasks
from domain.appchat import Gathering
from services import appchat
from storage import webhooks
from storage.store import Store


def chats(
    channel: WecomChannel,
    store: Store,
    clock: Callable[[], datetime],
    tasks: Tasks,
    alarm: Alarm,
) -> ChatChannel:
    """The channel to the groups that the app of `channel` makes; who is in them says the store."""
    vault = store.vault

    async def wanted(external: str) -> Gathering | None:
        return await store.read(lambda tx: appchat.gathering(tx, vault, external, clock()))

    async def chat(external: str) -> str | None:
        return await store.read(lambda tx: webhooks.key_of(tx, vault, external, ChatChannel.name))

    async def lost(external: str, why: appchat.Loss, forget: bool) -> None:
        await store.mark(lambda tx: appchat.lost(tx, vault, external, why, clock(), forget=forget))

    async def renamed(external: str, name: str) -> None:
        await store.mark(lambda tx: appchat.renamed(tx, external, name))

    standing = Standing(clock, alarm, tasks, CHATS)
    book = Book(wanted, chat, lost, renamed)
    return ChatChannel(channel.beside(standing, OURS), standing, clock, book)
