"""Routes that name nothing: lists, one's own affairs, and what is open to everybody."""

from __future__ import annotations

from functools import partial

from bot.going import number_of
from domain.rights import Action, Verdict, may
from domain.tokens import Press
from tests.authorisation.checks import Case, at_once, cases, changes, make
from tests.authorisation.rows import Row
from tests.authorisation.scene import Answer, Rows, Scene, Speaker
from tests.authorisation.tries import GO, OWN, SLASH, WORD, attempt

DOORS = (SLASH, WORD, GO)
PAGES = 8
PAGED = ("press reg.list", "press undo.wait")
NAMED = (
    "command units",
    "command roles",
    "command invite",
    "command group",
)  # take the code of a unit
MARKED = ("press review.claims", "press undo.list", "press reg.list")
CONFIRMED = {"press undo.wait": Action.REVERSE}  # listed only for who may open what is in it
SOME = ("guest", "mem", "sec", "expired", "dist", "aud", "admin")
ONESELF = ("press me.ok", "press privacy.ok", "press forget.ok", "press log.ok", "step log.confirm")


def stands(scene: Scene, row: Row, who: Speaker) -> bool:
    """Whether somebody has the right anywhere."""
    at, actor = scene.world.clock(), who.actor()
    tops = [grant.unit for grant in actor.grants if grant.holds(at)]
    tops += [scene.district] if actor.admin else []
    if row.decides is None:
        return False
    return any(may(actor, row.decides, scene.path(one), at) in row.enough for one in tops)


async def called(scene: Scene, row: Row, door: str, one: Case) -> Answer:
    """Try a route that names nothing by one of its doors."""
    name = row.route.partition(" ")[2]
    word = scene.world.app.router.commands[name].words[0] if door in (WORD, GO) else ""
    if door == GO:
        return await scene.press(one.who, Press("go", argument=number_of(name)))
    if row.route in PAGED:  # which page has it depends on what else waits
        pages = [await scene.press(one.who, Press(name, argument=n)) for n in range(PAGES)]
        return Answer(
            tuple(text for page in pages for text in page.texts),
            tuple(label for page in pages for label in page.labels),
        )
    if door == WORD:
        await scene.type(one.who, "/cancel")  # an open dialog would take it for an answer
        text = str(one.thing.facts["code"]) if row.route in NAMED else ""
        return await scene.type(one.who, f"{word} {text}".strip())
    return await attempt(scene, one.who, row.route, one.thing)


async def listed(scene: Scene, row: Row, kind: str) -> list[str]:
    """The disagreements of a list: who has one, and whether the thing is in it."""
    wrong = []
    missing = scene.world.app.words.say("zh-CN", "common.missing", {})
    found, before = await cases(scene, row, kind), scene.eye.state()
    for door in DOORS if row.route.startswith("command ") else (OWN,):
        mark = scene.eye.value("SELECT COALESCE(MAX(id), 0) FROM audit")
        answers = await at_once(found, partial(called, scene, row, door))
        sql = f"SELECT account_id FROM audit WHERE id > {mark} AND verdict = 'refused'"  # noqa: S608
        audited = {account for (account,) in scene.eye.rows(sql)}
        for one in found:
            answer = answers[one.relation]
            problems = _entry(scene, row, one, door, answer)
            if row.ends == "desk":
                known = one.who.account_id in audited
                problems += _desk(scene, row, one, door, (missing in answer, known))
            wrong += [f"{one.relation} by {door}: {problem}" for problem in problems]
    if changed := changes(before, scene.eye.state()):
        wrong.append(f"a list changed {changed}")
    return wrong


