"""What is said while somebody registers: /join and /start begin the same way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import abroad
from bot.chat import Choice, Reply, Say
from bot.going import go
from domain.joining import FIELDS, STATUSES, Field, Form, next_field
from domain.people import masked_phone
from services import joining
from services.joining import Already, JoinRefusal, MoveOffer
from services.people import local_day, shown_name
from services.shown import masked, withheld
from services.turn import Turn
from services.waits import Open

CANCEL = Choice("dialog.cancel", "dialog.cancel")
_OPTIONAL = (Field.NUMBER, Field.PHONE)
_CHECKED = (Field.BIRTH, Field.NUMBER)
_ANSWERS = (
    (Choice("join.yes", "join.yes"), Choice("join.no", "join.no")),
    (go("privacy"), CANCEL),
)


async def opened(turn: Turn, payload: str) -> Reply:
    """Answer an invite: its payload, or the whole address that a QR code holds."""
    asked_first = await abroad.asked(turn, "join", payload)
    if asked_first is not None:
        return asked_first
    found = await joining.begin(turn, payload.strip().rsplit("/", 1)[-1])
    if isinstance(found, JoinRefusal):
        return refused(found)
    if isinstance(found, Already):
        return waits((found.waiting,))
    if isinstance(found, MoveOffer):
        turn.ask("join.move", **found.form.data())
        yes = Choice("join.move", "join.move")
        return Reply.of("join.move.offer", (yes, CANCEL), unit=found.unit_name)
    if found.waiting is not None:
        turn.ask("join.again", **found.form.data(), unit_name=found.unit_name)
        yes = Choice("join.again", "join.again")
        return Reply.of("join.again.ask", (yes, CANCEL), unit=found.waiting)
    if found.consented:
        return asked(turn, found.form)
    return noticed(turn, found.form, found.unit_name)


def noticed(turn: Turn, form: Form, unit: str) -> Reply:
    """The short notice and its answers; nothing has been stored yet."""
    turn.ask("join.consent", **form.data(), unit_name=unit)
    return Reply.of("join.notice", *_ANSWERS, notice=Say("privacy.short"), unit=unit)


def hinted() -> Reply:
    """Something else was typed under the notice, which stands above: one line."""
    return Reply.of("join.hint", *_ANSWERS)


def waits(found: Sequence[Open]) -> Reply:
    """What waits for a verdict, for who is no member yet, with a button to take it back."""
    lines = [Say("me.open.unit", {"unit": one.unit_name, "since": one.since}) for one in found]
    return Reply.of("me.waits", *take_back(found), (go("help"),), lines=lines)


def take_back(found: Sequence[Open]) -> list[tuple[Choice, ...]]:
    """撤回申请 for each that the speaker began."""
    return [(Choice("me.back", "me.back", one.id, one.version),) for one in found if one.mine]


def asked(turn: Turn, form: Form, problem: Say | None = None) -> Reply:
    """The next question, after a word on what was wrong; or everything read back."""
    away = withheld(turn)  # a phone is not even asked where it must not go
    field = next_field(form, local_day(turn), (Field.PHONE,) if away else ())
    if field is None:
        return read_back(turn, form)
    turn.ask(f"join.{field}", **form.data())
    says = () if problem is None else (problem,)
    name = f"join.{field}.abroad" if away and field in _CHECKED else f"join.{field}"
    return Reply((*says, Say(name, rows=_rows(field))))


def _rows(field: Field) -> tuple[tuple[Choice, ...], ...]:
    if field is Field.STATUS:
        found = [
            Choice(f"word.{status}", "join.status", argument=number)
            for number, status in enumerate(STATUSES)
        ]
        return (*_pairs(found), (CANCEL,))
    if field is Field.GUARDIAN:
        yes = Choice("join.guardian.yes", "join.guard", argument=1)
        return ((yes,), (Choice("join.guardian.no", "join.guard"), CANCEL))
    if field in _OPTIONAL:
        skip = Choice("dialog.skip", "join.skip", argument=FIELDS.index(field))
        return ((skip, CANCEL),)
    return ((CANCEL,),)


def _pairs(choices: list[Choice]) -> list[tuple[Choice, ...]]:
    return [tuple(choices[start : start + 2]) for start in range(0, len(choices), 2)]


def read_back(turn: Turn, form: Form) -> Reply:
    """Everything that was answered, to be confirmed. Nothing has been stored yet."""
    turn.ask("join.confirm", **form.data())
    choices = (Choice("dialog.confirm", "join.ok"), Choice("dialog.edit", "join.edit"), CANCEL)
    lines = [Say(f"join.line.{field}", {"value": _value(turn, form, field)}) for field in FIELDS]
    kept = [line for line, field in zip(lines, FIELDS, strict=True) if field in form.answered]
    return Reply.of("join.confirm", choices, lines=kept)


def _value(turn: Turn, form: Form, field: Field) -> Say | str | None:
    match field:
        case Field.NAME:
            return shown_name(turn, form.name or "")
        case Field.BIRTH:
            return Say("word.filled") if withheld(turn) else Say("join.day", {"day": form.birth})
        case Field.NUMBER:
            return masked(turn, form.number, str) or Say("word.nothing")
        case Field.PHONE:
            return masked(turn, form.phone, masked_phone) or Say("word.nothing")
        case Field.STATUS:
            return Say(f"word.{form.status}")
        case Field.GUARDIAN:
            return Say(f"join.guardian.{'yes' if form.guardian else 'no'}")


def edited(turn: Turn, form: Form) -> Reply:
    """Which answer shall be given anew."""
    turn.ask("join.confirm", **form.data())
    found = [
        Choice(f"join.field.{field}", "join.field", argument=number)
        for number, field in enumerate(FIELDS)
        if field in form.answered
    ]
    return Reply.of("join.edit", *_pairs(found), (CANCEL,))


def later(turn: Turn, until: datetime) -> Reply:
    """Too often for now: what was answered stays, to be sent off when it goes on."""
    turn.keep(until)
    moving = turn.dialog.step == "join.move"
    yes = Choice("join.move", "join.move") if moving else Choice("dialog.confirm", "join.ok")
    return Reply.of("join.later", (yes, CANCEL), until=until, label=Say(yes.label))


def refused(refusal: JoinRefusal) -> Reply:
    """Why nobody joined, kindly."""
    return Reply.of(f"join.refused.{refusal}", (go("help"),))
