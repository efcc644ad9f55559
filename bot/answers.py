"""What a handler reads and is, and what the router answers by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat import Choice, Event, Kind, Reply
from bot.offered import Unclear, number_in
from domain.tokens import Press, Stale, read_button
from services.turn import Turn


@dataclass(frozen=True, slots=True)
class Said:
    """What a handler reads: the words after the command, or the button that was pressed.

    `event` is the whole event for handlers of photos, files and places; `data` is what the open
    dialog kept.
    """

    text: str
    event: Event
    press: Press | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


TOO_LATE = frozenset(
    (
        *("common.missing", "common.changed", "common.done_by", "router.stale"),
        *("log.gone", "log.judged", "log.withdrawn-already"),
        *("review.mine", "review.withdrawn", "reversal.reversed", "reversal.waits", "reg.mine"),
        *("import.stale", "dialog.lost", "dialog.already"),
    )
)
"""What is said to a button that comes too late. It never takes the place of another message: the
one that was pressed may show by now that all went well."""

Handler = Callable[[Turn, Said], Awaitable[Reply]]


async def stale(turn: Turn, said: Said) -> Reply:
    """A button that is forged, somebody else's or too old."""
    return Reply.of("router.stale")


_SHOWN = frozenset({"age", "lines", "told", "used"})  # of an offer: how its reader saw it


async def already(turn: Turn, said: Said) -> Reply:
    """A button of a dialog that has done what it says."""
    return Reply.of("dialog.already")


def once(turn: Turn, press: Press, reply: Reply) -> Reply:
    """Remember that a button was pressed; who taps it again is not told that it came too late."""
    offer = _offered(turn, press)
    if offer is None:
        return reply
    if offer.get("used"):
        return Reply.of("dialog.already") if _is_lost(reply) else reply
    offer["used"] = turn.dialog.changed = True
    return reply


def late(turn: Turn, token: str, before: str) -> Handler:
    """A button that does not hold: made for whom one was `before`, it may have done its work."""
    press = read_button(turn.house.key, before, token, turn.at)
    offer = None if isinstance(press, Stale) else _offered(turn, press)
    return already if offer is not None and offer.get("used") else stale


def _offered(turn: Turn, press: Press) -> dict[str, Any] | None:
    """The button of the last messages that this press is of."""
    wanted = (press.purpose, press.object, press.version, press.argument)
    for one in turn.dialog.offers or []:
        if (one["purpose"], one["object"], one["version"], one["argument"]) == wanted:
            return one
    return None


def _is_lost(reply: Reply) -> bool:
    return [say.name for say in reply.says] == ["dialog.lost"]


async def say_it(turn: Turn, said: Said) -> Reply:
    """A bare number that would decide something: the same buttons again, to be tapped or said."""
    return Reply.of("router.say_it", *_newest(turn))


async def no_such(turn: Turn, said: Said) -> Reply:
    """A number that no line has: the same lines again."""
    return Reply.of("router.no_such", *_newest(turn), number=number_in(said.text))


UNCLEAR: Mapping[Unclear, Handler] = {Unclear.SAY_IT: say_it, Unclear.NO_SUCH: no_such}
"""What is answered to a number that presses nothing."""


async def just_one(turn: Turn, said: Said) -> Reply:
    """More or less than one was chosen where one was asked for: the same again."""
    return Reply.of("router.just_one", *_newest(turn))


def _newest(turn: Turn) -> list[tuple[Choice, ...]]:
    """The buttons of the last message, as they were offered."""
    newest = [one for one in turn.dialog.offers or [] if one.get("age", 0) == 0]
    choices = [_again(one) for one in newest]
    return [tuple(choices[at : at + 2]) for at in range(0, len(choices), 2)]


def _again(offer: Mapping[str, Any]) -> Choice:
    """A button as it was offered, with the end that it had."""
    known = {name: value for name, value in offer.items() if name not in _SHOWN}
    return Choice(**{**known, "expires": datetime.fromisoformat(offer["expires"])})


async def silent(turn: Turn, said: Said) -> Reply:
    """Nothing is said to this."""
    return Reply()


async def edited(turn: Turn, said: Said) -> Reply:
    """What was done stays as it was first said."""
    return Reply.of("router.edited")


HAPPENED: Mapping[Kind, Handler] = {
    Kind.EDITED: edited,
    Kind.LEFT: silent,
    Kind.MOVED: silent,
    Kind.SEEN: silent,
}
"""What is answered to kinds of events that nobody says, where no feature answers them."""


async def private_only(turn: Turn, said: Said) -> Reply:
    """What is somebody's own is answered in private."""
    return Reply.of("router.private")


async def forwarded(turn: Turn, said: Said) -> Reply:
    """Somebody else said it first: in private that is explained, in a group it is not for us."""
    return Reply.of("router.forwarded") if turn.room is None else Reply()


async def contact(turn: Turn, said: Said) -> Reply:
    """A contact card that nobody asked for."""
    return Reply.of("router.contact") if turn.room is None else Reply()
