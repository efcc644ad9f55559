"""/join: the notice, the questions, the read-back, and what came of it."""

from __future__ import annotations

from bot import joining
from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Handler, Routes, Said
from domain.joining import FIELDS, STATUSES, Field, FieldProblem, Form, fill, open_again
from domain.rights import Action
from services import consents
from services.consents import Purpose
from services.joining import Joined, JoinRefusal, TooOften, Waits, finish, move, stands
from services.people import local_day
from services.turn import Turn

_PUBLIC = (Action.PUBLIC,)
_OWN = (Action.PUBLIC, Action.OWN_CHANGE)
_OPTIONAL = (Field.NUMBER, Field.PHONE)
_NOTHING = frozenset("没有 没 无 暂无 不填 none no skip -".split())
_QUESTIONS = frozenset({"join.confirm", *(f"join.{field}" for field in FIELDS)})


async def join(turn: Turn, said: Said) -> Reply:
    """Begin with the code of an invite, or ask for it."""
    if said.text:
        return await joining.opened(turn, said.text)
    turn.ask("join.code")
    return Reply.of("join.code", (joining.CANCEL,))


async def consented(turn: Turn, said: Said) -> Reply:
    """同意: the consent is written down, then the first question."""
    form = _form(turn, said, "join.consent")
    if form is None:
        return _elsewhere(turn, said)
    if not await stands(turn, form):  # used up or revoked since it was opened
        turn.close()
        return joining.refused(JoinRefusal.CODE)
    await consents.give(turn, Purpose.REGISTER)
    return joining.asked(turn, form)


async def declined(turn: Turn, said: Said) -> Reply:
    """不同意: nothing was stored, nothing happens."""
    turn.close()
    return Reply.of("join.declined", (go("join"), go("help")))


async def notice_again(turn: Turn, said: Said) -> Reply:
    """Something else than yes or no was typed under the notice."""
    return joining.hinted() if Form.of(said.data) else Reply.of("dialog.lost", (go("join"),))


def _typed(field: Field) -> Handler:
    async def typed(turn: Turn, said: Said) -> Reply:
        text = "" if field in _OPTIONAL and _is_nothing(said.text) else said.text or " "
        return _filled(turn, said, Form.of(said.data), field, text)

    return typed


async def skipped(turn: Turn, said: Said) -> Reply:
    """跳过 under a question that need not be answered."""
    field = FIELDS[said.press.argument] if said.press else Field.NUMBER
    return _filled(turn, said, _form(turn, said, f"join.{field}"), field, "")


async def status_chosen(turn: Turn, said: Said) -> Reply:
    """The member status was chosen."""
    status = STATUSES[said.press.argument] if said.press else STATUSES[0]
    return _filled(turn, said, _form(turn, said, "join.status"), Field.STATUS, str(status))


async def guardian_said(turn: Turn, said: Said) -> Reply:
    """Whether a guardian knows and agrees."""
    word = "yes" if said.press and said.press.argument else "no"
    return _filled(turn, said, _form(turn, said, "join.guardian"), Field.GUARDIAN, word)


def _is_nothing(text: str) -> bool:
    """Whether an answer says that there is none."""
    return text.strip().rstrip("。.").casefold() in _NOTHING


def _filled(turn: Turn, said: Said, form: Form | None, field: Field, text: str) -> Reply:
    if form is None:
        return _elsewhere(turn, said)
    filled = fill(form, field, text, local_day(turn))
    if isinstance(filled, FieldProblem):
        return joining.asked(turn, form, Say(f"join.wrong.{filled}"))
    return joining.asked(turn, filled)


async def read_again(turn: Turn, said: Said) -> Reply:
    """Something was typed where a button is needed: show the question once more."""
    form = Form.of(said.data)
    return joining.asked(turn, form) if form else Reply.of("dialog.lost", (go("join"),))


async def edit(turn: Turn, said: Said) -> Reply:
    """修改: which answer."""
    form = _form(turn, said, "join.confirm")
    return joining.edited(turn, form) if form else _elsewhere(turn, said)


