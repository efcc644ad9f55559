"""The things that rights are asked about: made afresh for each attempt that may change them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from domain.ledger import Stretch
from domain.linking import State
from domain.rights import Role, Target
from domain.roster import Fate, read_roster
from domain.tokens import Press
from services.granting import Wish
from services.roster_plan import to_json
from services.sheets import Sheet, pasted
from storage import claims, groups, invites, links, registrations
from storage import roles as offices
from storage.tx import Tx
from tests.authorisation.scene import TEEN, Scene, Speaker

ABSENT = 999_999
DAY = date(2026, 11, 20)
DAY_LONG = timedelta(hours=24)


@dataclass(slots=True)
class Thing:
    """One thing: what its buttons name, what the rights are asked about, whose it is.

    `facts` fill the dialogs about it; `speakers` stand to it in a way of their own; `marker` is
    read only by those who may know of it.
    """

    id: int
    target: Target
    owner: Speaker | None = None
    version: int = 1
    marker: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    speakers: dict[str, Speaker] = field(default_factory=dict)

    def absent(self) -> Thing:
        """The same question about something that does not exist."""
        names = ("person", "unit", "role", "code", "wish")
        facts = {**self.facts, **{name: ABSENT for name in names if name in self.facts}}
        if "code" in facts:
            facts["code"] = "NICHTS"
        if "wish" in facts:
            facts["wish"] = {**self.facts["wish"], "unit": ABSENT, "person": ABSENT}
            facts["wish"]["ends"] = self.facts["wish"]["ends"] and ABSENT
        return replace(self, id=ABSENT, facts=facts)


Make = Callable[[Scene, int, str], Awaitable[Thing]]


async def person(scene: Scene, unit: int, kind: str) -> Thing:
    """A member with a card of their own, an adult or (`minor`) of fifteen years."""
    minor = kind == "minor"
    who = await (scene.member(unit, birth=TEEN) if minor else scene.member(unit))
    made = Thing(who.person or 0, scene.path(unit, owner=who.person, minor=minor), who)
    made.marker = who.name
    made.facts = {"person": who.person, "unit": unit, "name": who.name, "version": 1}
    return made


async def left(scene: Scene, unit: int, kind: str) -> Thing:
    """Somebody who was put out of the unit."""
    made = await person(scene, unit, kind)
    await scene.press(scene.people["dist2"], Press("members.outok", made.id, 1))
    if made.owner is not None:
        made.owner.active = False
    return replace(made, version=2)


async def place(scene: Scene, unit: int, kind: str) -> Thing:
    """A unit that stays as it is."""
    code, name = scene.eye.rows(f"SELECT code, name FROM units WHERE id = {unit}")[0]  # noqa: S608
    number = next(scene._number)
    sheet = pasted(f"姓名\t学号\n吴{scene.word(number)}\t20269{number:05}")
    assert isinstance(sheet, Sheet)
    lines = read_roster(sheet.rows, DAY).lines
    counts = {str(fate): int(fate is Fate.NEW) for fate in Fate}
    report = {"lines": to_json(lines), "ignored": [], "counts": counts, "kept": 1}
    facts = {"unit": unit, "code": code, "name": name, "report": report}
    return Thing(unit, scene.path(unit), marker=name, facts=facts)


async def imported(scene: Scene, unit: int, kind: str) -> Thing:
    """Somebody whom an import has just made, by whom it can be taken back."""
    where = await place(scene, unit, kind)
    await scene.open(scene.people["dist2"], "import.sure", {"unit": unit, **where.facts["report"]})
    await scene.press(scene.people["dist2"], Press("import.ok"))
    new = scene.eye.value("SELECT MAX(id) FROM persons")
    return Thing(new, scene.path(unit), facts={"unit": unit})


async def claim(scene: Scene, unit: int, kind: str) -> Thing:
    """An hour that waits, of a member or (`claim.secretary`) of who is secretary themselves."""
    who = await scene.member(unit)
    if kind == "claim.secretary":
        await scene.appoint(who, Role.SECRETARY, unit)
    now = scene.world.clock()
    what = f"为{who.name}扫雪"
    start = now.replace(day=20, hour=1, minute=0, second=0, microsecond=0)
    stretch = Stretch(DAY, 60, start, start + timedelta(hours=1))

    async def work(tx: Tx) -> int:
        new = claims.New(who.person or 0, unit, what, None, what, 60, now, 1)
        return await claims.add(tx, new, (stretch,))

    key = await scene.world.app.store.turn(work)
    target = scene.path(unit, owner=who.person, owner_roles=tuple(who.grants))
    facts = {"claim": key, "person": who.person}
    return Thing(key, target, who, marker=who.name, facts=facts)


async def entry(scene: Scene, unit: int, kind: str) -> Thing:
    """An approved hour."""
    made = await claim(scene, unit, kind)
    await scene.press(scene.people["dist2"], Press("claim.ok", made.id, 1))
    key = scene.eye.value(f"SELECT id FROM entries WHERE claim_id = {made.id}")  # noqa: S608
    return replace(made, id=key, facts={"entry": key})


async def reversal(scene: Scene, unit: int, kind: str) -> Thing:
    """What the second officer of the district proposed to reverse."""
    made = await entry(scene, unit, kind)
    proposer = scene.people["dist2"]
    await scene.press(proposer, Press("undo.why", made.id))
    key = scene.eye.value("SELECT MAX(id) FROM reversals")
    target = replace(made.target, proposer=proposer.person)
    return replace(made, id=key, target=target, speakers={"proposer": proposer})


async def invite(scene: Scene, unit: int, kind: str) -> Thing:
    """An invite that works."""
    now, by = scene.world.clock(), scene.people["dist2"].person or 0

    async def work(tx: Tx) -> int:
        return await invites.add(tx, unit, by, 50, now + timedelta(days=7), now)

    return Thing(await scene.world.app.store.turn(work), scene.path(unit))


async def group(scene: Scene, unit: int, kind: str) -> Thing:
    """A group that is bound to the unit."""
    now, by = scene.world.clock(), scene.people["dist2"].person or 0
    chat = f"-{scene.eye.value('SELECT COUNT(*) FROM groups') + 1}"  # noqa: S608  # no SQL is made

    async def work(tx: Tx) -> int:
        met = await groups.met(tx, "web", chat, f"群{chat}", now)
        await groups.become(tx, met, groups.BOUND, unit, by, now)
        return int(met.id)

    return Thing(await scene.world.app.store.turn(work), scene.path(unit), version=2)


async def registration(scene: Scene, unit: int, kind: str) -> Thing:
    """A stranger who waits to be let in."""
    who = await scene.guest()
    name = "郑" + scene.word(int(who.account[1:]))
    details = {"kind": "join", "name": name, "birth": "2000-03-05"}
    return await _waiting(scene, unit, who, who, {**details, "status": "league_member"})


async def transfer(scene: Scene, unit: int, kind: str) -> Thing:
    """A member of another unit whom its secretary asks this one to take in."""
    who = await scene.member(scene.other_township)
    details = {"kind": "transfer", "name": who.name, "birth": None, "asks": ["move"]}
    return await _waiting(scene, unit, scene.people["twn-x"], who, {**details, "status": None})


async def _waiting(
    scene: Scene, unit: int, asks: Speaker, who: Speaker, details: dict[str, Any]
) -> Thing:
    now, vault = scene.world.clock(), scene.world.app.house.vault
    keys = {"account_id": asks.account_id, "unit_id": unit, "person_id": who.person}
    values = {**keys, "invite_id": None, "state": "waiting"}
    form = {"asks": ["unit_asks"], "like": None, "number": None, "phone": None, "guardian": False}

    async def work(tx: Tx) -> int:
        return await registrations.add(tx, vault, values, {**form, **details}, now)

    key = await scene.world.app.store.turn(work)
    marker = str(details["name"])
    return Thing(key, scene.path(unit, owner=who.person), who, marker=marker, facts={"key": key})


async def role(scene: Scene, unit: int, kind: str) -> Thing:
    """An office that somebody holds; `role.ended`: that has just been ended."""
    word = kind.partition(".")[2]
    held = {"peer": Role.OFFICER, "": Role.SECRETARY, "ended": Role.SECRETARY}.get(word)
    who = await scene.member(unit)
    held = held or Role(word)
    key = await scene.appoint(who, held, unit)
    target = scene.path(unit, owner=who.person, role=held)
    if word == "ended":
        await scene.press(scene.people["dist2"], Press("role.end.ok", key))
        who.grants.clear()
    after = await scene.member(unit)
    facts = {"role": key, "wish": _wish(scene, unit, held, after, key)}
    return Thing(key, target, who, marker=who.name, facts=facts)


def _wish(scene: Scene, unit: int, role: Role, who: Speaker, ends: int | None) -> dict[str, Any]:
    since = scene.world.clock()
    facts = {"unit": unit, "role": str(role), "person": who.person, "ends": ends, "until": None}
    return {**Wish.of({**facts, "since": since.isoformat()}).facts(), "text": ""}


async def wish(scene: Scene, unit: int, kind: str) -> Thing:
    """Somebody who could be given an office."""
    word = kind.partition(".")[2] or "secretary"
    role = Role.OFFICER if word == "peer" else Role(word)
    who = await scene.member(unit)
    target = scene.path(unit, owner=who.person, role=role)
    facts = {"unit": unit, "person": who.person, "wish": _wish(scene, unit, role, who, None)}
    return Thing(unit, target, who, facts={**facts, "name": who.name}, marker=who.name)


async def proposal(scene: Scene, unit: int, kind: str) -> Thing:
    """What waits for a second person: a hand-over, or what touches an officer of the district."""
    handing = kind == "handover"
    held = Role.SECRETARY if handing else Role.OFFICER
    who = await scene.member(unit)
    proposer = await scene.member(unit, held, unit) if handing else scene.people["dist2"]
    key = None
    if handing:
        sql = f"SELECT id FROM roles WHERE person_id = {proposer.person}"  # noqa: S608
        key = scene.eye.value(sql)
    elif kind == "proposal.end":
        key = await scene.appoint(who, held, unit)
    action = {"handover": "handover", "proposal.end": "end"}.get(kind, "appoint")
    facts = _wish(scene, unit, held, who, key if handing else None)
    values = {"action": action, "unit_id": unit, "object_id": key, "proposed_by": proposer.person}
    vault, now = scene.world.app.house.vault, scene.world.clock()

    async def work(tx: Tx) -> int:
        return await offices.propose(tx, vault, values, facts, now)

    new = await scene.world.app.store.turn(work)
    target = scene.path(unit, owner=who.person, role=held, proposer=proposer.person)
    return Thing(new, target, who, marker=who.name, speakers={"proposer": proposer})


async def link(scene: Scene, unit: int, kind: str) -> Thing:
    """An account that used a code: its question waits, or (`linked`) it was answered with yes."""
    who, guest = await scene.member(unit), await scene.guest("telegram")
    now, done = scene.world.clock(), kind == "linked"
    end = now + DAY_LONG

    async def work(tx: Tx) -> int:
        made = await links.add(tx, who.person or 0, who.account_id, end, now)
        await links.take(tx, await links.one(tx, made), guest.account_id, None, end, now)
        if done:
            await links.set_owner(tx, guest.account_id, who.person)
            turned = links.Turned(State.DONE, now, end)
            await links.turn_to(tx, await links.one(tx, made), turned)
        return made

    new = await scene.world.app.store.turn(work)
    return Thing(new, scene.path(unit, owner=who.person), who, version=3 if done else 2)


async def account(scene: Scene, unit: int, kind: str) -> Thing:
    """The second account of a member, which has been theirs for a while."""
    who, guest = await scene.member(unit), await scene.guest("telegram")

    async def work(tx: Tx) -> None:
        await links.set_owner(tx, guest.account_id, who.person)

    await scene.world.app.store.turn(work)
    return Thing(guest.account_id, scene.path(unit, owner=who.person), who)


MAKES: dict[str, Make] = {
    "link": link,
    "linked": link,
    "account": account,
    "person": person,
    "minor": person,
    "left": left,
    "place": place,
    "imported": imported,
    "claim": claim,
    "entry": entry,
    "reversal": reversal,
    "invite": invite,
    "group": group,
    "registration": registration,
    "transfer": transfer,
    "role": role,
    "wish": wish,
    "proposal": proposal,
    "handover": proposal,
}
"""By the word before the dot; units are in tests/authorisation/trees.py."""
