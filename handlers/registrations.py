"""Who waits to be let in: the list, one of them, and the verdict."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.pages import Page
from bot.router import Routes, Said
from domain.joining import names_guardian
from domain.people import Ask
from domain.rights import Action
from services import registrations
from services.registrations import (
    REASONS,
    Decided,
    DoneBy,
    Refusal,
    RegistrationRefusal,
    Waiting,
)
from services.shown import ABROAD
from services.turn import Turn

_ACTIONS = (Action.REGISTRATION_REVIEW, Action.MOVE_MEMBER)
_CANCEL = Choice("dialog.cancel", "dialog.cancel")
_LIST = Choice("reg.list", "reg.list")
_SURE = Choice("dialog.confirm", "reg.guardok")


async def listed(turn: Turn, said: Said) -> Reply:
    """A page of who waits."""
    return _page(await registrations.waiting(turn, said.press.argument if said.press else 0))


def _page(page: Page[Waiting]) -> Reply:
    if not page.total:
        return Reply.of("reg.none")
    lines = [Say("reg.line", {**_facts(one), "kind": _kind(one)}) for one in page.items]
    rows = [
        (Choice("reg.open", "reg.see", one.id, one.version, facts={"who": one.name}),)
        for one in page.items
    ]
    turner = page.turner("reg.list")
    return Reply.of("reg.page", *rows, *([turner] if turner else []), lines=lines, count=page.total)


def _kind(one: Waiting) -> Say:
    return Say(f"reg.kind.{one.kind}")


def _facts(one: Waiting) -> dict[str, object]:
    return {
        "who": one.name,
        "band": str(one.band),
        "unit": one.unit_name,
        "since": one.since,
    }


def _parts(one: Waiting) -> list[Say]:
    """A line for each thing that an applicant said, and when they asked."""
    status = Say(f"word.{one.status}") if one.status else None
    said = (("number", one.number), ("status", status), ("since", one.since))
    return [Say(f"reg.part.{name}", {"value": value}) for name, value in said if value]


async def seen(turn: Turn, said: Said) -> Reply:
    """One of them, with what speaks for looking twice."""
    found = await registrations.see(turn, said.press.object if said.press else 0)
    if not isinstance(found, Waiting):
        return _refused(found)
    like: object = found.like or Say("reg.like.none")
    hints = [Say(f"reg.ask.{ask}", {"like": like}) for ask in found.asks]
    if found.said:
        hints.append(Say("reg.said.guardian"))
    more = {"hints": hints, "parts": _parts(found)}
    rows = filter(None, (*_verdicts(found), (_LIST,)))
    return Reply.of(f"reg.card.{found.kind}", *rows, **_facts(found), **more)


def _verdicts(found: Waiting) -> list[tuple[Choice, ...]]:
    """A line that is gone cannot be claimed; the applicant may still come in as a new person."""

    def button(purpose: str) -> Choice:
        return Choice(purpose, purpose, found.id, found.version)

    fresh = (button("reg.new"),) if found.line else ()
    if Ask.CLAIMED in found.asks:
        return [fresh, (button("reg.no"),)]
    return [(button("reg.ok"), button("reg.no")), fresh]


async def approved(turn: Turn, said: Said) -> Reply:
    """通过."""
    return await _approving(turn, said, fresh=False)


async def approved_fresh(turn: Turn, said: Said) -> Reply:
    """作为新成员: taken in without the line of the list."""
    return await _approving(turn, said, fresh=True)


async def _approving(turn: Turn, said: Said, fresh: bool) -> Reply:
    key, version = (said.press.object, said.press.version) if said.press else (0, 0)
    found = await registrations.approve(turn, key, version, fresh=fresh)
    if found is RegistrationRefusal.GUARDIAN:
        turn.ask("reg.guardian", id=key, version=version, fresh=fresh)
        return Reply.of("reg.guardian.ask", (_CANCEL,))
    return _decided(found, "reg.approved", key)


async def guardian_told(turn: Turn, said: Said) -> Reply:
    """Who agreed for a minor, and how: read back before it is recorded."""
    words = " ".join(said.text.split())
    if not names_guardian(words):
        again = "reg.guardian.again" if turn.dialog.step == "reg.guardian" else "join.choose"
        sure = () if turn.dialog.step == "reg.guardian" else (_SURE,)
        return Reply.of(again, (*sure, _CANCEL))
    found = await registrations.see(turn, int(said.data["id"]))
    if not isinstance(found, Waiting):
        turn.close()
        return _refused(found)
    turn.ask("reg.guardsure", **{**said.data, "words": words})
    shown = Say("members.guard.above") if turn.account.channel in ABROAD else words
    return Reply.of("reg.guardian.sure", (_SURE, _CANCEL), who=found.name, words=shown)


async def guardian_confirmed(turn: Turn, said: Said) -> Reply:
    """The consent is recorded, and the registration approved."""
    if turn.dialog.step != "reg.guardsure":
        return Reply.of("dialog.lost", (_LIST,))
    turn.close()
    key, version = int(said.data["id"]), int(said.data["version"])
    words, fresh = str(said.data["words"]), bool(said.data.get("fresh"))
    found = await registrations.approve(turn, key, version, guardian=words, fresh=fresh)
    return _decided(found, "reg.approved", key)


async def refusing(turn: Turn, said: Said) -> Reply:
    """拒绝: ask for the reason."""
    key, version = (said.press.object, said.press.version) if said.press else (0, 0)
    turn.ask("reg.reason", id=key, version=version)
    choices = [
        (Choice(f"reg.reason.{reason}", "reg.why", key, version, number),)
        for number, reason in enumerate(REASONS)
    ]
    return Reply.of("reg.reason.ask", *choices, (_CANCEL,))


async def reason_chosen(turn: Turn, said: Said) -> Reply:
    """A reason with a button."""
    turn.close()
    if said.press is None:
        return Reply.of("router.stale")
    reason = REASONS[said.press.argument % len(REASONS)]
    found = await registrations.refuse(turn, said.press.object, said.press.version, reason)
    return _decided(found, "reg.refused")


async def reason_typed(turn: Turn, said: Said) -> Reply:
    """A reason in the reviewer's own words."""
    if not said.text:
        return Reply.of("reg.reason.ask", (_CANCEL,))
    turn.close()
    key, version = int(said.data["id"]), int(said.data["version"])
    return _decided(await registrations.refuse(turn, key, version, said.text), "reg.refused")


