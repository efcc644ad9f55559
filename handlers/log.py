"""/log 补录: hours in plain words, read back, confirmed, taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot import joining
from bot.chat import Choice, Event, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.hours import Refused
from domain.rights import Action
from domain.sentence import Question
from services import claims, revising
from services.claim_news import span
from services.claims import Asked, ClaimRefusal, Draft, Refusals, Sent
from services.revising import Kept
from services.turn import Turn
from services.waits import waiting

CANCEL = Choice("dialog.cancel", "dialog.cancel")
HOURS = Choice("hours.show", "hours.show")
_YES = frozenset(
    "1 是 是的 对 对的 好 好的 可以 没错 确定 确认 嗯 yes y ok okay confirm right".split()
)
_OWN_WORD = re.compile(r"^(?:[/／]?log|补录)(?![A-Za-z])[\s:：,，]*", re.IGNORECASE)
_FILLS = ("今天", "昨天", "前天", "上午", "下午", "晚上")
_OFFERED = {Question.NO_DATE: range(3), Question.AMBIGUOUS_HALF: range(3, 6)}


async def log(turn: Turn, said: Said) -> Reply:
    """Read a sentence, or ask for one."""
    if not said.text:
        return await start(turn, said)
    edit = await revising.newest(turn, said.event)  # it was faster than the message
    return await _read(turn, _reworded(said.text, edit), said.event.key)


def _reworded(text: str, edit: Event | None) -> str:
    if edit is None or edit.payload.get("name", "log") != "log":
        return text
    return _OWN_WORD.sub("", str(edit.payload.get("text", "")).strip(), count=1)


async def start(turn: Turn, said: Said) -> Reply:
    """The button 补录: ask for the sentence; a stranger hears first that they have to join."""
    if turn.person is None:
        return await _stranger(turn)
    return _ask(turn, Say("log.empty"))


async def _stranger(turn: Turn) -> Reply:
    """How to join; who has applied hears that it waits."""
    if found := await waiting(turn):
        return joining.waits(found)
    return Reply.of(f"log.{ClaimRefusal.UNREGISTERED.value}", (go("join"),))


async def again(turn: Turn, said: Said) -> Reply:
    """The completed or corrected sentence."""
    text = claims.whole(turn, str(said.data.get("said", "")), said.text)
    return await _read(turn, text, _key(said))


async def what(turn: Turn, said: Said) -> Reply:
    """What was done, where the sentence did not say it."""
    return await _answer(
        turn, await claims.draft(turn, str(said.data["said"]), said.text), said.data
    )


async def fill(turn: Turn, said: Said) -> Reply:
    """A day or a part of the day by one tap, for a sentence that had none."""
    number = said.press.argument if said.press else 0
    if turn.dialog.step != "log.again" or "said" not in said.data or number >= len(_FILLS):
        return _ask(turn, Say("log.empty"))
    return await _read(turn, claims.whole(turn, str(said.data["said"]), _FILLS[number]), _key(said))


def _key(said: Said) -> str:
    """The message that the sentence stands in: the one before, where this one only completes it."""
    return str(said.data.get("key") or said.event.key)


async def _read(turn: Turn, text: str, key: str) -> Reply:
    return await _answer(turn, await claims.draft(turn, text), {"said": text, "key": key})


def _ask(turn: Turn, say: Say, data: Mapping[str, object] | None = None) -> Reply:
    turn.ask("log.again", **(data or {}))
    rows = (*say.rows, (CANCEL,))
    return Reply((Say(say.name, say.facts, rows),))


async def _answer(turn: Turn, found: Draft | Asked | Refusals, data: Mapping[str, object]) -> Reply:
    match found:
        case Draft():
            return _echo(turn, found, data)
        case Asked():
            return _ask(turn, _question(found), {"said": found.text, "key": data.get("key")})
        case Refused():
            return _ask(turn, Say(f"log.refused.{found.reason.value}", {"day": found.day or ""}))
        case ClaimRefusal.NO_WHAT:
            turn.ask("log.what", said=data["said"], key=data.get("key"))
            return Reply.of("log.what", (CANCEL,))
        case ClaimRefusal.GONE:
            return Reply.of("log.gone", (HOURS,))  # another draft may be open: it stays
        case ClaimRefusal.UNREGISTERED:
            turn.close()
            return await _stranger(turn)
        case _:
            turn.close()
            return Reply.of(f"log.{found.value}")


def _question(asked: Asked) -> Say:
    """Ask exactly what is missing, quoting the piece that it is about."""
    quote = Say("log.quote", {"said": asked.said}) if asked.said else ""
    fills = tuple(
        Choice(f"log.fill.{number}", "log.fill", argument=number)
        for number in _OFFERED.get(asked.question, ())
    )
    rows = (fills,) if fills else ()
    return Say(f"log.question.{asked.question.value}", {"quote": quote}, rows)


def _echo(turn: Turn, draft: Draft, data: Mapping[str, object]) -> Reply:
    """Say how it was understood. Nothing is stored before it is confirmed."""
    number = turn.event_id
    turn.ask("log.confirm", **claims.as_data(draft, number), key=data.get("key"))
    notes = [Say("log.note.late")] if draft.late else []
    notes += [Say("log.note.second")] if draft.second else []
    return Reply.of(
        "log.draft",
        (Choice("dialog.confirm", "log.ok", number), Choice("log.rewrite", "log.start"), CANCEL),
        spans=[span(one) for one in draft.stretches],
        what=draft.what,
        notes=[*_facts(draft), Say("log.note.unit", {"unit": draft.unit}), *notes],
    )


def _facts(draft: Draft) -> list[Say]:
    """What a draft has beyond its stretches: the place, and the sum of several stretches."""
    place = [Say("log.note.place", {"place": draft.place})] if draft.place else []
    several = len(draft.stretches) > 1
    return place + ([Say("log.note.total", {"minutes": draft.minutes})] if several else [])


async def confirm(turn: Turn, said: Said) -> Reply:
    """The button 确认 of exactly that draft."""
    number = said.press.object if said.press else 0
    return await _sent(turn, await claims.submit(turn, number, said.data))


async def confirm_in_words(turn: Turn, said: Said) -> Reply:
    """好的 confirms; any other text is the sentence written anew."""
    if said.text.strip().rstrip("。.!！").casefold() in _YES:
        return await _sent(turn, await claims.submit(turn, int(said.data["draft"]), said.data))
    return await _read(turn, said.text, said.event.key)


async def _sent(turn: Turn, found: Sent | Refusals) -> Reply:
    if not isinstance(found, Sent):
        return await _answer(turn, found, {})
    name = "log.sent" if found.reviewers else "log.sent.alone"
    back = Choice("log.withdraw", "claim.back", found.id, found.version)
    return Reply.of(name, (back, HOURS), minutes=found.minutes)


async def edited(turn: Turn, said: Said) -> Reply:
    """An edited message: the sentence that is being read back, or the claim that waits, follows."""
    key = str(said.event.payload.get("of", ""))
    if turn.room is not None or not key or await revising.is_outdated(turn, said.event):
        return Reply()
    if revising.being_said(turn, key):
        return await _read(turn, said.text, key)
    found = await revising.revise(turn, key, said.text)
    if found is Kept.UNKNOWN:
        return Reply.of("router.edited")
    if isinstance(found, Kept):
        return Reply.of(f"log.edited.{found.value}", (HOURS,))
    back = Choice("log.withdraw", "claim.back", found.id, found.version)
    spans = [span(one) for one in found.draft.stretches]
    notes = _facts(found.draft)
    return Reply.of("log.revised", (back, HOURS), spans=spans, what=found.draft.what, notes=notes)


async def withdraw(turn: Turn, said: Said) -> Reply:
    """Take a claim back while it waits."""
    press = said.press
    found = await claims.withdraw(turn, press.object, press.version) if press else None
    match found:
        case int():
            return Reply.of(
                "log.withdrawn", (Choice("hours.add", "log.start"), HOURS), minutes=found
            )
        case ClaimRefusal.JUDGED | ClaimRefusal.WITHDRAWN:
            return Reply.of(f"log.{found.value}", (HOURS,))
        case ClaimRefusal.CHANGED:
            return Reply.of("common.changed", (HOURS,))
        case _:
            return Reply.of("common.missing")


async def redo(turn: Turn, said: Said) -> Reply:
    """Change a refused claim's sentence and send it again."""
    found = await claims.sentence_of(turn, said.press.object if said.press else 0)
    if isinstance(found, ClaimRefusal):
        return Reply.of("common.missing")
    return _ask(turn, Say("log.redo.old", {"said": found}), {"said": found})


_OWN = (Action.CLAIM,)
ROUTES = Routes(
    commands=(Command("log", ("补录", "log"), log, "member", _OWN, takes_text=True),),
    presses={
        "log.start": (start, ()),
        "log.fill": (fill, _OWN),
        "log.ok": (confirm, _OWN),
        "log.redo": (redo, _OWN),
        "claim.back": (withdraw, _OWN),
    },
    steps={
        "log.again": (again, _OWN),
        "log.what": (what, _OWN),
        "log.confirm": (confirm_in_words, _OWN),
    },
    in_place=frozenset({"log.ok", "claim.back"}),
)
