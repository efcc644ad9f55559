"""Everything the emulator knows: people, chats, messages, files, and who waits for what."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, defaultdict
from typing import Any

from tests.emulators.telegram.faults import Faults
from tests.emulators.telegram.journal import Journal
from tests.emulators.telegram.people import (
    SUPERGROUP,
    Chat,
    Json,
    Stored,
    private_view,
    user_view,
)
from tests.emulators.telegram.rates import Rates
from tests.emulators.telegram.updates import Updates

TOKEN = "1001:TEST-token_of_the_emulator0123456789"
DAY = 86_400
# Seconds, all changed by POST /control/settings.
SETTINGS: dict[str, float] = {
    "retry_scale": 1.0,  # the webhook's waits are multiplied by this
    "message_seconds": DAY,  # an update older than this is not delivered (official server)
    "callback_seconds": 150,  # likewise for presses
    "answer_seconds": 150,  # how long a press can be answered; the real value is not published
    "webhook_timeout": 60,  # the official server's idle timeout
    "keep": 1000,  # messages kept per chat
    "privacy": 1,  # privacy mode: in groups only commands and replies are seen
}


class Query:
    """A press: until when it can be answered (monotonic seconds), and the answers it got."""

    __slots__ = ("answers", "until")

    def __init__(self, until: float) -> None:
        self.until = until
        self.answers: list[Json] = []


class Network:
    """The whole state of one emulated Telegram with one bot."""

    def __init__(self, journal: Journal, *, free: bool = False) -> None:
        self.journal = journal
        self.tokens = {TOKEN}
        self._free = free
        self.updates = Updates(journal)
        self.webhook: Any = None  # the Delivery that runs, if one is set
        self.webhook_info: Json = {}
        self.poller: asyncio.Future[str] | None = None
        self.forget()

    def forget(self) -> None:
        """An empty network; the webhook must have ended before."""
        self.settings = dict(SETTINGS)
        self.updates = Updates(self.journal)
        self.rates = Rates(self.journal, on=not self._free)
        self.faults = Faults()
        self.me: Json = {
            "id": int(TOKEN.split(":", maxsplit=1)[0]),
            "is_bot": True,
            "first_name": "青团",
            "username": "qingtuan_emulated_bot",
        }
        self.tokens = {TOKEN}
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.ranges: list[range] = []  # users that wrote, but are not looked at yet
        self._heard: dict[int, float] = {}  # of users in those ranges
        self.files: dict[str, Json] = {}
        self.queries: OrderedDict[str, Query] = OrderedDict()
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.words: dict[tuple[str, str], str] = {}  # descriptions by kind and language
        self.last_message = 0
        self.last_poll = (0, -1.0)  # offset and monotonic seconds
        self.last_query = 0
        self.change = 0
        self._waiters: defaultdict[int | str, list[asyncio.Future[None]]] = defaultdict(list)

    def user(self, user: int) -> Json:
        """The user with this id, known from now on."""
        found = self.users.get(user)
        if found is None:
            found = self.users[user] = user_view(user)
        return found

    def chat(self, number: int) -> Chat | None:
        """A chat that the bot could know: a group, or a user who was seen anywhere."""
        found = self.chats.get(number)
        if found is None:
            wrote = any(number in some for some in self.ranges)
            if wrote or number in self.users:
                status = "member" if wrote else "never"
                found = self.chats[number] = Chat(private_view(self.user(number)), status)
                found.heard = self._heard.pop(number, found.heard)
        return found

    def started(self, user: int) -> Chat:
        """The private chat with this user, who has written to the bot."""
        self.user(user)
        chat = self.chat(user)
        assert chat is not None
        if chat.status == "never":
            chat.status = "member"
        return chat

    def heard(self, chat: Chat) -> None:
        """An update came from this chat just now: what it gets next is no bulk message."""
        chat.heard = time.monotonic()

    def heard_from(self, user: int) -> None:
        """Likewise for a user who may not be looked at yet, which costs less than a chat."""
        chat = self.chats.get(user)
        if chat is None:
            self._heard[user] = time.monotonic()
        else:
            self.heard(chat)

    def put(self, chat: Chat, sender: Json, content: Json, date: int | None = None) -> Stored:
        """A new message in a chat."""
        if chat.type == SUPERGROUP:  # its messages have numbers of their own
            number = max(chat.messages, default=0) + 1
        else:
            self.last_message += 1
            number = self.last_message
        made = Stored(number, chat, sender, int(time.time()) if date is None else date, content)
        chat.messages[number] = made
        if len(chat.messages) > self.settings["keep"]:
            del chat.messages[next(iter(chat.messages))]
        return made

    def changed(self, stored: Stored) -> None:
        """Tell everybody who waits for this chat."""
        self.change += 1
        stored.change = self.change
        self.wake(stored.chat.id)

    def wake(self, what: int | str) -> None:
        """Wake whoever waits for this chat or query."""
        if what in self._waiters:
            for waiter in self._waiters.pop(what):
                if not waiter.done():
                    waiter.set_result(None)

    async def sleep(self, what: int | str, seconds: float) -> None:
        """Until something happens to `what`, at most so many seconds."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[what].append(waiter)
        await asyncio.wait((waiter,), timeout=seconds)

    def tell(self, chat: Chat, kind: str, what: Json, *, date: int, key: str = "") -> int | None:
        """Make an update that happened in a chat at `date`; answers its id, if it was wanted."""
        self.heard(chat)
        lifetime = "callback_seconds" if kind == "callback_query" else "message_seconds"
        expires = date + self.settings[lifetime]
        return self.updates.add(kind, key or chat.id, expires, what)
