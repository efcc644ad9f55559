"""How each route is tried on a thing: the open dialog, the button's numbers, what is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from domain.rights import Role
from domain.tokens import Press
from domain.webhooks import WECOM
from tests.authorisation.scene import Answer, Scene, Speaker
from tests.authorisation.things import Thing

OWN, TYPED, FOREIGN = "own token", "typed label", "somebody else's token"
SLASH, WORD, GO = "slash command", "chinese word", "go button"
_KEYS = count(1000)  # of robots: each is bound once
LABEL = "dialog.confirm"  # which words a button bears makes no difference to the router
GIVEN = [Role.ORGANISER, Role.SECRETARY, Role.OFFICER, Role.AUDITOR]
FORM: dict[str, Any] = {"unit": 1, "invite": None, "answered": []}
FOUNDING = {"unit": "青山区", "kind": "district"}
FOUNDED = {**FOUNDING, "name": "周新名"}
PHONE = {"field": "phone", "value": "13900001234"}
SENTENCE = "昨天上午9点到10点在敬老院打扫"
DRAFT = {
    "draft": 1,
    "said": SENTENCE,
    "what": "打扫",
    "place": None,
    "stretches": [["2026-11-19", 60, None, None]],
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt. `object` and `version` None: those of the thing."""

    step: str | None = None
    data: Any = None
    argument: int = 0
    text: str = ""
    object: int | None = None
    version: int | None = None


Plan = Callable[[Thing], Try]


def _step(step: str, names: Mapping[str, str], text: str = "") -> Plan:
    """A dialog whose data are facts of the thing (its name in the dialog: the fact's name)."""

    def plan(thing: Thing) -> Try:
        data = {name: thing.facts[fact] for name, fact in names.items()}
        return Try(step, data, text=text)

    return plan


def _of(step: str | None, text: str = "", data: Any = None, argument: int = 0) -> Plan:
    """A dialog with these data, whatever the thing is."""
    return lambda thing: Try(step, data or {}, argument, text)


def _wish(step: str, text: str = "", argument: int = 0, who: bool = False) -> Plan:
    """A dialog of an appointment; `who`: its button names the person."""

    def plan(thing: Thing) -> Try:
        person = thing.facts["person"] if who else None
        return Try(step, thing.facts["wish"], argument, text, person)

    return plan


def _text(fact: str) -> Plan:
    return lambda thing: Try(text=str(thing.facts[fact]))


def _role(thing: Thing) -> Try:
    return Try(argument=GIVEN.index(thing.target.role or Role.MEMBER))


def _shown(thing: Thing) -> Try:
    data = {"shown": [[thing.facts["person"], thing.id, 1]], "asked": 1}
    return Try("review.all", data, object=1)


def _judged(thing: Thing) -> Try:
    return Try("review.reason", {"claim": thing.id, "version": 1}, text="不是这一天")


def _registered(step: str) -> Plan:
    data = {"version": 1}
    words = "母亲李女士在电话里同意了"
    return lambda t: Try(step, {**data, "id": t.id, "words": words}, text=words)


def _unit(step: str, text: str = "", to: bool = False, **more: Any) -> Plan:
    """A dialog about a unit; `to`: its button names the other unit."""

    def plan(thing: Thing) -> Try:
        facts = thing.facts
        other = facts["parent" if step.startswith("unit.move") else "other"]
        data = {"unit": facts["unit"], "version": facts["version"], "other": other, "text": ""}
        return Try(step, {**data, **more}, text=text, object=other if to else None)

    return plan


def _new_unit(step: str, text: str = "") -> Plan:
    def plan(thing: Thing) -> Try:
        number = thing.facts["unit"]
        data = {"parent": number, "kind": "branch", "name": "新青年支部", "code": f"N{number}"}
        return Try(step, data, text=text)

    return plan


def _import(step: str, argument: int = 0) -> Plan:
    def plan(thing: Thing) -> Try:
        data = {"unit": thing.facts["unit"], **thing.facts["report"]}
        return Try(step, data, argument, "再看一次", 0)

    return plan


def _robot(thing: Thing) -> Try:
    return Try("grp.robot", {"unit": thing.facts["unit"]}, text=f"robot-key-{next(_KEYS)}")


