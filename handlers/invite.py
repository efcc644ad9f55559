"""/invite: a link and a QR code by which people join a unit; a list of those that still work."""

from __future__ import annotations

from bot.chat import Attachment, Choice, Reply, Say
from bot.pages import Page
from bot.router import Command, Routes, Said
from domain.rights import Action, Role
from services import invites, org, qr
from services.invites import DAYS, USES, Invite, InviteRefusal, Invites
from services.org import Gone
from services.turn import Turn


async def invite(turn: Turn, said: Said) -> Reply:
    """/invite [CODE or a piece of a unit's name]."""
    found = await org.entry(turn, said.text, Action.INVITE, Role.SECRETARY, Role.OFFICER)
    if isinstance(found, Gone):
        return _refused(InviteRefusal.MISSING)
    if found.total == 1:
        return await _unit(turn, found.items[0].id, 0)
    rows = [
        (Choice("invite.unit", "inv.open", one.id, facts={"unit": one.name}),)
        for one in found.items
    ]
    return Reply.of("invite.units", *rows)


async def opened(turn: Turn, said: Said) -> Reply:
    """The invites of a unit; the argument is the page."""
    if said.press is None:
        return _refused(InviteRefusal.MISSING)
    return await _unit(turn, said.press.object, said.press.argument)


async def _unit(turn: Turn, unit: int, page: int) -> Reply:
    found = await invites.live(turn, unit, page)
    if not isinstance(found, Invites):
        return _refused(found)
    days = tuple(
        Choice("invite.days", "inv.uses", unit, argument=number, facts={"days": one})
        for number, one in enumerate(DAYS)
    )
    rows = [days, *[(_item(one),) for one in found.items if not one.dead]]
    rows.append(Page(found.items, page, found.total).turner("inv.open", unit))
    lines: object = [_line(turn, one) for one in found.items] or Say("word.nothing")
    shown = [row for row in rows if row]
    return Reply.of("invite.list", *shown, unit=found.unit_name, lines=lines)


def _item(one: Invite) -> Choice:
    return Choice("invite.item", "inv.show", one.id, one.version, facts={"number": one.id})


def _line(turn: Turn, one: Invite) -> Say:
    day = one.expires_at.astimezone(turn.house.zone).date()
    facts = {"number": one.id, "used": one.used, "until": day}
    if one.dead:
        return Say("invite.line.dead", facts)
    if one.uses is None:
        return Say("invite.line.any", facts)
    return Say("invite.line", {**facts, "uses": one.uses})


async def uses_wanted(turn: Turn, said: Said) -> Reply:
    """How long was chosen: ask for how many."""
    if said.press is None or said.press.argument >= len(DAYS):
        return _refused(InviteRefusal.MISSING)
    first = said.press.argument * len(USES)
    labels = ("invite.any", "invite.fifty", "invite.one")
    row = tuple(
        Choice(label, "inv.make", said.press.object, argument=first + number)
        for number, label in enumerate(labels)
    )
    return Reply.of("invite.uses", row, days=DAYS[said.press.argument])


async def made(turn: Turn, said: Said) -> Reply:
    """How many was chosen: make it."""
    if said.press is None or said.press.argument >= len(DAYS) * len(USES):
        return _refused(InviteRefusal.MISSING)
    days, uses = divmod(said.press.argument, len(USES))
    return _card(turn, await invites.make(turn, said.press.object, DAYS[days], USES[uses]))


async def shown(turn: Turn, said: Said) -> Reply:
    """An earlier invite once more."""
    return _card(turn, await invites.show(turn, said.press.object if said.press else 0))


def _card(turn: Turn, found: Invite | InviteRefusal) -> Reply:
    """The QR code, and a text that can be pasted into a group."""
    if not isinstance(found, Invite):
        return _refused(found)
    link = f"{turn.house.base_url.rstrip('/')}/c/{found.payload}" if turn.house.base_url else ""
    image = Attachment(f"invite-{found.unit_code}.png", "image/png", qr.png(link or found.payload))
    facts = {"unit": found.unit_name, "line": _line(turn, found)}
    end = Choice("invite.revoke", "inv.drop", found.id, found.version, expires=found.expires_at)
    more = Choice("invite.more", "inv.open", found.unit_id)
    words = {"unit": found.unit_name, "payload": found.payload, "link": link}
    opens = Choice("invite.open", url=f"paste:{found.payload}")  # forwarded, it stays a link
    paste = Say("invite.paste.link", words) if link else Say("invite.paste", words, ((opens,),))
    return Reply((Say("invite.card", facts, ((end, more),), image), paste))


async def ending(turn: Turn, said: Said) -> Reply:
    """撤回: who is affected."""
    found = await invites.show(turn, said.press.object if said.press else 0)
    if not isinstance(found, Invite):
        return _refused(found)
    sure = Choice("dialog.confirm", "inv.drop.ok", found.id, found.version)
    keep = Choice("dialog.cancel", "dialog.cancel")
    return Reply.of("invite.drop.sure", (sure, keep), unit=found.unit_name, used=found.used)


async def ended(turn: Turn, said: Said) -> Reply:
    """Do it."""
    if said.press is None:
        return _refused(InviteRefusal.MISSING)
    found = await invites.revoke(turn, said.press.object, said.press.version)
    if not isinstance(found, Invite):
        return _refused(found)
    again = Choice("invite.more", "inv.open", found.unit_id)
    return Reply.of("invite.drop.done", (again,), unit=found.unit_name)


def _refused(refusal: InviteRefusal) -> Reply:
    match refusal:
        case InviteRefusal.CLOSED:
            return Reply.of("units.no.closed")
        case InviteRefusal.CHANGED:
            return Reply.of("common.changed")
        case _:
            return Reply.of("common.missing")


_RIGHT = (Action.INVITE,)
ROUTES = Routes(
    commands=(Command("invite", ("邀请", "invite"), invite, who="secretary", actions=_RIGHT),),
    presses={
        "inv.open": (opened, _RIGHT),
        "inv.uses": (uses_wanted, _RIGHT),
        "inv.make": (made, _RIGHT),
        "inv.show": (shown, _RIGHT),
        "inv.drop": (ending, _RIGHT),
        "inv.drop.ok": (ended, _RIGHT),
    },
    in_place=frozenset({"inv.open", "inv.uses", "inv.drop", "inv.drop.ok"}),
)
