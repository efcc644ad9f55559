"""Corrections of one person: name, member status, a guardian's consent."""

from __future__ import annotations

from datetime import date

from bot.chat import Choice, Reply
from bot.router import Said
from domain.joining import STATUSES
from domain.names import NameProblem, clean_name
from domain.rights import Action
from domain.roster.values import read_birth_date
from handlers.members.saying import CANCEL, done, refused
from services import member_changes
from services.members import MembersRefusal
from services.people import local_day
from services.turn import Turn


def _asked(turn: Turn, said: Said, step: str, **data: object) -> None:
    key, version = (said.press.object, said.press.version) if said.press else (0, 0)
    turn.ask(step, id=key, version=version, **data)


async def name_asked(turn: Turn, said: Said) -> Reply:
    """Ask for the right name."""
    _asked(turn, said, "members.name")
    return Reply.of("members.name.ask", (CANCEL,))


async def name_typed(turn: Turn, said: Said) -> Reply:
    """Read the name back."""
    name = clean_name(said.text)
    if isinstance(name, NameProblem):
        return Reply.of("members.no.name", (CANCEL,))
    turn.ask("members.namesure", **{**said.data, "name": name})
    return Reply.of("members.name.sure", (_sure("members.nameok"), CANCEL), new=name)


def _sure(purpose: str) -> Choice:
    return Choice("dialog.confirm", purpose)


async def name_confirmed(turn: Turn, said: Said) -> Reply:
    """Correct the name."""
    if turn.dialog.step != "members.namesure":
        return Reply.of("dialog.lost")
    turn.close()
    person, version = int(said.data["id"]), int(said.data["version"])
    found = await member_changes.rename(turn, person, version, str(said.data["name"]))
    return done(found, "members.name.done", person)


async def sure_again(turn: Turn, said: Said) -> Reply:
    """Something was typed where a button is needed."""
    purpose = {"members.namesure": "members.nameok", "members.movesure": "members.moveok"}
    return Reply.of("join.choose", (_sure(purpose[turn.dialog.step or ""]), CANCEL))


async def status_asked(turn: Turn, said: Said) -> Reply:
    """Offer the kinds of member status."""
    key, version = (said.press.object, said.press.version) if said.press else (0, 0)
    choices = [
        Choice(f"word.{status}", "members.setto", key, version, number)
        for number, status in enumerate(STATUSES)
    ]
    rows = [tuple(choices[start : start + 2]) for start in range(0, len(choices), 2)]
    return Reply.of("members.status.ask", *rows, (CANCEL,))


async def status_chosen(turn: Turn, said: Said) -> Reply:
    """Ask since when."""
    number = said.press.argument % len(STATUSES) if said.press else 0
    _asked(turn, said, "members.day", status=number)
    today = Choice("members.today", "members.today")
    return Reply.of("members.day.ask", (today, CANCEL), status=str(STATUSES[number]))


async def today(turn: Turn, said: Said) -> Reply:
    """Since today."""
    if turn.dialog.step != "members.day":
        return Reply.of("dialog.lost")
    return await _since(turn, said, local_day(turn))


async def day_typed(turn: Turn, said: Said) -> Reply:
    """Since a typed day."""
    day = read_birth_date(said.text[:40], local_day(turn))
    if not isinstance(day, date):
        return Reply.of("members.no.day", (Choice("members.today", "members.today"), CANCEL))
    return await _since(turn, said, day)


async def _since(turn: Turn, said: Said, day: date) -> Reply:
    turn.close()
    person, version = int(said.data["id"]), int(said.data["version"])
    status = STATUSES[int(said.data["status"])]
    found = await member_changes.set_status(turn, person, version, status, day)
    return done(found, "members.status.done", person)


async def guardian_asked(turn: Turn, said: Said) -> Reply:
    """Ask who agreed, when and how."""
    _asked(turn, said, "members.guard")
    return Reply.of("members.guard.ask", (CANCEL,))


async def guardian_typed(turn: Turn, said: Said) -> Reply:
    """Record a guardian's consent."""
    person, version = int(said.data["id"]), int(said.data["version"])
    found = await member_changes.record_guardian(turn, person, version, said.text.strip())
    if found is MembersRefusal.WORDS:
        return Reply.of("members.guard.ask", (CANCEL,))
    turn.close()
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    return done(found, "members.guard.done", person)


_CHANGE = (Action.ROSTER_IMPORT,)
_GUARD = (Action.REGISTRATION_REVIEW,)
PRESSES = {
    "members.name": (name_asked, _CHANGE),
    "members.nameok": (name_confirmed, _CHANGE),
    "members.status": (status_asked, _CHANGE),
    "members.setto": (status_chosen, _CHANGE),
    "members.today": (today, _CHANGE),
    "members.guard": (guardian_asked, _GUARD),
}
STEPS = {
    "members.name": (name_typed, _CHANGE),
    "members.namesure": (sure_again, _CHANGE),
    "members.day": (day_typed, _CHANGE),
    "members.guard": (guardian_typed, _GUARD),
}
