"""The first admin's first minutes: consent, the top unit, their own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.chat import Choice, Reply
from bot.router import Said
from domain.names import NameProblem, spoken_name
from domain.org import UnitKind, unit_name
from domain.rights import Action
from handlers.units import saying
from services import consents, founding
from services.founding import Founded
from services.org import Gone
from services.people import shown_name
from services.turn import Turn

_KINDS = tuple(UnitKind)
_UNIT, _NAME = range(2)  # what is given anew


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
    return _kinds(turn, {**said.data, "unit": name})


async def kind_asked_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers: the same question once more."""
    return _kinds(turn, said.data)


def _kinds(turn: Turn, data: Mapping[str, Any]) -> Reply:
    turn.ask("found.kind", **data)
    rows = [
        (Choice(f"word.{kind}", "found.kind", argument=number),)
        for number, kind in enumerate(_KINDS)
    ]
    return Reply.of("found.kind", *rows, saying.CANCEL, unit=data["unit"])


async def kind_chosen(turn: Turn, said: Said) -> Reply:
    """The kind was chosen: ask who is speaking."""
    if turn.dialog.step != "found.kind" or said.press is None:
        return Reply.of("dialog.lost")
    data = {**said.data, "kind": str(_KINDS[said.press.argument])}
    if "name" in data:
        return _read_back(turn, data)
    turn.ask("found.name", **data)
    return Reply.of("found.name", saying.CANCEL)


async def named(turn: Turn, said: Said) -> Reply:
    """Their own name was typed: everything is read back."""
    name = spoken_name(said.text)
    if isinstance(name, NameProblem):
        return saying.refused(name, saying.CANCEL)
    return _read_back(turn, {**said.data, "name": name})


def _read_back(turn: Turn, data: Mapping[str, Any]) -> Reply:
    """What would be founded and by whom. Nothing of it has been stored yet."""
    turn.ask("found.sure", **data)
    rows = (
        (Choice("dialog.confirm", "found.ok"),),
        (
            Choice("found.edit.unit", "found.edit", argument=_UNIT),
            Choice("found.edit.name", "found.edit", argument=_NAME),
        ),
        saying.CANCEL,
    )
    facts = {"unit": data["unit"], "kind": data["kind"], "who": shown_name(turn, data["name"])}
    return Reply.of("found.sure", *rows, **facts)


async def read_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers."""
    return _read_back(turn, said.data)


async def edited(turn: Turn, said: Said) -> Reply:
    """改组织 or 改姓名: that question once more."""
    if turn.dialog.step != "found.sure" or said.press is None:
        return Reply.of("dialog.lost")
    field = "found.name" if said.press.argument == _NAME else "found.unit"
    turn.ask(field, **said.data)
    return Reply.of(field, saying.CANCEL)


async def confirmed(turn: Turn, said: Said) -> Reply:
    """确认: found it."""
    if turn.dialog.step != "found.sure":
        return Reply.of("dialog.lost")
    turn.close()
    data = said.data
    found = await founding.found(turn, data["unit"], data["name"], UnitKind(data["kind"]))
    if not isinstance(found, Founded):  # somebody was faster
        return saying.refused(Gone.MISSING)
    rows = (
        (Choice("units.new", "unit.new", found.unit_id, 1), saying.opener(found.unit_id)),
        (Choice("units.invite", "inv.open", found.unit_id),),
    )
    return Reply.of("found.done", *rows, unit=found.unit_name, code=found.code)


PRESSES = {
    "found.begin": (begun, (Action.FOUND,)),
    "found.kind": (kind_chosen, (Action.FOUND,)),
    "found.edit": (edited, (Action.FOUND,)),
    "found.ok": (confirmed, (Action.FOUND,)),
}
STEPS = {
    "found.unit": (unit_named, (Action.FOUND,)),
    "found.kind": (kind_asked_again, (Action.FOUND,)),
    "found.name": (named, (Action.FOUND,)),
    "found.sure": (read_again, (Action.FOUND,)),
}
