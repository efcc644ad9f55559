"""/forget: what goes, what stays, asked twice, and then it is done."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services import forgetting
from services.forgetting import ForgetRefusal, Forgotten, HandOver, Plan
from services.turn import Turn

_ACTIONS = (Action.PUBLIC, Action.OWN_DELETE)
_CANCEL = Choice("dialog.cancel", "dialog.cancel")
_SURE = Choice("forget.sure", "forget.ok")


async def forget(turn: Turn, said: Said) -> Reply:
    """注销: say what it means."""
    found = await forgetting.plan(turn)
    if not isinstance(found, Plan):
        return _refused(found)
    turn.ask("forget.first")
    name = "forget.member" if found.person else "forget.account"
    more = Choice("forget.more", "forget.more")
    return Reply.of(name, (go("mydata"),), (more, _CANCEL), lines=_lines(found))


def _lines(found: Plan) -> list[Say]:
    """What happens to the accounts, what else ends, and what stays; nothing that is not there."""
    counted = (
        ("forget.invites", found.invites),
        ("forget.claims", found.claims),
        ("forget.registrations", found.registrations),
    )
    of = "member" if found.person else "account"
    lines = [Say(f"forget.channels.{of}", {"channels": _channels(found)})]
    lines += [Say(name, {"count": count}) for name, count in counted if count]
    lines += [Say("forget.office", {"role": r, "unit": u}) for r, u in found.offices]
    if found.minutes is not None:
        lines.append(Say(f"forget.kept.{of}", {"minutes": found.minutes}))
    elif found.person:
        lines.append(Say("forget.kept.nothing"))
    return lines


def _channels(found: Plan) -> list[Say]:
    return [Say(f"me.channel.{channel}") for channel in dict.fromkeys(found.channels)]


async def more(turn: Turn, said: Said) -> Reply:
    """Ask a second time."""
    if turn.dialog.step not in ("forget.first", "forget.sure"):
        return Reply.of("dialog.lost", (go("forget"),))
    turn.ask("forget.sure")
    return Reply.of("forget.last", (_SURE, _CANCEL))


async def again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only the button or its words count."""
    if turn.dialog.step == "forget.first":
        return Reply.of("forget.choose", (Choice("forget.more", "forget.more"), _CANCEL))
    return Reply.of("forget.choose", (_SURE, _CANCEL))


async def confirmed(turn: Turn, said: Said) -> Reply:
    """Do it; only from the second question."""
    if turn.dialog.step != "forget.sure":
        return Reply.of("dialog.lost", (go("forget"),))
    turn.close()
    found = await forgetting.forget(turn)
    if not isinstance(found, Forgotten):
        return _refused(found)
    return Reply.of("forget.done" if found.person else "forget.done.account", (go("start"),))


def _refused(found: HandOver | ForgetRefusal) -> Reply:
    if isinstance(found, HandOver):
        offices = [Say("forget.office.alone", {"role": r, "unit": u}) for r, u in found.offices]
        return Reply.of("forget.hand_over", (go("roles"), go("privacy")), lines=offices)
    if found is ForgetRefusal.DONE:
        return Reply.of("forget.done", (go("start"),))
    return Reply.of("common.missing", (go("help"),))


ROUTES = Routes(
    commands=(
        Command(
            "forget", ("注销", "forget", "forget me"), forget, who="everybody", actions=_ACTIONS
        ),
    ),
    presses={"forget.more": (more, _ACTIONS), "forget.ok": (confirmed, _ACTIONS)},
    steps={"forget.first": (again, _ACTIONS), "forget.sure": (again, _ACTIONS)},
)
