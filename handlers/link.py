"""/link: one person on several channels, proved from both sides; where notices go."""

from __future__ import annotations

from bot import linking as saying
from bot.chat import Attachment, Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain import linking as rules
from domain.rights import Action
from services import link_answers, linking, owning, qr
from services.link_answers import Linked, Unlinked
from services.linking import Asked, Code
from services.owning import Own, OwnRefusal
from services.turn import Turn


async def link(turn: Turn, said: Said) -> Reply:
    """/link [CODE]: use a code; without one, the own accounts and a new code."""
    if said.text:
        return await saying.opened(turn, said.text)
    mine = await owning.mine(turn)
    if mine is None:
        return _enter(turn)
    made = await linking.new_code(turn)
    code = _code(turn, made) if isinstance(made, Code) else saying.refused(made).says
    waiting = [linking.asked(one) for one in await linking.questions(turn)]
    return Reply((_accounts(mine), *waiting, *code))


async def opened(turn: Turn, said: Said) -> Reply:
    """我的账号, from a notice: the accounts alone."""
    mine = await owning.mine(turn)
    return _enter(turn) if mine is None else Reply((_accounts(mine),))


async def enter(turn: Turn, said: Said) -> Reply:
    """输入绑定码: ask for it."""
    return _enter(turn)


def _enter(turn: Turn) -> Reply:
    turn.ask("link.code")
    return Reply.of("link.enter.ask", (saying.CANCEL,))


def _accounts(mine: list[Own]) -> Say:
    lines = [_line(one) for one in mine]
    rows: list[tuple[Choice, ...]] = []
    if len(mine) > 1:
        rows += [(_button("link.prefer", one),) for one in mine if not one.preferred]
        rows += [(_button("link.drop", one),) for one in mine]
    rows.append((Choice("link.enter", "link.enter"), go("me")))
    return Say("link.accounts", {"lines": lines}, tuple(rows))


def _line(one: Own) -> Say:
    marks = []
    if one.here:
        marks.append(Say("link.mark.here"))
    if one.preferred:
        marks.append(Say("link.mark.first"))
    if not one.reachable:
        marks.append(Say("link.mark.lost"))
    facts = {"channel": Say(f"me.channel.{one.channel}"), "marks": marks}
    return Say("link.line.marked" if marks else "link.line", facts)


def _button(purpose: str, one: Own) -> Choice:
    return Choice(purpose, purpose, one.id, facts={"channel": Say(f"me.channel.{one.channel}")})


def _code(turn: Turn, made: Code) -> tuple[Say, ...]:
    """The code with its picture, and a line that can be sent from the other account."""
    address = f"{turn.house.base_url}/c/{made.payload}" if turn.house.base_url else ""
    image = Attachment("link.png", "image/png", qr.png(address or made.payload))
    facts = {"code": rules.shown(made.code), "until": made.expires_at, "address": address}
    name = "link.code.address" if address else "link.code"
    return (Say(name, facts, (), image), Say("link.paste", {"code": made.code}))


async def code_typed(turn: Turn, said: Said) -> Reply:
    """The code that was asked for."""
    return await saying.opened(turn, said.text or " ")


async def sure_again(turn: Turn, said: Said) -> Reply:
    """Something was typed where a button is needed."""
    return Reply.of("link.sure.again", (Choice("link.ok", "link.ok"), saying.CANCEL))


async def confirmed(turn: Turn, said: Said) -> Reply:
    """确认绑定: ask the other side."""
    if turn.dialog.step != "link.sure":
        return Reply.of("dialog.lost", (go("link"),))
    turn.close()
    found = await linking.confirm(turn, said.data["link"], said.data["version"])
    if not isinstance(found, Asked):
        return saying.refused(found)
    back = Choice("link.back", "link.back", found.link, found.version)
    channel = Say(f"me.channel.{found.channel}")
    return Reply.of("link.waits", (back,), who=found.who, channel=channel)


async def taken_back(turn: Turn, said: Said) -> Reply:
    """不绑了, before the other side has answered."""
    refusal = await linking.withdraw(turn, *_named(said))
    return saying.refused(refusal) if refusal else Reply.of("link.back.done", (go("help"),))


async def agreed(turn: Turn, said: Said) -> Reply:
    """同意: now they are one person's."""
    found = await link_answers.approve(turn, *_named(said))
    if not isinstance(found, Linked):
        return saying.refused(found)
    undo = Choice("link.undo", "link.undo", found.link, found.version)
    facts = {"channel": Say(f"me.channel.{found.channel}"), "minutes": found.minutes}
    name = "link.done" if found.minutes is None else "link.done.merged"
    return Reply.of(name, (undo, go("me"), go("link")), **facts)


async def denied(turn: Turn, said: Said) -> Reply:
    """不是我."""
    found = await link_answers.refuse(turn, *_named(said))
    if isinstance(found, linking.LinkRefusal):
        return saying.refused(found)
    return Reply.of("link.denied", (go("me"),), channel=Say(f"me.channel.{found}"))


async def undone(turn: Turn, said: Said) -> Reply:
    """撤销绑定, within a day."""
    found = await link_answers.undo(turn, *_named(said))
    if not isinstance(found, Unlinked):
        return saying.refused(found)
    name = "link.undone.merged" if found.merged else "link.undone"
    return Reply.of(name, (go("link"), go("help")), channel=Say(f"me.channel.{found.channel}"))


def _named(said: Said) -> tuple[int, int]:
    return (said.press.object, said.press.version) if said.press else (0, 0)


async def dropping(turn: Turn, said: Said) -> Reply:
    """解绑: what will happen."""
    found = await owning.droppable(turn, _named(said)[0])
    if isinstance(found, OwnRefusal):
        return _no(found)
    yes = Choice("dialog.confirm", "link.drop.ok", found.id)
    name = "link.drop.here" if found.here else "link.drop.sure"
    return Reply.of(name, (yes, saying.CANCEL), channel=Say(f"me.channel.{found.channel}"))


async def dropped(turn: Turn, said: Said) -> Reply:
    """Do it."""
    found = await owning.drop(turn, _named(said)[0])
    if isinstance(found, OwnRefusal):
        return _no(found)
    again = Choice("link.enter", "link.enter") if found.here else go("link")
    return Reply.of("link.dropped", (again,), channel=Say(f"me.channel.{found.channel}"))


async def preferred(turn: Turn, said: Said) -> Reply:
    """通知先发这里."""
    found = await owning.prefer(turn, _named(said)[0])
    if isinstance(found, OwnRefusal):
        return _no(found)
    return Reply.of("link.preferred", (go("link"),), channel=Say(f"me.channel.{found.channel}"))


def _no(refusal: OwnRefusal) -> Reply:
    if refusal is OwnRefusal.MISSING:
        return Reply.of("common.missing")
    return Reply.of(f"link.no.{refusal}", (go("link"),))


_OWN = (Action.OWN_CHANGE,)
_ANY = (Action.PUBLIC, Action.OWN_CHANGE)
ROUTES = Routes(
    commands=(Command("link", ("绑定", "link"), link, who="everybody", actions=_ANY),),
    presses={
        "link.open": (opened, _ANY),
        "link.enter": (enter, ()),
        "link.ok": (confirmed, _ANY),
        "link.back": (taken_back, _ANY),
        "link.yes": (agreed, _OWN),
        "link.no": (denied, _OWN),
        "link.undo": (undone, _OWN),
        "link.drop": (dropping, _OWN),
        "link.drop.ok": (dropped, _OWN),
        "link.prefer": (preferred, _OWN),
    },
    steps={"link.code": (code_typed, _ANY), "link.sure": (sure_again, ())},
)
