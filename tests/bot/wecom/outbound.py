"""A WeCom channel without the rest of the product, and the product with the channel on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.channel import Sent
from bot.channels.wecom.channel import App, Parts, WecomChannel
from bot.channels.wecom.parts import Labels
from bot.channels.wecom.token import Shared
from bot.chat import Button, Message
from bot.tasks import Tasks
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET
from tests.world import MovableClock

LABELS = Labels(
    "回复数字或文字 · Reply", "确定 · OK", "发位置 · Place", "回复这个词 · Reply", "选 · Choose"
)
MENU: dict[str, Any] = {
    "button": [{"name": "我的", "sub_button": [{"type": "click", "name": "时长", "key": "hours"}]}]
}


class Told:
    """An operator who keeps what the channel tells."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.standing: dict[str, str] = {}

    async def tell(self, kind: str, shown: str, **facts: Any) -> None:
        self.heard.append(kind)
        self.standing[kind] = shown
        self.facts[kind] = facts

    def over(self, kind: str) -> None:
        self.standing.pop(kind, None)


class Alone:
    """A channel alone. `secret` may be changed, as a secret file is."""

    def __init__(
        self,
        api_base: str,
        clock: MovableClock | None = None,
        shared: Shared | None = None,
        **app: Any,
    ) -> None:
        self.clock, self.tasks, self.operator = clock or MovableClock(), Tasks(), Told()
        self.secret = SECRET
        settings = {"corp_id": CORP, "agent_id": AGENT, "receives": False, **app}
        self.channel = WecomChannel(
            App(api_base=api_base, secret=lambda: self.secret, **settings),
            Parts(self.clock, self.tasks, self.operator, LABELS, MENU, shared),
        )
        self._numbers = iter(range(1, 1_000_000))

    async def send(self, account: str, text: str, **more: Any) -> Sent:
        """One attempt at a new message; `number` names an old one."""
        return await self.channel.send(self.message(account, text, **more))

    def message(self, account: str, text: str, **more: Any) -> Message:
        """A worded message as the dispatcher hands it over."""
        number = more.pop("number", None) or next(self._numbers)
        return Message(number, account, text, **more)

    async def close(self) -> None:
        """Let go of the connections."""
        self.tasks.start(self.channel._hold_session(), "session")
        await asyncio.sleep(0)
        await self.tasks.stop()


def row(*labels: str) -> tuple[tuple[Button, ...], ...]:
    """A row of buttons; their tokens are made up."""
    return (tuple(Button(label, f"token-{label}") for label in labels),)


async def until(true: Callable[[], Any], seconds: float = 15.0) -> None:
    """Look again and again; TimeoutError if it does not come true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # some of it is in another process
            await asyncio.sleep(0.02)