def _entry(scene: Scene, row: Row, one: Case, door: str, answer: Answer) -> list[str]:
    """Whether the thing is in the list exactly when the rights say so."""
    shown = one.thing.marker in answer
    if row.route in CONFIRMED:
        at = scene.world.clock()
        right = may(one.who.actor(), CONFIRMED[row.route], one.thing.target, at)
        return (
            [] if shown == (right is Verdict.ALLOW) else [f"shown is {shown}, {right} to confirm"]
        )
    if row.route in MARKED or (row.route in NAMED and door != GO):
        return [] if shown == one.happens else [f"shown is {shown}, the rights say {one.verdict}"]
    own = row.route == "command roles" and _holds(scene, one.who)
    return [f"reads {one.thing.marker}"] if shown and not (one.happens or own) else []


def _holds(scene: Scene, who: Speaker) -> bool:
    return any(grant.holds(scene.world.clock()) for grant in who.grants)


def _desk(scene: Scene, row: Row, one: Case, door: str, found: tuple[bool, bool]) -> list[str]:
    """Whether who has no such list is refused, with a line in the audit."""
    refused, audited = found
    has = stands(scene, row, one.who)
    if row.route == "command roles" and door == GO:
        has = has or _holds(scene, one.who)  # one's own offices
    elsewhere = row.route in NAMED and door != GO and not one.happens
    wanted = elsewhere or not has
    wrong = [] if refused == wanted else [f"refused is {refused}, should be {wanted}"]
    if not has and not audited:
        wrong.append("no refusal in the audit")
    return wrong


async def own(scene: Scene, row: Row, kind: str) -> list[str]:
    """The disagreements of a route to one's own affairs: nobody else's, whatever it names."""
    wrong = []
    for one in await cases(scene, row, kind):
        case = await _fresh(scene, row, kind, one)
        if case is None:
            continue
        doors = DOORS if row.route.startswith("command ") else (OWN,)
        for door in doors:
            before = scene.eye.state()
            answer = await called(scene, row, door, case)
            after = scene.eye.state()
            wrong += [f"{case.relation}: {w}" for w in _strange(case.who, before, after)]
            mine = case.thing.owner is case.who
            if not mine and case.thing.marker in answer:
                wrong.append(f"{case.relation} by {door} reads {case.thing.marker}")
            if mine and row.route in ONESELF and before == after:
                wrong.append(f"nothing happened to oneself: {answer}")
            if mine and row.route in ("command me", "command hours", "press hours.show"):
                wrong += [] if case.thing.marker in answer else [f"not shown: {answer}"]
    return wrong


async def _fresh(scene: Scene, row: Row, kind: str, one: Case) -> Case | None:
    """The same with somebody new, where it changes who speaks."""
    if row.route not in ONESELF:
        return one
    thing = await make(scene, kind, one.relation)
    if one.relation == "self" and thing.owner is not None:
        return Case(one.relation, thing.owner, thing, one.verdict, one.happens)
    if one.relation in ("mem", "guest"):
        who = await (scene.guest() if one.relation == "guest" else scene.member(scene.branch))
        return Case(one.relation, who, thing, one.verdict, one.happens)
    return None


async def opened(scene: Scene, row: Row) -> list[str]:
    """The disagreements of a route that is open: everybody is answered, only oneself changes."""
    wrong = []
    failed = scene.world.app.words.say("zh-CN", "router.failed", {})
    thing = await make(scene, "person", "mem")
    for relation in SOME:
        who = scene.people[relation]
        before = scene.eye.state()
        answer = await attempt(scene, who, row.route, thing)
        wrong += [f"{relation}: {one}" for one in _strange(who, before, scene.eye.state())]
        if not answer.texts or failed in answer:
            wrong.append(f"{relation} is answered {answer}")
        if thing.marker in answer:
            wrong.append(f"{relation} reads {thing.marker}")
    return wrong


def _strange(who: Speaker, before: Rows, after: Rows) -> list[str]:
    """The changed rows that are not the speaker's own: none of their fields says whose."""
    known = {who.person, who.account_id, who.account} - {None}
    changed = [(table, row) for table, row in before ^ after if table != "claim_stretches"]
    return [f"changed {table} of others" for table, row in changed if not known & {*row[:4]}]
