"""Whether what happened through a door is what the rights say: each disagreement as a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from domain.rights import Action, Target, Verdict, may
from domain.rights_table import APPOINTING
from domain.tokens import Press
from tests.authorisation.chats import released
from tests.authorisation.rows import Row
from tests.authorisation.scene import Answer, Rows, Scene, Speaker
from tests.authorisation.things import MAKES, Thing
from tests.authorisation.trees import unit as new_unit
from tests.authorisation.tries import FOREIGN, OWN, TYPED, attempt
from tests.domain.test_rights import CELLS, COLUMNS

RELATIONS = (*COLUMNS, "guest", "ended", "expired", "moved", "after", "seat", "admin")
AT_THE_TOP = ("role.peer", "wish.peer", "proposal", "proposal.end")


@dataclass(frozen=True, slots=True)
class Case:
    """One relation to one thing, and what the rights say."""

    relation: str
    who: Speaker
    thing: Thing
    verdict: Verdict
    happens: bool


async def make(scene: Scene, kind: str, relation: str) -> Thing:
    """A thing of this kind where this relation needs it."""
    base = kind.partition(".")[0]
    if base == "unit":
        return await new_unit(scene, kind, relation if relation in ("up", "seat") else "")
    unit = scene.township if relation == "up" else scene.branch
    if base == "chat":
        return await released(scene, unit)
    made = await MAKES[base](scene, scene.district if kind in AT_THE_TOP else unit, kind)
    if relation != "after" or made.owner is None:
        return made
    by, sure = scene.people["dist2"], {"id": made.id, "version": 1, "code": "ZHIBU2"}
    await scene.open(by, "members.movesure", sure)
    await scene.press(by, Press("members.moveok"))
    made.owner.home = scene.sibling
    target = replace(made.target, units=scene.path(scene.sibling).units)
    facts = {**made.facts, "unit": scene.sibling, "version": 2}
    return replace(made, target=target, version=2, facts=facts)


def speaker(scene: Scene, relation: str, thing: Thing) -> Speaker | None:
    """Who stands so to the thing; None where nobody can."""
    if relation == "self":
        return thing.owner
    name = "sec" if relation in ("up", "after") else relation
    return thing.speakers.get(name) or scene.people.get(name)


def fits(kind: str, relation: str) -> bool:
    """Whether a relation means something for a kind of thing."""
    if relation == "after":
        return kind in ("person", "minor")
    return relation != "seat" or kind.startswith("unit")


async def case(scene: Scene, row: Row, kind: str, relation: str, thing: Thing) -> Case | None:
    """What the rights say about one relation, in two ways that must agree."""
    who = speaker(scene, relation, thing)
    if who is None:
        return None
    verdict = Verdict.DENY
    if row.decides is not None:
        at = scene.world.clock()
        verdict = may(who.actor(), row.decides, thing.target, at)
        column = relation if relation in COLUMNS and kind != "unit" else None
        if column and (cell := literal(row.decides, thing.target, who, column)) is not verdict:
            raise AssertionError(f"{row.route} {relation}: matrix {cell}, may() {verdict}")
    happens = verdict in row.enough or (row.owner and thing.owner is who)
    return Case(relation, who, thing, verdict, happens)


def literal(action: Action, target: Target, who: Speaker, column: str) -> Verdict:
    """The cell of the matrix of QUALITY 2.2, and of what tests/domain/test_rights.py adds."""
    own = who.person is not None and who.person == target.owner
    if action in (Action.APPOINT, Action.END_APPOINTMENT) and target.role:
        if action is Action.APPOINT or not own:
            action = APPOINTING[target.role]
        if action is Action.APPOINT_OFFICER and len(target.units) == 1:
            action = Action.APPOINT_PEER
    if action is Action.PRIVATE_VIEW and target.minor:
        action = Action.MINOR_REVEAL
    if not who.active and who.person is not None:
        return Verdict.DENY
    cell = CELLS[action, column]
    return Verdict.ALLOW if cell is Verdict.SECOND and target.proposer is not None else cell


async def cases(scene: Scene, row: Row, kind: str) -> list[Case]:
    """Every relation to a thing of this kind; things are shared where nothing depends on it."""
    things: dict[str, Thing] = {}
    found = []
    for relation in RELATIONS:
        if not fits(kind, relation):
            continue
        where = relation if relation in ("up", "seat", "after") else ""
        if where not in things:
            things[where] = await make(scene, kind, relation)
        found.append(await case(scene, row, kind, relation, things[where]))
    return [one for one in found if one is not None]


async def together(
    scene: Scene, row: Row, found: Sequence[Case], door: str = OWN, absent: bool = False
) -> dict[str, Answer]:
    """Let everybody try a route on their thing, or on one that does not exist."""

    async def tried(one: Case) -> Answer:
        thing = one.thing.absent() if absent else one.thing
        return await attempt(scene, one.who, row.route, thing, door)

    return await at_once(found, tried)


async def at_once(
    found: Sequence[Case], tried: Callable[[Case], Awaitable[Answer]]
) -> dict[str, Answer]:
    """Let everybody try at once, each account one after the other; the answers by relation."""
    answers: dict[str, Answer] = {}
    by_account: dict[str, list[Case]] = {}
    for one in found:
        by_account.setdefault(one.who.account, []).append(one)

    async def tries(mine: Iterable[Case]) -> None:
        for one in mine:
            answers[one.relation] = await tried(one)

    await asyncio.gather(*(tries(mine) for mine in by_account.values()))
    return answers


async def refused(scene: Scene, row: Row, found: Sequence[Case]) -> list[str]:
    """The disagreements of those whom the rights refuse: nothing done, told, shown, and audited."""
    eye, heard = scene.eye, scene.world.ear.heard
    before, mark = eye.state(), eye.value("SELECT COALESCE(MAX(id), 0) FROM audit")
    others = {name for name in heard if name not in {one.who.account for one in found}}
    told = {name: len(heard[name]) for name in others}
    answers = await together(scene, row, found)
    wrong = [] if row.ends == "asks" else _unaudited(scene, row, found, mark)
    wrong += [f"{name} was told" for name in others if len(heard[name]) != told[name]]
    missing = await together(scene, row, found, absent=True)
    wrong += _differ(found, answers, missing, OWN)
    if row.route.startswith("press "):
        wrong += _differ(found, await together(scene, row, found, TYPED), missing, TYPED)
    if changed := changes(before, eye.state()):
        wrong.append(f"refused, yet it changed {changed}")
    return wrong


def _unaudited(scene: Scene, row: Row, found: Sequence[Case], mark: int) -> list[str]:
    sql = f"SELECT account_id, action, verdict FROM audit WHERE id > {mark}"  # noqa: S608
    lines = scene.eye.rows(sql)
    known = {str(action) for action in row.actions or ()}
    wrong = [f"audit says {line}" for line in lines if line[2] == "done"]
    asked = {action for _, action, verdict in lines if verdict == "refused"}
    wrong += [f"asks for {one}, which it does not declare" for one in sorted(asked - known)]
    audited = {account for account, _, verdict in lines if verdict == "refused"}
    if not row.enough:  # nobody's but the owner's: there is no right to be refused
        return wrong
    for one in found:
        if one.who.account_id not in audited:
            wrong.append(f"{one.relation} ({one.verdict}): no refusal in the audit")
    return wrong


def _differ(
    found: Sequence[Case], answers: dict[str, Answer], missing: dict[str, Answer], door: str
) -> list[str]:
    wrong = []
    for one in found:
        answer, other = answers[one.relation], missing[one.relation]
        if answer != other:
            wrong.append(f"{one.relation} by {door}: {answer}, for a missing one {other}")
        if one.thing.marker and one.thing.marker in answer and one.thing.owner is not one.who:
            wrong.append(f"{one.relation} by {door} reads {one.thing.marker}")
    return wrong


def changes(before: Rows, after: Rows) -> list[str]:
    """The tables that differ."""
    return sorted({table for table, _ in before ^ after})


async def allowed(scene: Scene, row: Row, kind: str, found: Sequence[Case]) -> list[str]:
    """The disagreements of those whom the rights let do it, each with a thing of their own."""
    wrong = []
    for number, one in enumerate(found):
        doors = (OWN, TYPED) if number == 0 and row.route.startswith("press ") else (OWN,)
        for door in doors:
            thing = await make(scene, kind, one.relation)
            again = await case(scene, row, kind, one.relation, thing)
            if again is None or not again.happens:
                wrong.append(f"{one.relation}: another thing, another answer")
                continue
            wrong += await _happens(scene, row, again, door)
    return wrong


async def _happens(scene: Scene, row: Row, one: Case, door: str) -> list[str]:
    before = scene.eye.state()
    answer = await attempt(scene, one.who, row.route, one.thing, door)
    name = f"{one.relation} ({one.verdict}) by {door}"
    if row.ends == "effect":
        return [] if scene.eye.state() != before else [f"{name}: nothing happened: {answer}"]
    missing = await attempt(scene, one.who, row.route, one.thing.absent(), door)
    same = answer == missing and not (one.thing.marker and one.thing.marker in answer)
    wrong = [f"{name}: sees nothing: {answer}"] if same else []
    if changed := changes(before, scene.eye.state()):
        wrong.append(f"{name}: a look changed {changed}")
    if one.verdict is Verdict.MASKED and one.thing.owner and one.thing.marker in answer:
        wrong.append(f"{name}: {one.thing.marker} is not masked")
    return wrong


async def foreign(scene: Scene, row: Row, found: Sequence[Case]) -> list[str]:
    """A button that was signed for somebody else is stale for everybody."""
    before, stale = scene.eye.state(), scene.world.app.words.say("zh-CN", "router.stale", {})
    answers = await together(scene, row, found, FOREIGN)
    wrong = [f"{name}: {one}" for name, one in answers.items() if one.texts != (stale,)]
    return wrong if scene.eye.state() == before else [*wrong, "somebody else's button did it"]


async def named(scene: Scene, row: Row, kind: str) -> list[str]:
    """The disagreements of a route that names one thing."""
    found = await cases(scene, row, kind)
    wrong = await refused(scene, row, [one for one in found if not one.happens])
    if row.route.startswith("press "):
        wrong += await foreign(scene, row, found)
    return wrong + await allowed(scene, row, kind, [one for one in found if one.happens])