def _pasted(thing: Thing) -> Try:
    return Try(
        "grp.robot.which", {"address": f"https://{WECOM}/webhook/send?key=k{next(_KEYS)}-robot"}
    )


def _last(thing: Thing) -> Try:
    return Try(argument=999)


_PERSON = {"id": "person", "version": "version"}
TRIES: dict[str, Plan] = {
    "command log": _of(None, SENTENCE),
    "command units": _text("code"),
    "command roles": _text("code"),
    "command invite": _text("code"),
    "command group": _text("code"),
    "press abroad.yes": _of("abroad.ask", data={"way": "start", "text": ""}),
    "step abroad.ask": _of("abroad.ask", "嗯", {"way": "start", "text": ""}),
    "step join.code": _of("join.code", "INVALID"),
    **{
        f"step join.{name}": _of(f"join.{name}", "？", FORM)
        for name in "consent name birth number phone status guardian confirm move again".split()
    },
    "press link.ok": _of("link.sure", data={"link": 999_999, "version": 1}),
    "step link.code": _of("link.code", "INVALID"),
    "step link.sure": _of("link.sure", "嗯", {"link": 999_999, "version": 1}),
    "press me.clear": _of("me.value", data=PHONE),
    "press me.ok": _of("me.confirm", data=PHONE),
    "step me.value": _of("me.value", "13900001234", PHONE),
    "step me.confirm": _of("me.confirm", "嗯", PHONE),
    "press forget.more": _of("forget.first"),
    "press forget.ok": _of("forget.sure"),
    "step forget.first": _of("forget.first", "嗯"),
    "step forget.sure": _of("forget.sure", "嗯"),
    "press log.fill": _of("log.again", data={"said": "上午9点到10点打扫"}, argument=1),
    "press log.ok": lambda t: Try("log.confirm", DRAFT, object=1),
    "step log.again": _of("log.again", SENTENCE),
    "step log.what": _of("log.what", "打扫", {"said": "昨天上午9点到10点"}),
    "step log.confirm": _of("log.confirm", "好的", DRAFT),
    "press review.claims": _last,
    "press claims.all": _last,
    "press claims.all.ok": _shown,
    "step review.reason": _judged,
    "step review.all": lambda t: Try("review.all", {"shown": [], "asked": 1}, text="好"),
    "step reversal.reason": _step("reversal.reason", {"entry": "entry"}, "录错了"),
    "press undo.wait": _last,
    "press reg.list": _last,
    "step reg.guardian": _registered("reg.guardian"),
    "step reg.guardsure": _registered("reg.guardsure"),
    "press reg.guardok": _registered("reg.guardsure"),
    "step reg.reason": _registered("reg.reason"),
    "press members.more": lambda t: Try(
        "members.find", {"unit": t.facts["unit"], "text": t.facts["name"]}, object=t.facts["unit"]
    ),
    "step members.find": lambda t: Try(
        "members.find", {"unit": t.facts["unit"]}, text=t.facts["name"]
    ),
    "step members.name": _step("members.name", _PERSON, "周新名"),
    "step members.namesure": _step("members.namesure", {**_PERSON, "name": "name"}, "嗯"),
    "press members.nameok": lambda t: Try(
        "members.namesure", {"id": t.facts["person"], "version": 1, "name": "周新名"}
    ),
    "press members.today": lambda t: Try(
        "members.day", {"id": t.facts["person"], "version": 1, "status": 1}
    ),
    "step members.day": lambda t: Try(
        "members.day", {"id": t.facts["person"], "version": 1, "status": 1}, text="2026-11-01"
    ),
    "step members.guard": _step("members.guard", _PERSON, "母亲李女士在电话里同意了"),
    "step members.guardsure": _step("members.guardsure", _PERSON, "嗯"),
    "press members.guardok": lambda t: Try(
        "members.guardsure",
        {"id": t.facts["person"], "version": 1, "words": "母亲李女士在电话里同意了"},
    ),
    "step members.move": _step("members.move", _PERSON, "XIAO"),
    "step members.movesure": lambda t: Try(
        "members.movesure", {"id": t.facts["person"], "version": 1, "code": "XIAO"}, text="嗯"
    ),
    "press members.moveok": lambda t: Try(
        "members.movesure", {"id": t.facts["person"], "version": 1, "code": "XIAO"}
    ),
    "step import.roster": _step("import.roster", {"unit": "unit"}, "姓名\t学号\n吴新来\t20269999"),
    "press import.list": _import("import.sure"),
    "press import.back": _import("import.sure"),
    "step import.sure": _import("import.sure"),
    "press import.ok": _import("import.sure"),
    "step grp.robot": _robot,
    "press grp.robot.at": _pasted,
    "step grp.robot.which": _pasted,
    "step unit.new.name": _new_unit("unit.new.name", "新青年支部"),
    "press unit.new.code": _new_unit("unit.new.sure"),
    "step unit.new.code": _new_unit("unit.new.code", "N1X"),
    "step unit.new.kind": _new_unit("unit.new.kind", "嗯"),
    "step unit.new.sure": _new_unit("unit.new.sure", "嗯"),
    "press unit.new.ok": _new_unit("unit.new.sure"),
    "step unit.rename": _unit("unit.rename", "新名字团支部"),
    "step unit.rename.sure": _unit("unit.rename.sure", "嗯", name="新名字团支部"),
    "press unit.rename.ok": _unit("unit.rename.sure", name="新名字团支部"),
    "press unit.gate": _of(None, argument=1),
    "press unit.where": _unit("unit.move.to"),
    "step unit.move.to": _unit("unit.move.to", "东河"),
    "press unit.move.to": _unit("unit.move.to", to=True),
    "step unit.move.sure": _unit("unit.move.sure", "嗯"),
    "press unit.move.ok": _unit("unit.move.sure"),
    "step unit.merge.to": _unit("unit.merge.to", "东河"),
    "press unit.merge.to": _unit("unit.merge.to", to=True),
    "step unit.merge.sure": _unit("unit.merge.sure", "嗯"),
    "press unit.merge.ok": _unit("unit.merge.sure"),
    "press found.kind": _of("found.kind", data=FOUNDING),
    "step found.unit": _of("found.unit", "青山区"),
    "step found.kind": _of("found.kind", "嗯", FOUNDING),
    "step found.name": _of("found.name", "周新名", FOUNDING),
    "step found.sure": _of("found.sure", "嗯", FOUNDED),
    "press found.edit": _of("found.sure", data=FOUNDED, argument=1),
    "press found.ok": _of("found.sure", data=FOUNDED),
    "press role.kind": _role,
    "step role.kind": _wish("role.kind", "嗯"),
    "step role.sure": _wish("role.sure", "嗯"),
    "press role.page": _wish("role.person"),
    "step role.person": lambda t: Try("role.person", t.facts["wish"], text=t.facts["name"]),
    "press role.who": _wish("role.person", who=True),
    "press role.until": _wish("role.until", argument=1),
    "step role.until": _wish("role.until", "2027-11-30"),
    "press role.ok": _wish("role.sure"),
    "press role.today": _wish("role.since"),
    "step role.since": _wish("role.since", "2026-12-01"),
}
"""Whatever is not here is a button that names the thing, or a bare command."""


async def attempt(scene: Scene, who: Speaker, route: str, thing: Thing, door: str = OWN) -> Answer:
    """Try a route on a thing."""
    how = TRIES[route](thing) if route in TRIES else Try()
    sort, _, name = route.partition(" ")
    if sort == "command":
        return await scene.type(who, f"/{name} {how.text}".strip())
    press = Press(
        name,
        thing.id if how.object is None else how.object,
        thing.version if how.version is None else how.version,
        how.argument,
    )
    offers = [] if door != TYPED else [_offer(press)]
    await scene.open(who, how.step, how.data, offers)
    if sort == "step":
        return await scene.type(who, how.text)
    if door == TYPED:
        return await scene.type(who, "确认")
    other = scene.people["org"].reader if door == FOREIGN else ""
    return await scene.press(who, press, other)


def _offer(press: Press) -> dict[str, Any]:
    named = {"purpose": press.purpose, "object": press.object, "version": press.version}
    return {**named, "argument": press.argument, "label": LABEL, "facts": {}, "expires": None}
