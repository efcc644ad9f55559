"""The account that somebody has on another channel: says, presses, hears, in plain rendering."""

from __future__ import annotations

from bot.chat import Kind
from tests.transcripts.stage import Button, Heard
from tests.world import World


class OtherChannel:
    """A channel beside the stage, with the same names of people."""

    def __init__(self, world: World, channel: str) -> None:
        self.channel = channel
        self._world = world
        self._ear = world.also(channel)
        self._seen: dict[str, int] = {}

    async def say(self, who: str, text: str) -> None:
        """Say a text."""
        await self._world.said(f"{self.channel}:{who}", text)

    async def press(self, who: str, button: Button) -> None:
        """Press a button."""
        account = f"{self.channel}:{who}"
        await self._world.send(account, Kind.BUTTON, {"token": button.data})

    def heard(self, who: str) -> list[Heard]:
        """What is new since the last look."""
        every = self._ear.heard.get(who, [])
        before, self._seen[who] = self._seen.get(who, 0), len(every)
        found = []
        for spoken in every[before:]:
            buttons = tuple(Button(label, token) for label, token in spoken.buttons.items())
            kept = spoken.message.attachment
            kind = "" if kept is None else kept.media_type.partition("/")[0]
            shown = "" if kept is None else "image" if kind == "image" else "file"
            found.append(Heard(spoken.id, spoken.text, buttons, attachment=shown))
        return found