def _decided(found: Decided | Refusal, name: str, key: int = 0) -> Reply:
    if found is RegistrationRefusal.LINE_TAKEN:
        return Reply.of("reg.no.line_taken", (Choice("reg.look", "reg.see", key), _LIST))
    if isinstance(found, Decided):
        return Reply.of(name, (_LIST,), who=found.name, unit=found.unit_name)
    return _refused(found)


def _refused(found: Refusal) -> Reply:
    match found:
        case DoneBy(name=None):
            return Reply.of("reg.mine", (_LIST,))
        case DoneBy():
            return Reply((Say("common.done_by", {"name": found.name}, ((_LIST,),)),))
        case RegistrationRefusal.MISSING | RegistrationRefusal.CHANGED:
            return Reply.of(f"common.{found}", (_LIST,))
        case RegistrationRefusal():
            return Reply.of(f"reg.no.{found}", (_LIST,))


ROUTES = Routes(
    presses={
        "reg.list": (listed, _ACTIONS),
        "reg.see": (seen, _ACTIONS),
        "reg.ok": (approved, _ACTIONS),
        "reg.new": (approved_fresh, _ACTIONS),
        "reg.guardok": (guardian_confirmed, _ACTIONS),
        "reg.no": (refusing, _ACTIONS),
        "reg.why": (reason_chosen, _ACTIONS),
    },
    steps={
        "reg.guardian": (guardian_told, _ACTIONS),
        "reg.guardsure": (guardian_told, _ACTIONS),
        "reg.reason": (reason_typed, _ACTIONS),
    },
    in_place=frozenset({"reg.list", "reg.see", "reg.ok", "reg.new", "reg.guardok", "reg.why"}),
)
