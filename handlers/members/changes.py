"""Corrections of one person: name and member status."""

from __future__ import annotations

from datetime import date

from bot.chat import Choice, Reply
from bot.router import Said
from domain.joining import STATUSES
from domain.names import NameProblem, alias, spoken_name
from domain.rights import Action
from domain.roster.values import read_birth_date
from handlers.members.saying import CANCEL, asked, done
from services import member_changes
from services.people import local_day
from services.shown import who
from services.turn import Turn


async def name_asked(turn: Turn, said: Said) -> Reply:
    """Ask for the right name."""
    asked(turn, said, "members.name")
    return Reply.of("members.name.ask", (CANCEL,))


async def name_typed(turn: Turn, said: Said) -> Reply:
    """Read the name back."""
    name = spoken_name(said.text)
    if isinstance(name, NameProblem):
        return Reply.of("members.no.name", (CANCEL,))
    turn.ask("members.namesure", **{**said.data, "name": name})
    shown = who(turn, name, alias(name))
    return Reply.of("members.name.sure", (_sure("members.nameok"), CANCEL), new=shown)


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
    asked(turn, said, "members.day", status=number)
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


_CHANGE = (Action.ROSTER_IMPORT,)
PRESSES = {
    "members.name": (name_asked, _CHANGE),
    "members.nameok": (name_confirmed, _CHANGE),
    "members.status": (status_asked, _CHANGE),
    "members.setto": (status_chosen, _CHANGE),
    "members.today": (today, _CHANGE),
}
STEPS = {
    "members.name": (name_typed, _CHANGE),
    "members.namesure": (sure_again, _CHANGE),
    "members.day": (day_typed, _CHANGE),
}
