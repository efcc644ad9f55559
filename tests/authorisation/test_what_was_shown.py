"""A button that was really shown is worth nothing once the right behind it is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.rights import Role
from domain.tokens import Press
from tests.authorisation.checks import make
from tests.authorisation.scene import Answer, Eye, Scene, Speaker
from tests.authorisation.tries import attempt
from tests.world import World


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    eye = Eye(world.app.config.database.url.get_secret_value())
    made = Scene(world, eye)
    await made.build()
    yield made
    eye.close()


async def shown(scene: Scene, who: Speaker) -> None:
    """Let somebody open the first claim that waits, and see its buttons."""
    await scene.type(who, "/review")
    await scene.world.press(who.account, "看补录")
    listed = scene.world.last(who.account)
    assert listed is not None
    heard = await scene.world.press(who.account, next(iter(listed.buttons)))
    assert "通过" in heard[-1].buttons


async def pressed(scene: Scene, who: Speaker) -> Answer:
    heard = await scene.world.press(who.account, "通过")
    return Answer(tuple(one.text for one in heard), ())


def missing(scene: Scene) -> str:
    return scene.world.app.words.say("zh-CN", "common.missing", {})


async def test_a_role_that_was_ended_a_moment_ago(scene: Scene) -> None:
    claim = await make(scene, "claim", "sec")
    secretary = await scene.member(scene.branch)
    role = await scene.appoint(secretary, Role.SECRETARY, scene.branch)
    await shown(scene, secretary)
    await scene.press(scene.people["twn"], Press("role.end.ok", role))
    before = scene.eye.state()
    assert (await pressed(scene, secretary)).texts == (missing(scene),)
    assert scene.eye.state() == before
    sql = f"""SELECT verdict FROM audit WHERE object = 'claims' AND object_id = {claim.id}
        AND account_id = {secretary.account_id} ORDER BY id DESC"""  # noqa: S608
    assert scene.eye.value(sql) == "refused"


async def test_a_role_that_ran_out_meanwhile(scene: Scene) -> None:
    await make(scene, "claim", "sec")
    secretary, until = await scene.member(scene.branch), scene.world.clock() + timedelta(hours=1)
    await scene.appoint(secretary, Role.SECRETARY, scene.branch, until)
    await shown(scene, secretary)
    scene.world.clock.put(until)
    before = scene.eye.state()
    assert (await pressed(scene, secretary)).texts == (missing(scene),)
    assert scene.eye.state() == before


async def test_a_unit_that_moved_takes_its_rights_along(scene: Scene) -> None:
    claim = await make(scene, "claim", "sec")
    await shown(scene, scene.people["twn"])
    sure = {"unit": scene.branch, "version": 1, "other": scene.other_township, "text": ""}
    await scene.open(scene.people["dist"], "unit.move.sure", sure)
    await scene.press(scene.people["dist"], Press("unit.move.ok", scene.branch, 1))
    before = scene.eye.state()
    assert (await pressed(scene, scene.people["twn"])).texts == (missing(scene),)
    assert scene.eye.state() == before
    await scene.press(scene.people["twn-x"], Press("claim.ok", claim.id, 1))
    assert scene.eye.state() != before


@pytest.mark.parametrize(
    ("kind", "yes", "no"),
    [
        ("reversal", "press undo.ok", "press undo.no"),
        ("proposal", "press prop.yes", "press prop.no"),
        ("proposal.end", "press prop.yes", "press prop.no"),
        ("handover", "press prop.yes", "press prop.no"),
    ],
)
async def test_who_proposed_never_completes_but_may_take_back(
    scene: Scene, kind: str, yes: str, no: str
) -> None:
    thing = await make(scene, kind, "sec")
    before = scene.eye.state()
    await attempt(scene, thing.speakers["proposer"], yes, thing)
    assert scene.eye.state() == before
    await attempt(scene, thing.speakers["proposer"], no, thing)
    assert scene.eye.state() != before
    await attempt(scene, scene.people["dist"], yes, thing)
    open_ones = "SELECT COUNT(*) FROM roles WHERE until IS NULL AND person_id ="
    if thing.owner is not None and kind != "reversal":
        held = scene.eye.value(f"{open_ones} {thing.owner.person}")
        assert held == (1 if kind == "proposal.end" else 0)
