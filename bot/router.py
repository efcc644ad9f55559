"""From an event to its handler: button, command, open dialog step, word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bot import answers
from bot.answers import Handler, Said
from bot.chat import Event, Kind, Reply, Say
from bot.going import go
from bot.offered import ASIDE, Offered, Unclear
from bot.words import Words
from domain.rights import Action
from domain.tokens import Press, Stale, read_button
from services.turn import Turn, post

DEAD_ENDS = ("common.missing", "common.changed", "router.stale")  # the next step is help
LEAVES = "cancel"  # the command that leaves a dialog
BESIDE = frozenset({LEAVES, "help", "lang"})  # after these a question is still the last one
BRING_CODES = frozenset({"join", "link"})  # 绑定 K7M29QXD answers no question, whatever is asked
_CODE = re.compile(r"(?=.*[0-9A-Z_-])[A-Za-z0-9_-]{6,}|[A-Z0-9]{4} [A-Z0-9]{4}")
_SPOKEN = (Kind.TEXT, Kind.COMMAND, Kind.EDITED)


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its Chinese words. `actions` are the rights that it may ask for.

    `who` says to whom /help shows it: everybody, member, organiser, secretary or officer.
    `personal` answers in private only. `takes_text`: the rest of the line belongs to it, also
    where no space stands between (补录昨天三小时).
    """

    name: str
    words: tuple[str, ...]
    handler: Handler
    who: str
    actions: tuple[Action, ...] = ()
    personal: bool = True
    takes_text: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """What one module of handlers answers: commands, button purposes and dialog steps.

    Every press and step names the rights that it may ask for; a test holds the list against the
    authorisation table. The answer to a press that is `in_place` takes the place of the message
    that was pressed, where the platform can do that: the next page of a list, a card that is done.
    What `decides` is never pressed by a bare number (see bot/offered.py).
    """

    commands: tuple[Command, ...] = ()
    presses: Mapping[str, tuple[Handler, tuple[Action, ...]]] = field(default_factory=dict)
    steps: Mapping[str, tuple[Handler, tuple[Action, ...]]] = field(default_factory=dict)
    in_place: frozenset[str] = frozenset()
    decides: frozenset[str] = frozenset()


