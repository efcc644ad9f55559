"""Holds a conversation on a stage and says where it went another way than the table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.names import alias
from tests.transcripts import catalogue
from tests.transcripts.other_channel import OtherChannel
from tests.transcripts.reading import Hears, Step, Talk, in_language
from tests.transcripts.scenes import EVERYBODY, SCENES, Cast
from tests.transcripts.stage import Button, Heard, Stage, hours, is_abroad

PHOTO = b"\xff\xd8\xff\xd9"
HERE = (30.5, 114.3)
OTHER = ".other"  # ends the name of somebody's account on another channel
_NAME = re.compile(r"\{([^{}]+)\}")


class Otherwise(AssertionError):
    """What was heard is not what the table says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript: who said or heard it; `heard` is None for what they did."""

    who: str
    did: str = ""
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class _Pressed:
    message: Heard
    button: Button


class Play:
    """One conversation, held; `lines` is its transcript."""

    def __init__(self, stage: Stage, talk: Talk, language: str, cast: Cast) -> None:
        self.lines: list[Line] = []
        self._stage, self._talk, self._language, self._cast = stage, talk, language, cast
        there = sorted({step.who for step in talk.steps if step.who.endswith(OTHER)})
        self._other = OtherChannel(stage.world, cast.other) if there else None
        self._people = (*cast.people, *there)
        self._ever: dict[str, list[Heard]] = {who: [] for who in self._people}
        self._pressed: dict[str, _Pressed] = {}

    async def run(self) -> None:
        """Every step. Otherwise names the line of the table."""
        for step in self._talk.steps:
            if step.does == "only" and not self._has(step.what):
                return
            if step.where and not self._has(step.where):
                continue
            did = await self._do(step)
            if did:
                self.lines.append(Line(step.who, did))
            heard = await self._heard()
            for who, some in heard.items():
                self._ever[who] += some
                self.lines += [Line(who, heard=one) for one in some]
            self._compare(step, heard)

    def _has(self, way: str) -> bool:
        way, no = way.removeprefix("no "), way.startswith("no ")
        if way in {"home", "abroad"}:
            return is_abroad(self._stage) == (way == "abroad")
        return bool(getattr(self._stage.ways, way)) != no

    async def _heard(self) -> dict[str, list[Heard]]:
        heard = await self._stage.heard(self._cast.people)
        if self._other is not None:
            there = (who for who in self._people if who.endswith(OTHER))
            heard |= {who: self._other.heard(who.removesuffix(OTHER)) for who in there}
        return heard

    # ---------------------------------------------------------------- what is done

    async def _do(self, step: Step) -> str:
        """Do it; answers how it reads in a transcript."""
        match step.does:
            case "wait":
                clock = self._stage.world.clock
                clock.put(clock() + hours(step.what))
                return f"…{step.what}"
            case "remember":
                self._remember(step.what)
                return ""
            case "only":
                return ""
            case "presses" | "taps twice":
                return await self._press(step)
            case "types":
                return await self._say(step, self._label(step.what))
        what = self._filled(in_language(step.what, self._language))
        return await self._say(step, what.replace("\\n", "\n"))

    async def _say(self, step: Step, what: str) -> str:
        stage, who = self._stage, step.who
        match step.does:
            case "sends":
                name, _, content = what.partition(" ")
                await stage.send(who, name, content.encode())
                return f"[{name}]"
            case "shows" if what == "photo":
                await stage.send(who, "photo.jpg", PHOTO)
                return "[photo]"
            case "shows":
                await stage.place(who, *HERE)
                return "[place]"
            case "edits":
                await stage.edit(who, what)
                return f"(edit) {what}"
            case "forwards":
                await stage.say(who, what, forwarded=True)
                return f"(forward) {what}"
        if self._other is not None and who.endswith(OTHER):
            await self._other.say(who.removesuffix(OTHER), what)
        else:
            await stage.say(who, what)
        return what

    async def _press(self, step: Step) -> str:
        if step.what == "again":
            pressed = self._pressed[step.who]
        else:
            label, _, other = step.what.partition(" of ")
            pressed = self._find(other or step.who, label)
        self._pressed[step.who] = pressed
        for _ in range(2 if step.does == "taps twice" else 1):
            if self._other is not None and step.who.endswith(OTHER):
                await self._other.press(step.who.removesuffix(OTHER), pressed.button)
            else:
                await self._stage.press(step.who, pressed.message.id, pressed.button)
        return f"[{pressed.button.label}]"

    def _find(self, who: str, label: str) -> _Pressed:
        gone: set[int] = set()
        for heard in reversed(self._ever[who]):
            if heard.id in gone:
                continue  # another message stands in its place
            gone.add(heard.id)
            for button in heard.buttons:
                if button.data and self._is_label(label, button.label, who):
                    return _Pressed(heard, button)
        last = self._ever[who][-1] if self._ever[who] else None
        raise Otherwise(f"{who} sees no button {label}: {last}")

    def _label(self, name: str) -> str:
        if name.startswith('"'):
            return self._literal(name)
        return catalogue.label(self._language, name)

    def _filled(self, words: str) -> str:
        return _NAME.sub(self._value, words)

    def _value(self, found: re.Match[str]) -> str:
        name = found[1]
        known = self._cast.known.get(name)
        if known is not None:
            return known
        if name in {"here", "there"}:
            other = self._cast.other
            channel = self._stage.channel if name == "here" else other
            return catalogue.label(self._language, f"me.channel.{channel}")
        return alias(name) if is_abroad(self._stage) else name

    def _remember(self, what: str) -> None:
        name, _, pattern = what.partition(" ")
        for line in reversed(self.lines):
            found = re.search(pattern, line.heard.text) if line.heard else None
            if found is not None:
                self._cast.known[name] = found[1]
                return
        raise Otherwise(f"nobody was told {pattern}")

    # ---------------------------------------------------------------- what is heard

    def _compare(self, step: Step, heard: dict[str, list[Heard]]) -> None:
        unseen = {"unseen in place"} if self._stage.ways.in_place else set()
        here = [one for one in step.hears if not one.where or self._has(one.where)]
        wanted = [one for one in here if not unseen & one.marks]
        for who, some in heard.items():
            mine = [one for one in wanted if one.who == who]
            for want, got in zip(mine, some, strict=False):
                problem = self._differs(want, got, step)
                if problem:
                    raise self._otherwise(step, f"{problem}: {got}")
            if len(mine) != len(some):
                raise self._otherwise(step, f"{who} should hear {mine} and hears {some}")
        strangers = [one.who for one in wanted if one.who not in heard]
        if strangers:
            raise self._otherwise(step, f"nobody here is called {strangers}")

    def _otherwise(self, step: Step, problem: str) -> Otherwise:
        where = f"{self._talk} (line {step.number}, {self._stage.channel}, {self._language})"
        return Otherwise(f"{where}\n{step.who} {step.does} {step.what}\n{problem}")

    def _differs(self, want: Hears, got: Heard, step: Step) -> str:
        if self._names_abroad(want.who, got):
            return "a name abroad"
        if want.name.startswith('"'):
            if self._literal(want.name) != got.text:
                return f"not {want.name}"
        elif not self._is_sentence(want.name, got.text):
            return f"not {want.name}"
        for fragment in want.fragments:
            if self._filled(in_language(fragment, self._language)) not in got.text:
                return f"no {fragment}"
        return self._shown_otherwise(want, got, step) or self._other_buttons(want, got)

    def _is_sentence(self, name: str, text: str) -> bool:
        tight = not self._stage.ways.blank_lines
        return catalogue.is_sentence(self._language, name, text, tight=tight)

    def _shown_otherwise(self, want: Hears, got: Heard, step: Step) -> str:
        kind = "image" if "image" in want.marks else "file" if "file" in want.marks else ""
        if kind != got.attachment:
            return f"{got.attachment or 'nothing'} attached"
        pressed = self._pressed.get(step.who) if "in place" in want.marks else None
        fits = pressed is not None and self._stage.takes_place(got, pressed.message)
        if got.edited != fits or (pressed is None and "in place" in want.marks):
            return "in place" if got.edited else "not in place"
        return ""

    def _names_abroad(self, who: str, got: Heard) -> bool:
        """Whether a full name went where messages are kept abroad; there people have aliases."""
        if not is_abroad(self._stage) or who.endswith(OTHER):
            return False
        return any(name in got.text for name in EVERYBODY)

    def _other_buttons(self, want: Hears, got: Heard) -> str:
        links = self._stage.ways.deep_links
        labels = [one for one in want.labels if links or not one.startswith("^")]
        same = len(labels) == len(got.buttons) and all(
            self._is_label(label, button.label, want.who)
            for label, button in zip(labels, got.buttons, strict=True)
        )
        return "" if same else f"not the buttons {labels}"

    def _literal(self, name: str) -> str:
        return self._filled(in_language(name[1:-1], self._language))

    def _is_label(self, name: str, text: str, who: str) -> bool:
        name = name.removeprefix("^")
        if name.startswith('"'):
            return self._literal(name) == text
        return catalogue.is_sentence(self._language, name, text)


async def play(stage: Stage, talk: Talk, language: str) -> Play:
    """Set the scene and hold the conversation."""
    kind, *more = talk.scene.split()
    cast = await SCENES[kind](stage, *more)
    made = Play(stage, talk, language, cast)
    await made.run()
    return made
