"""The first admin's first minutes: consent, the top unit, their own name."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.names import NameProblem
from domain.org import UnitKind, unit_name
from domain.rights import Action
from handlers.units import saying
from services import consents, founding
from services.founding import Founded
from services.org import Gone
from services.turn import Turn

_KINDS = tuple(UnitKind)


async def begun(turn: Turn, said: Said) -> Reply:
    """同意并开始: the consent is recorded before the first stored field."""
    if not await founding.needed(turn):
        return saying.refused(Gone.MISSING)
    await consents.give(turn, "register")
    turn.ask("found.unit")
    return Reply.of("found.unit", saying.CANCEL)


async def unit_named(turn: Turn, said: Said) -> Reply:
    """The name of the top unit was typed: ask what kind it is."""
    name = unit_name(said.text)
    if isinstance(name, NameProblem):
        return saying.refused(name, saying.CANCEL)
    return _kinds(turn, name)


async def kind_asked_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers: the same question once more."""
    return _kinds(turn, str(said.data["unit"]))


def _kinds(turn: Turn, name: str) -> Reply:
    turn.ask("found.kind", unit=name)
    rows = [
        (Choice(f"word.{kind}", "found.kind", argument=number),)
        for number, kind in enumerate(_KINDS)
    ]
    return Reply.of("found.kind", *rows, saying.CANCEL, unit=name)


async def kind_chosen(turn: Turn, said: Said) -> Reply:
    """The kind was chosen: ask who is speaking."""
    if turn.dialog.step != "found.kind" or said.press is None:
        return Reply.of("dialog.lost")
    turn.ask("found.name", unit=said.data["unit"], kind=str(_KINDS[said.press.argument]))
    return Reply.of("found.name", saying.CANCEL)


async def named(turn: Turn, said: Said) -> Reply:
    """Their own name was typed: found it."""
    unit, kind = str(said.data["unit"]), UnitKind(said.data["kind"])
    found = await founding.found(turn, unit, said.text, kind)
    if isinstance(found, NameProblem):
        return saying.refused(found, saying.CANCEL)
    turn.close()
    if not isinstance(found, Founded):
        return saying.refused(Gone.MISSING)
    rows = (
        (Choice("units.new", "unit.new", found.unit_id, 1), saying.opener(found.unit_id)),
        (Choice("units.invite", "inv.open", found.unit_id),),
    )
    return Reply.of("found.done", *rows, unit=found.unit_name, code=found.code)


PRESSES = {
    "found.begin": (begun, (Action.FOUND,)),
    "found.kind": (kind_chosen, (Action.FOUND,)),
}
STEPS = {
    "found.unit": (unit_named, (Action.FOUND,)),
    "found.kind": (kind_asked_again, (Action.FOUND,)),
    "found.name": (named, (Action.FOUND,)),
}
