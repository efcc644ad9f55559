"""Everything the fake qyapi knows: one corp, its apps, members, messages, and its own clock."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.wecom.qyapi_faults import Faults, Json
from tests.emulators.wecom.qyapi_log import Journal
from tests.emulators.wecom.qyapi_rates import Rates

CORP, AGENT, SECRET, CONTACTS = "ww0emulated00corp", 1000002, "app-SECRET-1", "contact-SECRET"
DAY = 86_400.0
# All changed by POST /control/settings.
SETTINGS: dict[str, float] = {
    "accounts": 10_000,  # the corp's cap; times 200 is the day's quota of person-times
    "api_per_minute": 10_000,  # per API
    "member_per_minute": 30,
    "member_per_hour": 1000,
    "token_seconds": 7200,
    "callback": 1,  # the app has a callback URL: without it no cards with buttons (43012)
    "trusted": 1,  # our address is among the trusted ones (60020)
    "root": 1,  # the range of the app is the root department: else no groups (60011)
    "chat_taken": 86215,  # what appchat/create says of a chatid that stands already
    "literal_duplicates": 0,  # the duplicate check compares the whole body, not the content
    "latency": 0,  # seconds before every answer
}


@dataclass
class Member:
    """`status` 1 active, 2 disabled, 4 not yet active, 5 left; `visible`: in the app's range.

    `plugin`: reads in WeChat, and the app knows it.
    """

    userid: str
    name: str
    departments: list[int] = field(default_factory=lambda: [1])
    status: int = 1
    visible: bool = True
    licensed: bool = True
    plugin: bool = False
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=300))
    recent: deque[float] = field(default_factory=deque)  # of what reached the member

    def seen(self) -> list[Json]:
        """What stands in the chat now."""
        return [message.seen(self.userid) for message in self.messages]


@dataclass
class Message:
    """One sent message. `cards` holds what update_template_card made of it, per member."""

    id: int
    msgid: str
    body: Json
    at: float
    members: list[str]
    recalled: bool = False
    greyed: dict[str, str] = field(default_factory=dict)
    cards: dict[str, Json] = field(default_factory=dict)

    def card(self, userid: str) -> Json:
        """The card as this member sees it."""
        card: Json = self.cards.get(userid) or self.body.get("template_card") or {}
        return card

    def seen(self, userid: str) -> Json:
        """As this member sees it: `buttons` are those that can be pressed."""
        kind = str(self.body["msgtype"])
        made: Json = {"id": self.id, "msgid": self.msgid, "type": kind, "recalled": self.recalled}
        if kind != "template_card":
            return {**made, **dict(self.body.get(kind) or {}), "at": self.at}
        card = self.card(userid)
        grey = self.greyed.get(userid) or card.get("replace_text")
        return {**made, "card": card, "buttons": [] if grey else buttons(card), "grey": grey}


def buttons(card: Json) -> list[Json]:
    """What can be pressed on a card: labels with keys (or urls)."""
    made = list(card.get("button_list") or [])
    if card.get("submit_button"):
        made.append(card["submit_button"])
    return made


@dataclass
class Code:
    """A response code: the message it changes, for whom (None: all), until when."""

    message: Message
    until: float
    used: bool = False


class Corp:
    """The state; `forget` makes it new."""

    def __init__(self, journal: Journal, *, free: bool = False, latency: float = 0.0) -> None:
        self.journal = journal
        self._free, self._latency = free, latency
        self.forget()

    def forget(self) -> None:
        """A corp with one app, one department and nobody in it."""
        self.settings = {**SETTINGS, "latency": self._latency}
        self.offset = 0.0
        self.faults = Faults()
        self.rates = Rates(self, on=not self._free)
        self.secrets: dict[str, str] = {SECRET: "app", CONTACTS: "contacts"}
        self.tokens: dict[str, tuple[str, float]] = {}  # token: (secret, end)
        self.refuses_all: int | None = None  # every token is refused with this code
        self.fetched = 0
        self.members: dict[str, Member] = {}
        self.ranges: list[tuple[str, int]] = []
        self.departments: dict[int, Json] = {
            1: {"id": 1, "name": "团委", "name_en": "", "parentid": 0, "order": 1}
        }
        self.messages: dict[str, Message] = {}
        self.codes: dict[str, Code] = {}
        self.tasks: set[str] = set()
        self.checked: dict[str, tuple[float, str]] = {}
        self.media: dict[str, Json] = {}
        self.menu: Json | None = None
        self.chats: dict[str, Json] = {}
        self.gone_chats: set[str] = set()  # dissolved; their ids are not free again
        self.hooks: dict[str, list[Json]] = {"hook-key-1": []}
        self.count = 0
        self.change = 0

    def now(self) -> float:
        """Seconds since 1970 by the corp's clock, which a test can put forward."""
        return time.time() + self.offset

    def next(self) -> int:
        """A number that nobody had before."""
        self.count += 1
        return self.count

    def member(self, userid: str) -> Member | None:
        """A member, whatever case the id has."""
        folded = userid.lower()
        found = self.members.get(folded)
        if found is None:
            for prefix, count in self.ranges:
                rest = folded.removeprefix(prefix)
                if rest != folded and rest.isdecimal() and int(rest) < count:
                    found = self.members[folded] = Member(folded, f"成员{rest}")
                    break
        return found

    def all_members(self) -> list[Member]:
        """Everybody, those of ranges too."""
        for prefix, count in self.ranges:
            for number in range(count):
                self.member(f"{prefix}{number}")
        return list(self.members.values())

    def changed(self) -> None:
        """Something that a member sees has changed."""
        self.change += 1

    def state(self) -> dict[str, Any]:
        """Counts for the control door."""
        calls = {
            path: {str(code): n for code, n in counted.items()}
            for path, counted in self.journal.calls.items()
        }
        violations = dict(self.journal.violations)
        return {
            "calls": calls,
            "violations": violations,
            "gettoken": self.fetched,
            "tokens": list(self.tokens),
            "menu": self.menu,
            "change": self.change,
            "hooks": self.hooks,
            "chats": list(self.chats),
            "person_times": self.rates.today()[1],
        }
