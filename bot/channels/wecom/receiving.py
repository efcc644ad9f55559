"""The way of a callback to the inbox, and what is told to others on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol

import structlog

from bot.channels.wecom.answers import text_reply
from bot.channels.wecom.drift import Drift
from bot.channels.wecom.envelope import parsed
from bot.channels.wecom.heard import Change, Foreign, Heard, Idle, Notice
from bot.channels.wecom.reading import read
from bot.chat import Event, Kind
from bot.intake import Intake
from bot.tasks import Tasks
from storage.connections import Unavailable

log = structlog.get_logger("wecom")

KEEP_SECONDS = 3.5  # to fetch what belongs to an event and write it down; WeCom waits for 5
FETCH_SECONDS = 2.0  # of them
_NO_WORDS = frozenset({Kind.JOINED, Kind.LEFT, Kind.MOVED, Kind.SEEN})  # nobody waits
CLOCK, IDLE, CLOSED = "wecom_clock", "wecom_idle", "wecom_closed"  # kinds of alerts


class Alarm(Protocol):
    """Where the operator is told (scheduler/alerts.py)."""

    async def tell(self, kind: str, shown: str, **facts: Any) -> None: ...
    def over(self, kind: str) -> None: ...


async def _nothing_meanwhile(account: str) -> str:
    return ""


async def _not_fetched(media_id: str) -> Mapping[str, Any]:
    return {"failed": True}


def _ignored(_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Others:
    """Who else wants to know.

    `fetch` answers what belongs to a file: `content` (base64) or `too_big`; what it raises means
    that it failed. `pressed` is told of every press of a card, before it is written down: its
    payload holds the code with which the card can be updated once. `changed` is told of the
    address book. Neither may wait. `meanwhile` says what somebody is answered in the same breath
    because nothing else can be sent just now.
    """

    fetch: Callable[[str], Awaitable[Mapping[str, Any]]] = _not_fetched
    pressed: Callable[[Event], None] = _ignored
    changed: Callable[[Change], None] = _ignored
    meanwhile: Callable[[str], Awaitable[str]] = _nothing_meanwhile


class Receiver:
    """Takes what WeCom says to one app. `foreign`: what is said of a scanned code not of ours."""

    def __init__(  # noqa: PLR0913, PLR0917  # what the application has
        self,
        intake: Intake,
        clock: Callable[[], datetime],
        corp_id: str,
        agent_id: int,
        alarm: Alarm,
        tasks: Tasks,
        zone: tzinfo = UTC,
        foreign: str = "",
        others: Others | None = None,
    ) -> None:
        self._intake = intake
        self.clock = clock
        self._corp_id = corp_id
        self._agent_id = agent_id
        self._alarm = alarm
        self._tasks = tasks
        self._zone = zone
        self._foreign = foreign
        self._others = others or Others()
        self._drift = Drift()

    async def took(self, event_xml: str) -> str:
        """Write down what the XML of a callback says; the XML of a passive reply, or nothing.

        Forged if it is not about this app. Unavailable or TimeoutError if it cannot be kept in
        time: then WeCom must not be told that it was.
        """
        found = read(parsed(event_xml), self._agent_id, self._zone, self.clock())
        events = [one for one in found if isinstance(one, Event)]
        if events:
            await self._kept(events)
        answers = [self._told(one) for one in found]
        return "".join(answers) or await self._meanwhile(events)

    async def _meanwhile(self, events: list[Event]) -> str:
        for event in events:
            words = "" if event.kind in _NO_WORDS else await self._others.meanwhile(event.account)
            if words:
                return text_reply(self._corp_id, event.account, words, self.clock())
        return ""

    def saw(self, *, stale: bool) -> None:
        """Count a callback that WeCom did sign; the operator hears when the clocks disagree."""
        if not self._drift.saw(stale):
            return
        if self._drift.wrong:
            self._tell(CLOCK, "callbacks of WeCom are too old or too new: is the clock right?")
        else:
            self._alarm.over(CLOCK)

    async def _kept(self, events: list[Event]) -> None:
        """Within the time; what takes longer goes on by itself, and WeCom says it again."""
        keeping = self._tasks.start(self._keep(events), "wecom-keeping")
        done, _ = await asyncio.wait({keeping}, timeout=KEEP_SECONDS)
        if not done:
            raise TimeoutError
        if not keeping.result():
            raise Unavailable

    async def _keep(self, events: list[Event]) -> bool:
        """Whether they could be kept: a task that is refused has not died."""
        try:
            for event in events:
                if event.kind is Kind.BUTTON:
                    self._others.pressed(event)
                await self._intake.accept(await self._filled(event))
        except Unavailable:
            return False
        return True

    async def _filled(self, event: Event) -> Event:
        """A file with its content, as handlers read it; no turn waits for a network."""
        if event.kind is not Kind.FILE:
            return event
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                more = await self._others.fetch(str(event.payload["media"]))
        except Exception as error:  # noqa: BLE001  # an event without its file is answered
            log.warning("file_not_fetched", kind=type(error).__name__)
            more = {"failed": True}
        return replace(event, payload={**event.payload, **more})

    def _told(self, heard: Heard) -> str:
        match heard:
            case Notice():
                self._noticed(heard)
            case Change():
                self._others.changed(heard)
            case Foreign(account) if self._foreign:
                return text_reply(self._corp_id, account, self._foreign, self.clock())
        return ""

    def _noticed(self, notice: Notice) -> None:
        match notice.idle:
            case Idle.WARNED:
                self._tell(IDLE, "WeCom will close the app, because hardly anybody uses it")
            case Idle.CLOSED:
                self._tell(CLOSED, "WeCom has closed the app, because hardly anybody uses it")
            case Idle.WELL:
                self._alarm.over(IDLE)
                self._alarm.over(CLOSED)

    def _tell(self, kind: str, shown: str) -> None:
        self._tasks.start(self._alarm.tell(kind, shown), "wecom-alarm")
