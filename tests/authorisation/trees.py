"""Units that are changed: each is new, with officers and secretaries of its own."""

from __future__ import annotations

from domain.rights import Role
from domain.tokens import Press
from tests.authorisation.scene import Scene
from tests.authorisation.things import Thing


async def unit(scene: Scene, kind: str, where: str) -> Thing:
    """A unit without people below the township, or (`up`) a township below the district.

    `seat`: with the very officer of it; `up`: with the secretary of a branch below it.
    """
    number = next(scene._number)
    up = where == "up"
    parent = scene.district if up else scene.township
    level = "township" if up else "general_branch"
    name = f"新{number}总支"
    new = await scene.world.unit(f"U{number}", name, level, parent)
    home = await scene.world.unit(f"V{number}", f"新{number}支部", "branch", new) if up else new
    made = Thing(new, scene.path(new), marker=name)
    made.facts = {
        "unit": new,
        "name": name,
        "version": 1,
        "other": scene.target,
        "parent": scene.school,
    }
    if where == "seat":
        made.speakers["seat"] = await scene.member(parent, Role.OFFICER, new)
    else:
        made.speakers["sec"] = await scene.member(parent, Role.SECRETARY, home)
    await _before(scene, made, kind.partition(".")[2])
    return made


async def _before(scene: Scene, made: Thing, word: str) -> None:
    """What an officer of the district did to it already: renamed, shifted or closed."""
    by, data = scene.people["dist2"], {"unit": made.id, "version": 1}
    match word:
        case "renamed":
            await scene.open(by, "unit.rename.sure", {**data, "name": f"{made.marker}二"})
            await scene.press(by, Press("unit.rename.ok", made.id, 1))
        case "shifted":
            before = scene.eye.value(f"SELECT parent_id FROM units WHERE id = {made.id}")  # noqa: S608
            other = scene.school if before == scene.township else scene.new_town
            for number, parent in enumerate((other, before), start=1):
                sure = {**data, "version": number, "other": parent}
                await scene.open(by, "unit.move.sure", sure)
                await scene.press(by, Press("unit.move.ok", made.id, number))
        case "closed":
            await scene.press(by, Press("unit.close.ok", made.id, 1))
        case _:
            return
    sql = f"SELECT version FROM units WHERE id = {made.id}"  # noqa: S608
    made.version = made.facts["version"] = scene.eye.value(sql)