class Router:
    """Finds the handler of an event and turns its reply into rows of the outbox."""

    def __init__(
        self,
        routes: tuple[Routes, ...],
        words: Words,
        unknown: Handler,
        happened: Mapping[Kind, Handler] = MappingProxyType({}),
        room: Handler = answers.private_only,
    ) -> None:
        """Merge the routes. ValueError if two modules answer to the same name.

        `happened` answers kinds of events that nobody says; `room` what is said in a group.
        """
        decides = frozenset[str]().union(*(group.decides for group in routes))
        self._unknown = unknown
        self._happened = {**answers.HAPPENED, **happened}
        self._room = room
        self.commands: dict[str, Command] = {}
        self.presses: dict[str, Handler] = {}
        self.steps: dict[str, Handler] = {}
        self.in_place = frozenset[str]().union(*(group.in_place for group in routes))
        self.spoken: dict[str, Command] = {}
        for group in routes:
            for command in group.commands:
                _put(self.commands, command.name, command)
                for word in command.words:
                    _put(self.spoken, word.casefold(), command)
            for purpose, (handler, _) in group.presses.items():
                _put(self.presses, purpose, handler)
            for step, (handler, _) in group.steps.items():
                _put(self.steps, step, handler)
        self._offers = Offered(words, self.presses, decides)
        if strange := (self.in_place | decides) - self.presses.keys():
            raise ValueError(f"nobody answers to {sorted(strange)}")
        taking = [word for word, command in self.spoken.items() if command.takes_text]
        longest_first = sorted(taking, key=len, reverse=True)
        either = "|".join(re.escape(word) for word in longest_first) or "(?!)"
        # 补录昨天…, 补录：昨天…, 我要补录 …, log昨天…, but not login
        self._taking = re.compile(
            rf"(?:我要|我想|我来|帮我|请|要)?({either})(?![A-Za-z])[\s:：,，]*(?=\S)", re.IGNORECASE
        )

    async def answer(self, turn: Turn, event: Event) -> None:
        """Answer one event in its turn."""
        handler, said = self._find(turn, event)
        step = turn.dialog.step
        reply = await handler(turn, said)
        if turn.quiet:
            return
        if step is not None and not turn.dialog.changed:
            self._set_aside(turn, handler, reply)
        if said.press is not None:
            reply = answers.once(turn, said.press, reply)
        pressed = event.payload.get("message") if self._in_place(event, said.press) else None
        for number, say in enumerate(reply.says):
            first = number == 0 and pressed is not None and say.name not in answers.TOO_LATE
            made = replace(_with_next_step(say), replaces=str(pressed) if first else say.replaces)
            key = f"answer/{turn.event_id}/{number}"
            await post(turn, turn.room or turn.account, made, key, answer=True)

    def _set_aside(self, turn: Turn, handler: Handler, reply: Reply) -> None:
        """Something else than the open question was answered, with buttons: now numbers mean those.

        The question itself stays open for every other answer.
        """
        beside = any(self.commands[name].handler is handler for name in BESIDE & set(self.commands))
        asked = handler is self.steps.get(str(turn.dialog.step))
        if turn.room is None and not beside and not asked and any(say.rows for say in reply.says):
            turn.dialog.data = {**(turn.dialog.data or {}), ASIDE: True}
            turn.dialog.changed = True

    def _in_place(self, event: Event, press: Press | None) -> bool:
        """Whether the answer takes the place of what was pressed; a typed label leaves it alone."""
        if event.kind is not Kind.BUTTON or press is None:
            return False
        return press.purpose in self.in_place

    def _find(self, turn: Turn, event: Event) -> tuple[Handler, Said]:
        text = str(event.payload.get("text", "")).strip()
        if event.payload.get("forwarded") and event.kind in _SPOKEN:
            return answers.forwarded, Said(text, event)  # somebody else's words (A46)
        if event.kind in self._happened:
            return self._happened[event.kind], Said(self._rest(text), event)
        if turn.room is not None:
            return self._in_room(turn, event, text)
        return self._privately(turn, event, text)

    def _privately(self, turn: Turn, event: Event, text: str) -> tuple[Handler, Said]:
        match event.kind:
            case Kind.BUTTON:
                return self._pressed(turn, event)
            case Kind.COMMAND:
                return self._commanded(turn, event, str(event.payload.get("name", "")), text)
            case Kind.TEXT:
                return self._spoken(turn, event, text)
            case Kind.JOINED:
                return self._commanded(turn, event, "start", text)
            case Kind.CONTACT:
                return self._shared(turn, event)
        if turn.dialog.step in self.steps:  # a photo, a file or a place may answer what is asked
            return self._stepped(turn, event, text)
        return self._unknown, Said(text, event)

    def _in_room(self, turn: Turn, event: Event, text: str) -> tuple[Handler, Said]:
        """In a group only commands are for us, and only those that tell nothing personal."""
        name = str(event.payload.get("name", "")) if event.kind is Kind.COMMAND else ""
        command = self.commands.get(name.casefold())
        if command is not None and not command.personal:
            return command.handler, Said(text, event)
        return self._room, Said(text, event)

    def _shared(self, turn: Turn, event: Event) -> tuple[Handler, Said]:
        """A contact card answers a question only if it is the sender's own."""
        if not event.private or not event.payload.get("own") or turn.dialog.step not in self.steps:
            return answers.contact, Said("", event)
        return self._stepped(turn, event, str(event.payload.get("phone", "")))

    def _pressed(self, turn: Turn, event: Event) -> tuple[Handler, Said]:
        if not event.private:
            return answers.private_only, Said("", event)  # a button carries somebody's own affairs
        if event.payload.get("unclear"):
            return answers.just_one, Said("", event)
        token = str(event.payload.get("token", ""))
        press = read_button(turn.house.key, reader(turn.account), token, turn.at)
        if isinstance(press, Stale) or press.purpose not in self.presses:
            return answers.late(turn, token, unregistered(turn.account)), Said("", event)
        return self._press(turn, event, press)

    def _press(self, turn: Turn, event: Event, press: Press) -> tuple[Handler, Said]:
        data = dict(turn.dialog.data or {})
        return self.presses[press.purpose], Said("", event, press, data)

    def _commanded(self, turn: Turn, event: Event, name: str, text: str) -> tuple[Handler, Said]:
        command = self.commands.get(name.casefold())
        if command is None:
            return self._unknown, Said(f"{name} {text}".strip(), event)
        return self._called(turn, event, command, text)

    def _called(
        self, turn: Turn, event: Event, command: Command, text: str
    ) -> tuple[Handler, Said]:
        """A command looks or begins something; a dialog that is open stays open beside it."""
        if command.personal and not event.private:
            return answers.private_only, Said(text, event)
        return command.handler, Said(text, event)

    def _spoken(self, turn: Turn, event: Event, text: str) -> tuple[Handler, Said]:
        if text.startswith(("/", "／")):
            name, _, rest = text[1:].partition(" ")
            name = name.partition("@")[0]
            if name.casefold() in self.commands:
                return self._commanded(turn, event, name, rest.strip())
            text = text[1:]
        command = self.spoken.get(text.casefold())
        if command is not None and command.name == LEAVES and turn.dialog.step is not None:
            return self._called(turn, event, command, "")  # never an answer, whatever is asked
        found = self._offered(turn, event, text)
        if found is not None:
            return found
        if command is not None:
            return self._called(turn, event, command, "")
        begun = self._begins(text)
        step = turn.dialog.step
        if step in self.steps and event.private and not _is_meant(begun, str(step)):
            return self._stepped(turn, event, text)
        if begun is not None:
            return self._called(turn, event, *begun)
        return self._unknown, Said(text, event)

    def _offered(self, turn: Turn, event: Event, text: str) -> tuple[Handler, Said] | None:
        """What a text does as a button of the last messages, if it is one."""
        if not event.private:
            return None
        meant = self._offers.meant(turn.dialog, text, turn.account.channel, turn.at, turn.said_at)
        if isinstance(meant, Unclear):
            return answers.UNCLEAR[meant], Said(text, event)
        return None if meant is None else self._press(turn, event, meant)

    def _begins(self, text: str) -> tuple[Command, str] | None:
        """The command that a text begins with, and the rest of the text."""
        first, *rest = text.split(maxsplit=1) or [""]
        command = self.spoken.get(first.casefold())
        if command is not None:
            return command, "".join(rest).strip()
        begun = self._taking.match(text)
        if begun is None:
            return None
        return self.spoken[begun[1].casefold()], text[begun.end() :].strip()

    def _rest(self, text: str) -> str:
        """What follows the command that a text begins with, if one does."""
        if text.startswith(("/", "／")):
            return text.partition(" ")[2].strip()
        found = self._begins(text)
        return text if found is None else found[1]

    def _stepped(self, turn: Turn, event: Event, text: str) -> tuple[Handler, Said]:
        data = dict(turn.dialog.data or {})
        return self.steps[str(turn.dialog.step)], Said(text, event, None, data)


def _with_next_step(say: Say) -> Say:
    if say.name in DEAD_ENDS and not say.rows:
        return replace(say, rows=((go("help"),),))
    return say


def _is_meant(found: tuple[Command, str] | None, step: str) -> bool:
    """Whether a command is meant though something is asked: 补录时间不对 may well be an answer."""
    if found is None:
        return False
    command, rest = found
    return step.startswith(f"{command.name}.") or (
        command.name in BRING_CODES and _CODE.fullmatch(rest) is not None
    )


def reader(account: Any) -> str:
    """For whom buttons are signed: the person, or the account where there is none yet."""
    return unregistered(account) if account.person is None else f"person:{account.person}"


def unregistered(account: Any) -> str:
    """For whom they are signed while nobody knows who it is."""
    return f"account:{account.id}"


def _put(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise ValueError(f"two handlers answer to {name!r}")
    table[name] = value


__all__ = ["Command", "Handler", "Router", "Routes", "Said", "reader"]
