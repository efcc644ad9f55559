"""/me: the own record, what is open, and changes of the own phone and number."""

from __future__ import annotations

from bot import joining
from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.joining import Field, FieldProblem
from domain.people import masked_phone
from domain.rights import Action
from services import people, review_queue
from services.people import ContactRefusal, Me
from services.shown import withheld
from services.turn import Turn
from services.waits import take_back, waiting

_FIELDS = (Field.PHONE, Field.NUMBER)
_CANCEL = Choice("dialog.cancel", "dialog.cancel")
_OWN = (Action.OWN_CHANGE,)


async def me(turn: Turn, said: Said) -> Reply:
    """The own record; who has not registered reads how to."""
    found = await people.me(turn)
    if found is None or found.status != "active":
        waits = await waiting(turn)
        if waits:
            return joining.waits(waits)
        return Reply.of("me.stranger", (go("join"), go("help")))
    reviews = await review_queue.noticed(turn)
    choices = (go("hours"), go("privacy"), go("lang")), (Choice("me.edit", "me.edit"), go("link"))
    first = ((go("review"),),) if reviews else ()
    ways = (*first, *choices, *joining.take_back(found.waits))
    lines = _open(found, reviews)
    return Reply.of("me.card", *ways, who=found.name, parts=_parts(found), lines=lines)


async def taken_back(turn: Turn, said: Said) -> Reply:
    """撤回申请."""
    key, version = (said.press.object, said.press.version) if said.press else (0, 0)
    refused = await take_back(turn, key, version)
    if refused is not None:
        return Reply.of(f"common.{refused}", (go("me"),))
    return Reply.of("me.back.done", (go("join"), go("help")))


def _parts(found: Me) -> list[Say]:
    """A line for each field that there is."""
    parts: tuple[tuple[str, object], ...] = (
        ("path", found.path),
        ("status", Say(f"word.{found.member_status}") if found.member_status else None),
        ("roles", [Say("me.role", {"role": role, "unit": unit}) for role, unit in found.roles]),
        ("number", found.number),
        ("phone", found.phone),
        ("channels", [Say(f"me.channel.{channel}") for channel in found.channels]),
    )
    return [Say(f"me.part.{name}", {"value": value}) for name, value in parts if value]


def _open(found: Me, reviews: list[Say]) -> list[Say]:
    lines = [Say("me.open.reviews", {"kinds": reviews})] if reviews else []
    lines += [
        Say(
            "me.open.unit" if one.mine else "me.open.move",
            {"unit": one.unit_name, "since": one.since},
        )
        for one in found.waits
    ]
    if found.claims:
        lines.append(Say("me.open.claims", {"count": found.claims}))
    return lines or [Say("me.open.nothing")]


async def edit(turn: Turn, said: Said) -> Reply:
    """修改资料: which field."""
    choices = tuple(
        Choice(f"join.field.{field}", "me.field", argument=number)
        for number, field in enumerate(_FIELDS)
    )
    return Reply.of("me.edit.ask", choices, (_CANCEL,))


async def field_chosen(turn: Turn, said: Said) -> Reply:
    """Ask for the new value."""
    field = _FIELDS[said.press.argument % len(_FIELDS)] if said.press else _FIELDS[0]
    turn.ask("me.value", field=str(field))
    found = await people.me(turn)
    held = field is Field.PHONE and found is not None and found.phone is not None
    clear = (Choice("me.clear", "me.clear"),) if held else ()
    if not withheld(turn):
        return Reply.of(f"me.new.{field}", (*clear, _CANCEL))
    return _asked_abroad(field, *clear)


def _asked_abroad(field: Field, *clear: Choice) -> Reply:
    """A phone is not asked where it must not go; a number is, and not said back."""
    if field is Field.PHONE:
        return Reply.of("me.new.phone.abroad", (*clear, go("link")), (_CANCEL,))
    return Reply.of("me.new.number.abroad", (_CANCEL,))


async def cleared(turn: Turn, said: Said) -> Reply:
    """清空: read back that the phone is to go."""
    if turn.dialog.step != "me.value":
        return Reply.of("dialog.lost", (go("me"),))
    turn.ask("me.confirm", field=str(Field.PHONE), value=None)
    return Reply.of("me.confirm.clear", (Choice("dialog.confirm", "me.ok"), _CANCEL))


async def value_typed(turn: Turn, said: Said) -> Reply:
    """Read the new value back."""
    field = Field(said.data["field"])
    away = withheld(turn)
    if away and field is Field.PHONE:
        return _asked_abroad(field)
    value = people.contact(turn, field, said.text or " ")
    if isinstance(value, FieldProblem):
        return Reply.of(f"join.wrong.{value}", (_CANCEL,))
    turn.ask("me.confirm", field=str(field), value=value)
    yes = Choice("dialog.confirm", "me.ok")
    if away:
        return Reply.of("me.confirm.number.abroad", (yes, _CANCEL))
    shown = value if field is Field.NUMBER else masked_phone(value)
    return Reply.of(f"me.confirm.{field}", (yes, _CANCEL), value=shown)


async def confirm_again(turn: Turn, said: Said) -> Reply:
    """Something was typed where a button is needed."""
    return Reply.of("me.confirm.again", (Choice("dialog.confirm", "me.ok"), _CANCEL))


async def confirmed(turn: Turn, said: Said) -> Reply:
    """Make the change."""
    if turn.dialog.step != "me.confirm":
        return Reply.of("dialog.lost", (go("me"),))
    turn.close()
    field = Field(said.data["field"])
    refused = await people.change_contact(turn, field, said.data["value"])
    match refused:
        case ContactRefusal():
            return Reply.of(f"common.{refused}", (go("me"),))
        case None:
            return Reply.of("me.changed", (go("me"),))


ROUTES = Routes(
    commands=(Command("me", ("我的", "me"), me, who="member", actions=_OWN),),
    presses={
        "me.edit": (edit, _OWN),
        "me.field": (field_chosen, _OWN),
        "me.clear": (cleared, _OWN),
        "me.back": (taken_back, (Action.PUBLIC, *_OWN)),
        "me.ok": (confirmed, _OWN),
    },
    steps={"me.value": (value_typed, _OWN), "me.confirm": (confirm_again, _OWN)},
)
