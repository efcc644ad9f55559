"""A new unit: its kind, its name, its code, and yes."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.org import BELOW, UnitKind
from domain.rights import Action
from handlers.units import saying
from services import org, org_changes
from services.org import Gone, UnitView
from services.org_changes import Changed, Plan
from services.turn import Turn

_KINDS = tuple(UnitKind)


async def begun(turn: Turn, said: Said) -> Reply:
    """新建下级: which kinds may hang here; asked again when something else is typed."""
    unit = said.press.object if said.press else int(said.data.get("parent", 0))
    seen = await org.view_for(turn, unit, Action.UNIT_CREATE)
    if not isinstance(seen, UnitView):
        return saying.refused(Gone.MISSING)
    kinds = BELOW[seen.unit.kind]
    if not kinds:
        return Reply.of("units.no.kind", (saying.opener(seen.unit.id),))
    turn.ask("unit.new.kind", parent=seen.unit.id)
    rows = [(_kind(one, seen.unit.id),) for one in kinds]
    return Reply.of("units.new.kind", *rows, saying.CANCEL, unit=seen.unit.name)


def _kind(kind: UnitKind, parent: int) -> Choice:
    return Choice(f"word.{kind}", "unit.new.kind", parent, argument=_KINDS.index(kind))


async def kind_chosen(turn: Turn, said: Said) -> Reply:
    """The kind was chosen: ask for the name."""
    if said.press is None or said.press.argument >= len(_KINDS):
        return saying.refused(Gone.CHANGED)
    kind = _KINDS[said.press.argument]
    turn.ask("unit.new.name", parent=said.press.object, kind=str(kind))
    return Reply.of("units.new.name", saying.CANCEL, kind=str(kind))


async def named(turn: Turn, said: Said) -> Reply:
    """The name was typed: show what will be made."""
    return await _planned(turn, dict(said.data), said.text, None)


async def code_wanted(turn: Turn, said: Said) -> Reply:
    """改编号: the officer has a code of their own."""
    if turn.dialog.step != "unit.new.sure":
        return Reply.of("dialog.lost")
    turn.ask("unit.new.code", **said.data)
    return Reply.of("units.new.code", saying.CANCEL)


async def coded(turn: Turn, said: Said) -> Reply:
    """The code was typed."""
    return await _planned(turn, dict(said.data), str(said.data["name"]), said.text)


async def _planned(turn: Turn, data: dict[str, object], name: str, code: str | None) -> Reply:
    parent, kind = int(str(data["parent"])), UnitKind(str(data["kind"]))
    plan = await org_changes.plan_create(turn, parent, kind, name, code)
    if not isinstance(plan, Plan):
        return saying.refused(plan, saying.CANCEL)
    turn.ask("unit.new.sure", parent=parent, kind=kind, name=plan.name, code=plan.code)
    rows = saying.confirm("unit.new.ok", plan, Choice("units.recode", "unit.new.code"))
    return Reply.of(
        "units.new.sure",
        *rows,
        unit=plan.name,
        kind=kind,
        code=plan.code,
        other=plan.other,
        warnings=saying.warnings(plan),
    )


async def asked_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers: the same question once more."""
    return await _planned(turn, dict(said.data), str(said.data["name"]), str(said.data["code"]))


async def agreed(turn: Turn, said: Said) -> Reply:
    """Make it."""
    if turn.dialog.step != "unit.new.sure":
        return Reply.of("dialog.lost")
    data, kind = said.data, UnitKind(said.data["kind"])
    turn.close()
    made = await org_changes.create(turn, data["parent"], kind, data["name"], data["code"])
    if not isinstance(made, Changed):
        return saying.refused(made)
    rows = (
        (Choice("units.invite", "inv.open", made.unit_id), saying.opener(made.unit_id)),
        (Choice("units.new_more", "unit.new", made.other_id), _undo(made)),
    )
    return Reply.of("units.new.done", *rows, unit=made.name, other=made.other, code=data["code"])


def _undo(made: Changed) -> Choice:
    return Choice("units.undo", "unit.close.ok", made.unit_id, made.version)


PRESSES = {
    "unit.new": (begun, (Action.UNIT_VIEW, Action.UNIT_CREATE)),
    "unit.new.kind": (kind_chosen, (Action.UNIT_CREATE,)),
    "unit.new.code": (code_wanted, (Action.UNIT_CREATE,)),
    "unit.new.ok": (agreed, (Action.UNIT_CREATE,)),
}
STEPS = {
    "unit.new.kind": (begun, (Action.UNIT_VIEW, Action.UNIT_CREATE)),
    "unit.new.sure": (asked_again, (Action.UNIT_CREATE,)),
    "unit.new.name": (named, (Action.UNIT_CREATE,)),
    "unit.new.code": (coded, (Action.UNIT_CREATE,)),
}
