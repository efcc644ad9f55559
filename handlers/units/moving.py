"""A unit goes under another parent, or is dissolved into another unit."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.rights import Action
from handlers.units import saying
from services import org, org_changes
from services.org import Gone, Refusal
from services.org_changes import Changed, Plan
from services.turn import Turn

_WORDS = {Action.UNIT_MOVE: "move", Action.UNIT_MERGE: "merge"}
_ACTIONS = {word: action for action, word in _WORDS.items()}


async def move_begun(turn: Turn, said: Said) -> Reply:
    """移动: where to."""
    return await _begun(turn, said, Action.UNIT_MOVE)


async def merge_begun(turn: Turn, said: Said) -> Reply:
    """合并: into which."""
    return await _begun(turn, said, Action.UNIT_MERGE)


async def _begun(turn: Turn, said: Said, action: Action) -> Reply:
    if said.press is None:
        return saying.refused(Gone.MISSING)
    data = {"unit": said.press.object, "version": said.press.version, "text": ""}
    return await _places(turn, action, data, 0)


async def turned(turn: Turn, said: Said) -> Reply:
    """Another page of where it may go."""
    action = _ACTIONS.get(str(turn.dialog.step).removeprefix("unit.").removesuffix(".to"))
    if action is None or said.press is None:
        return Reply.of("dialog.lost")
    return await _places(turn, action, dict(said.data), said.press.argument)


async def move_sought(turn: Turn, said: Said) -> Reply:
    """A code or a piece of a name was typed."""
    return await _places(turn, Action.UNIT_MOVE, {**said.data, "text": said.text}, 0)


async def merge_sought(turn: Turn, said: Said) -> Reply:
    """A code or a piece of a name was typed."""
    return await _places(turn, Action.UNIT_MERGE, {**said.data, "text": said.text}, 0)


async def _places(turn: Turn, action: Action, data: dict[str, object], page: int) -> Reply:
    word, text = _WORDS[action], str(data["text"])
    found = await org.places(turn, int(str(data["unit"])), action, text, page)
    if isinstance(found, Gone):
        return saying.refused(found)
    turn.ask(f"unit.{word}.to", **data)
    rows = saying.listed(found, f"unit.{word}.to", "unit.where")
    name = f"units.{word}.to" if found.total else "units.nowhere"
    return Reply.of(name, *rows, saying.CANCEL, text=text)


async def move_planned(turn: Turn, said: Said) -> Reply:
    """The new parent was chosen: show what goes with it."""
    if turn.dialog.step != "unit.move.to" or said.press is None:
        return Reply.of("dialog.lost")
    data, other = said.data, said.press.object
    plan = await org_changes.plan_move(turn, data["unit"], data["version"], other)
    return _sure(turn, plan, "move")


async def merge_planned(turn: Turn, said: Said) -> Reply:
    """The target was chosen: show what goes over, and that there is no way back."""
    if turn.dialog.step != "unit.merge.to" or said.press is None:
        return Reply.of("dialog.lost")
    data, other = said.data, said.press.object
    plan = await org_changes.plan_merge(turn, data["unit"], data["version"], other)
    return _sure(turn, plan, "merge")


def _sure(turn: Turn, plan: Plan | Refusal, word: str) -> Reply:
    if not isinstance(plan, Plan):
        return saying.refused(plan, saying.CANCEL)
    turn.ask(f"unit.{word}.sure", unit=plan.unit_id, version=plan.version, other=plan.other_id)
    return Reply.of(
        f"units.{word}.sure",
        *saying.confirm(f"unit.{word}.ok", plan),
        unit=plan.name,
        other=plan.other,
        people=plan.people,
        units=plan.units,
        waiting=plan.waiting,
        offices=plan.offices,
    )


async def move_asked_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers: the same question once more."""
    data = said.data
    plan = await org_changes.plan_move(turn, data["unit"], data["version"], data["other"])
    return _sure(turn, plan, "move")


async def merge_asked_again(turn: Turn, said: Said) -> Reply:
    """The same for a merge."""
    data = said.data
    plan = await org_changes.plan_merge(turn, data["unit"], data["version"], data["other"])
    return _sure(turn, plan, "merge")


async def move_agreed(turn: Turn, said: Said) -> Reply:
    """Do it."""
    if turn.dialog.step != "unit.move.sure":
        return Reply.of("dialog.lost")
    data = said.data
    turn.close()
    return _moved(await org_changes.move(turn, data["unit"], data["version"], data["other"]))


async def move_undone(turn: Turn, said: Said) -> Reply:
    """撤销."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    return _moved(await org_changes.undo_move(turn, said.press.object, said.press.version))


def _moved(found: Changed | Refusal) -> Reply:
    if not isinstance(found, Changed):
        return saying.refused(found)
    undo = Choice("units.undo", "unit.move.undo", found.unit_id, found.version)
    row = (saying.opener(found.unit_id), undo)
    return Reply.of("units.move.done", row, unit=found.name, other=found.other)


async def merge_agreed(turn: Turn, said: Said) -> Reply:
    """Do it."""
    if turn.dialog.step != "unit.merge.sure":
        return Reply.of("dialog.lost")
    data = said.data
    turn.close()
    found = await org_changes.merge(turn, data["unit"], data["version"], data["other"])
    if not isinstance(found, Changed):
        return saying.refused(found)
    row = (Choice("units.open", "unit.open", found.other_id),)
    return Reply.of("units.merge.done", row, unit=found.name, other=found.other)


_MOVE, _MERGE = (Action.UNIT_MOVE, Action.UNIT_CREATE), (Action.UNIT_MERGE,)
PRESSES = {
    "unit.move": (move_begun, _MOVE),
    "unit.move.to": (move_planned, _MOVE),
    "unit.move.ok": (move_agreed, _MOVE),
    "unit.move.undo": (move_undone, _MOVE),
    "unit.merge": (merge_begun, _MERGE),
    "unit.merge.to": (merge_planned, _MERGE),
    "unit.merge.ok": (merge_agreed, _MERGE),
    "unit.where": (turned, (*_MOVE, *_MERGE)),
}
STEPS = {
    "unit.move.to": (move_sought, _MOVE),
    "unit.merge.to": (merge_sought, _MERGE),
    "unit.move.sure": (move_asked_again, _MOVE),
    "unit.merge.sure": (merge_asked_again, _MERGE),
}
