"""WeCom's self-built app as a stage: sealed callbacks go in, what members see is read."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot.app import App
from bot.channel import Limits
from bot.channels.wecom import WecomChannel
from bot.channels.wecom.limits import MEMBER_A_MINUTE
from tests.bot.web_page import Page
from tests.emulators.wecom import letters
from tests.emulators.wecom.callbacks import KEY, TOKEN, Identity
from tests.emulators.wecom.qyapi_client import Json, Wecom
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET
from tests.transcripts.stage import Button, Heard, Ways, answered, configured
from tests.transcripts.wecom_seen import Seen, takes_place
from tests.world import Ear, MovableClock, World

_WHO = Identity(corp_id=CORP, agent_id=AGENT)
_APART = 60 / MEMBER_A_MINUTE * 2  # seconds between what people do: nobody is told too much


class _Door(Page):
    """The callback address of a product that answers."""

    def __init__(self, app: App) -> None:
        self.app = app.web()
        self.read = 0


class WecomStage:
    """What members do and see in the app's chat. Without `cards` a press is a typed number."""

    channel = "wecom"

    def __init__(self, app: App, world: World, wecom: Wecom, *, cards: bool) -> None:
        self.world = world
        self.ways = Ways(in_place=cards, robots=True, varies=cards)
        self._product = app
        self._wecom = wecom
        self._door = _Door(app)
        self._numbers = count(1)
        self._seen: dict[str, Seen] = {}

    def external(self, who: str) -> str:
        """The user ids of members are words."""
        return who

    async def _post(self, **fields: Any) -> None:
        """WeCom calls, and is answered at once with nothing."""
        clock = self.world.clock
        clock.forward(seconds=_APART)
        now = int(clock().timestamp())
        told = {"ToUserName": CORP, "AgentID": AGENT, "CreateTime": now, **fields}
        sealed = _WHO.sealed(letters.letter(**told))
        query = urlencode(_WHO.query(sealed, now, str(next(self._numbers))))
        answer = await self._door.ask(
            f"/wecom/callback?{query}",
            method="POST",
            headers=(("host", "qt.example"), ("content-type", "text/xml")),
            chunks=(_WHO.envelope(sealed).encode(),),
        )
        assert (answer.status, answer.body) == (200, b""), answer

    async def _message(self, who: str, kind: str, **fields: Any) -> None:
        number = next(letters._numbers)
        await self._post(FromUserName=who, MsgType=kind, MsgId=number, **fields)

    async def say(self, who: str, text: str, *, forwarded: bool = False) -> None:
        """Write it."""
        assert not forwarded, "nothing says that a message was forwarded"
        await self._message(who, "text", Content=text)

    async def edit(self, who: str, text: str) -> None:
        """Members cannot edit."""
        raise AssertionError(f"{who} cannot edit to {text}")

    async def press(self, who: str, message: int, button: Button) -> None:
        """Press a button of a message, or what somebody else's button sends."""
        seen = self._seen.get(who, Seen())
        if message in seen.numbered:  # a number means the newest message, a label any
            await self.say(who, button.data if message == seen.newest else button.label)
            return
        if message not in seen.tasks:
            event = {"EventKey": button.data, "CardType": "button_interaction"}
            await self._pressed(FromUserName=who, **event)
            return
        task, (key, options) = seen.tasks[message], seen.pressed(button.data)
        fields = await self._wecom.press(who, key=key, task=task, options=options)
        del fields["CreateTime"]  # the clock of the table is not the emulator's
        chosen = [
            {"QuestionKey": one["QuestionKey"], "OptionIds": {"OptionId": one["OptionIds"]}}
            for one in fields.pop("SelectedItems")
        ]
        await self._pressed(**fields, SelectedItems={"SelectedItem": chosen} if chosen else None)

    async def _pressed(self, **fields: Any) -> None:
        await self._post(**{"MsgType": "event", "Event": "template_card_event", **fields})

    async def send(self, who: str, name: str, content: bytes) -> None:
        """Send a file or a photo."""
        told = {"name": name, "bytes": base64.b64encode(content + b"\n\n").decode()}
        media = (await self._wecom.control("hand", **told))["media_id"]
        if name.endswith(".jpg"):
            await self._message(who, "image", PicUrl="http://p.example/1", MediaId=media)
        else:
            await self._message(who, "file", MediaId=media, FileName=name)

    async def place(self, who: str, latitude: float, longitude: float) -> None:
        """Share a place."""
        where: Json = {
            "Location_X": latitude,
            "Location_Y": longitude,
            "Scale": 16,
            "AppType": "wxwork",
        }
        await self._message(who, "location", **where)

    async def heard(self, people: Sequence[str]) -> dict[str, list[Heard]]:
        """What is new or changed in the chats since the last look."""
        await answered(self._product, self.world)
        found = (await self._wecom.control("chats", users=list(people)))["messages"]
        return {who: self._seen.setdefault(who, Seen()).new(found[who]) for who in people}

    def takes_place(self, heard: Heard, pressed: Heard) -> bool:
        """A card becomes what one card can say."""
        return self.ways.in_place and not pressed.attachment and takes_place(heard)


@asynccontextmanager
async def wecom_stage(
    url: str, folder: Path, language: str, *, wecom: Wecom, cards: bool = True, **more: Any
) -> AsyncIterator[WecomStage]:
    """The product with the WeCom channel on; as fast as the table can be read."""
    await wecom.control("limits", on=False)
    await wecom.member("root", "ann", "bob", "sec", "off", "new")
    clock = MovableClock()
    told = {"corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "token": TOKEN}
    told |= {"encoding_aes_key": KEY, "api_base": wecom.api_base, "cards": cards}
    app = App(configured(url, folder, language, "wecom:root", wecom=told), clock=clock)
    (channel,) = [one for one in app.channels if isinstance(one, WecomChannel)]
    channel.limits = Limits()  # how fast it may go is tested elsewhere
    world = World(app, clock, Ear("wecom"))
    await app.start()
    try:
        yield WecomStage(app, world, wecom, cards=cards)
    finally:
        await app.stop()