async def edit_field(turn: Turn, said: Said) -> Reply:
    """The answer to give anew was chosen."""
    form = _form(turn, said, "join.confirm")
    if form is None or said.press is None:
        return _elsewhere(turn, said)
    return joining.asked(turn, open_again(form, FIELDS[said.press.argument]))


async def confirmed(turn: Turn, said: Said) -> Reply:
    """确认: register."""
    form = _form(turn, said, "join.confirm")
    if form is None:
        return _elsewhere(turn, said)
    return _outcome(turn, await finish(turn, form))


async def moved(turn: Turn, said: Said) -> Reply:
    """Ask the other unit to take in who is registered elsewhere."""
    form = _form(turn, said, "join.move")
    if form is None:
        return _elsewhere(turn, said)
    return _outcome(turn, await move(turn, form))


async def replaced(turn: Turn, said: Said) -> Reply:
    """A new registration takes the place of the one that waits."""
    form = _form(turn, said, "join.again")
    if form is None:
        return _elsewhere(turn, said)
    if not await stands(turn, form):
        turn.close()
        return joining.refused(JoinRefusal.CODE)
    if not await consents.given(turn, Purpose.REGISTER):
        return joining.noticed(turn, form, str(said.data.get("unit_name", "")))
    return joining.asked(turn, form)


def _outcome(turn: Turn, found: Joined | Waits | JoinRefusal | TooOften) -> Reply:
    if isinstance(found, TooOften):
        return joining.later(turn, found.until)
    turn.close()
    match found:
        case Joined():
            name = "join.done.claimed" if found.claimed else "join.done"
            return Reply.of(name, (go("log"), go("hours"), go("help")), unit=found.unit_name)
        case Waits():
            name = "join.waits.guardian" if found.guardian else "join.waits"
            return Reply.of(name, (go("me"), go("help")), unit=found.unit_name)
        case JoinRefusal():
            return joining.refused(found)


def _form(turn: Turn, said: Said, step: str) -> Form | None:
    """The form of the open dialog, if it stands at the step that the button belongs to."""
    return Form.of(said.data) if turn.dialog.step == step else None


def _elsewhere(turn: Turn, said: Said) -> Reply:
    """The button of another step: the question that is open once more, if there is one."""
    form = Form.of(said.data) if turn.dialog.step in _QUESTIONS else None
    return joining.asked(turn, form) if form else Reply.of("dialog.lost", (go("join"),))


async def offered_again(turn: Turn, said: Said) -> Reply:
    """A yes or no was asked and something else was typed."""
    step = turn.dialog.step or "join.again"
    yes = Choice(step, step)
    return Reply.of("join.choose", (yes, joining.CANCEL))


async def code_typed(turn: Turn, said: Said) -> Reply:
    """The code of an invite was typed."""
    turn.close()
    return await joining.opened(turn, said.text)


ROUTES = Routes(
    commands=(
        Command(
            "join",
            ("加入", "join"),
            join,
            who="everybody",
            actions=(Action.PUBLIC,),
            takes_text=True,
        ),
    ),
    presses={
        "join.yes": (consented, _OWN),
        "join.no": (declined, _PUBLIC),
        "join.skip": (skipped, _PUBLIC),
        "join.status": (status_chosen, _PUBLIC),
        "join.guard": (guardian_said, _PUBLIC),
        "join.edit": (edit, _PUBLIC),
        "join.field": (edit_field, _PUBLIC),
        "join.ok": (confirmed, _OWN),
        "join.move": (moved, _OWN),
        "join.again": (replaced, _PUBLIC),
    },
    steps={
        "join.code": (code_typed, _PUBLIC),
        "join.consent": (notice_again, _PUBLIC),
        "join.name": (_typed(Field.NAME), _PUBLIC),
        "join.birth": (_typed(Field.BIRTH), _PUBLIC),
        "join.number": (_typed(Field.NUMBER), _PUBLIC),
        "join.phone": (_typed(Field.PHONE), _PUBLIC),
        "join.status": (_typed(Field.STATUS), _PUBLIC),
        "join.guardian": (read_again, _PUBLIC),
        "join.confirm": (read_again, _PUBLIC),
        "join.move": (offered_again, _PUBLIC),
        "join.again": (offered_again, _PUBLIC),
    },
)
