"""The pages of a unit's people, the units below it, and the search by name."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply, Say
from bot.pages import Page
from bot.router import Said
from domain.rights import Action
from handlers.members.saying import CANCEL, refused
from services import members as people
from services.members import Listed, MembersRefusal, Place, Roster
from services.turn import PAGE, Turn


async def members(turn: Turn, said: Said) -> Reply:
    """The unit where the speaker answers for people, or which of several."""
    found = await people.places(turn)
    if not found:
        return refused(MembersRefusal.MISSING)
    if len(found) == 1:
        return _roster(await people.listed(turn, found[0].id, 0, said.text), said.text)
    return _choose(found, 0)


async def choose(turn: Turn, said: Said) -> Reply:
    """Another page of the units to choose from."""
    found = await people.places(turn)
    if not found:
        return refused(MembersRefusal.MISSING)
    return _choose(found, said.press.argument if said.press else 0)


def _choose(found: Sequence[Place], number: int) -> Reply:
    page = Page(found[number * PAGE : (number + 1) * PAGE], number, len(found))
    return _choices(page, page.turner("members.places"))


def _choices(page: Page[Place], turner: tuple[Choice, ...]) -> Reply:
    return Reply.of("members.choose", *filter(None, (*_units(page), turner)))


def _units(page: Page[Place]) -> list[tuple[Choice, ...]]:
    return [
        (Choice("members.place", "members.unit", one.id, facts={"unit": one.name}),)
        for one in page.items
    ]


async def unit(turn: Turn, said: Said) -> Reply:
    """A page of one unit."""
    key, page = (said.press.object, said.press.argument) if said.press else (0, 0)
    turn.close()
    return _roster(await people.listed(turn, key, page))


async def below(turn: Turn, said: Said) -> Reply:
    """The units directly below one."""
    key, number = (said.press.object, said.press.argument) if said.press else (0, 0)
    page = await people.below(turn, key, number)
    if isinstance(page, MembersRefusal):
        return refused(page)
    return _choices(page, page.turner("members.below", key))


async def find(turn: Turn, said: Said) -> Reply:
    """Ask for a name, or a piece of one."""
    turn.ask("members.find", unit=said.press.object if said.press else 0)
    return Reply.of("members.find", (CANCEL,))


async def typed(turn: Turn, said: Said) -> Reply:
    """The name to look for."""
    unit = int(said.data["unit"])
    turn.ask("members.find", unit=unit, text=said.text)
    return _roster(await people.listed(turn, unit, 0, said.text), said.text)


async def more(turn: Turn, said: Said) -> Reply:
    """Another page of what was found; the text is in the dialog."""
    text = str(said.data.get("text", ""))
    if said.press is None or turn.dialog.step != "members.find" or not text:
        return Reply.of("dialog.lost")
    found = await people.listed(turn, said.press.object, said.press.argument, text)
    return _roster(found, text)


def _roster(found: Roster | MembersRefusal, text: str = "") -> Reply:
    if isinstance(found, MembersRefusal):
        return refused(found)
    rows = [
        (Choice("members.open", "members.see", one.id, one.version, facts={"who": one.name}),)
        for one in found.page.items
    ]
    turner = found.page.turner("members.more" if text else "members.unit", found.unit_id)
    name = "members.found" if text else "members.page"
    return Reply.of(
        name if found.page.total else f"{name}.none",
        *filter(None, (*rows, turner, _ways(found))),
        unit=found.unit_name,
        count=found.page.total,
        lines=[_line(one) for one in found.page.items],
    )


def _line(one: Listed) -> Say:
    status = Say(f"word.{one.member_status}") if one.member_status else Say("word.nothing")
    facts = {"who": one.name, "status": status, "claimed": "active" if one.claimed else "roster"}
    return Say("members.line.guardian" if one.guardian_missing else "members.line", facts)


def _ways(found: Roster) -> tuple[Choice, ...]:
    search = Choice("members.search", "members.ask", found.unit_id)
    if not found.children:
        return (search,)
    return (search, Choice("members.below", "members.below", found.unit_id))


_LIST = (Action.MEMBER_LIST,)
PRESSES = {
    "members.places": (choose, _LIST),
    "members.unit": (unit, _LIST),
    "members.below": (below, _LIST),
    "members.ask": (find, _LIST),
    "members.more": (more, _LIST),
}
STEPS = {"members.find": (typed, _LIST)}
