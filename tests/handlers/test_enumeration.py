"""Registering tells nobody who is known here, and five times in an hour are enough (A44)."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from time import sleep as block
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat import Message
from services import comparing, joining
from services.turn import Turn
from storage import people
from storage.schema import audit, registrations
from tests.joining import ADULT, CHILD, TEEN, invite, owner, registered, rows, school_class
from tests.knocking import Case, Work, counted, knocked, sorts_of_people
from tests.world import Spoken, World

_TRIES, _APART = 25, 0.010  # seconds: the figure of A44


def _read(said: list[Spoken]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.text, tuple(one.buttons)) for one in said]


async def _outcomes(
    world: World, monkeypatch: pytest.MonkeyPatch, listed: bool, approval: bool, birth: str = ADULT
) -> dict[str, tuple[Any, Work]]:
    here = await school_class(world, approval)
    cases = await sorts_of_people(world, here.unit, listed)
    work = counted(world, monkeypatch)
    found = {}
    await knocked(world, here.code, cases[0], 999, birth)  # the secretary's first offers are a row
    for number, case in enumerate(cases):
        said = await knocked(world, here.code, case, number, birth)
        found[case.title] = (_read(said), work[f"knock{number}"])
    return found


@pytest.mark.parametrize("approval", [False, True], ids=["open", "asking"])
@pytest.mark.parametrize("listed", [False, True], ids=["no list", "list"])
@pytest.mark.parametrize("birth", [ADULT, TEEN, CHILD])
async def test_answer_and_work_are_the_same_whoever_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch, approval: bool, listed: bool, birth: str
) -> None:
    found = await _outcomes(world, monkeypatch, listed, approval, birth)
    unknown = found.pop("unknown")
    assert len(unknown[1].statements) > 5
    for title, seen in found.items():
        assert seen == unknown, title


async def test_the_comparison_sees_what_a_path_does_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: two more looks for each one who is known, as it once was."""

    async def slower(turn: Turn, form: Any) -> comparing.Compared:
        found = await comparing.compared(turn, form)
        for one in found.known:
            await people.holds_role(turn.tx, one.id, turn.at)
            await people.asks_guardian(turn.tx, one.id)
        return found

    monkeypatch.setattr(joining, "compared", slower)
    found = await _outcomes(world, monkeypatch, listed=True, approval=False)
    unknown = found.pop("unknown")
    assert all(said == unknown[0] and work != unknown[1] for said, work in found.values())


async def test_the_comparison_hears_who_is_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: who is not on the list comes in at once, as it once was."""

    async def unlisted(turn: Turn, form: Any) -> comparing.Compared:
        found = await comparing.compared(turn, form)
        return comparing.Compared(found.known, False, found.aliases)

    monkeypatch.setattr(joining, "compared", unlisted)
    found = await _outcomes(world, monkeypatch, listed=True, approval=False)
    assert found["the name of a line"][0] != found["unknown"][0]


async def test_a_double_comes_in_and_the_secretary_hears_of_it(world: World) -> None:
    here = await school_class(world)
    await registered(world, "ann", here.code, "王小明", phone="13800138000")
    said = await registered(world, "bob", here.code, "李华", phone="13800138000")
    assert said[0].text.startswith("欢迎")
    told = world.last("sec")
    assert told is not None
    assert told.text.startswith("李*加入了高一（3）班团支部。和王*明的资料有一样的")
    assert "李华" in (await world.press("sec", "去看看"))[0].text


async def test_who_is_not_on_the_list_waits_and_the_secretary_reads_why(world: World) -> None:
    here = await school_class(world)
    await world.person("王小明", here.unit, status="roster", number="20230101")
    await registered(world, "ann", here.code, "李华")
    assert "名单上没有对得上的人" in (await world.press("sec", "去看看"))[0].text
    await world.press("sec", "通过")
    assert await owner(world, "ann") is not None


async def test_the_sixth_registration_in_an_hour_waits_and_nothing_is_lost(world: World) -> None:
    here = await school_class(world)
    await world.person("王小明", here.unit, status="roster", number="20230101")
    for _ in range(5):  # also of who is refused: nothing is kept of a child, and it asks too
        said = await registered(world, "eve", here.code, "王小明", CHILD, number="20230101")
        assert "监护人和团支书一起" in said[0].text
    locks = select(audit.c.facts).where(audit.c.action == "lock")
    assert [row.facts for row in await rows(world, locks)] == [{"kind": "register"}]
    said = await registered(world, "eve", here.code, "王小明", number="20230101")
    assert "11:0" in said[0].text
    assert "你填的都还在" in said[0].text
    assert {"确认", "取消"} == set(said[0].buttons)
    assert await owner(world, "eve") is None
    world.clock.forward(minutes=59)
    assert "你填的都还在" in (await world.press("eve", "确认"))[0].text
    world.clock.forward(minutes=10)
    assert "名单上找到你了" in (await world.press("eve", "确认"))[0].text
    assert await owner(world, "eve") is not None


async def test_registrations_hours_apart_are_never_too_many(world: World) -> None:
    here = await school_class(world, approval=True)
    other = await world.unit("B2", "高一（4）班团支部", approval=True)
    codes = [here.code, await invite(world, other, await world.person("陈一", other))]
    await registered(world, "eve", codes[0], "王小明")
    for _ in range(6):
        world.clock.forward(hours=2)
        await world.said("eve", "我的")
        await world.press("eve", "撤回申请")
        said = await registered_again(world, "eve", here.code)
        assert "团支书看一下" in said[0].text
    assert len(await rows(world, select(registrations))) == 7


async def registered_again(world: World, account: str, code: str) -> list[Spoken]:
    """Register with the consent that stands."""
    await world.said(account, f"/join {code}")
    for text in ("王小明", ADULT):
        await world.said(account, text)
    for label in ("跳过", "跳过", "青年"):
        await world.press(account, label)
    return await world.press(account, "确认")


# ---------------------------------------------------------------- times (make e2e-long)


async def _medians(world: World, code: str, cases: list[Case]) -> dict[str, float]:
    """Seconds from the last press to its answer leaving, the cases by turns."""
    left: dict[str, float] = {}
    send = world.ear.send

    async def heard(message: Message) -> Any:
        left[message.account] = perf_counter()
        return await send(message)

    world.ear.send = heard  # type: ignore[method-assign]  # a listener, not a double
    begun: dict[str, float] = {}
    accept = world.app.intake.accept

    async def taken(event: Any) -> Any:
        begun[event.account] = perf_counter()
        return await accept(event)

    world.app.intake.accept = taken  # type: ignore[method-assign]  # a listener, not a double
    took: dict[str, list[float]] = {case.title: [] for case in cases}
    for turn in range(_TRIES * len(cases)):
        case = cases[turn % len(cases)]
        await knocked(world, code, case, turn)
        took[case.title].append(left[f"knock{turn}"] - begun[f"knock{turn}"])
    return {title: median(values) for title, values in took.items()}


def _even(medians: dict[str, float]) -> bool:
    return all(abs(one - medians["unknown"]) <= _APART for one in medians.values())


@pytest.mark.e2e_long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("approval", [False, True], ids=["open", "asking"])
@pytest.mark.parametrize("listed", [False, True], ids=["no list", "list"])
async def test_times_do_not_tell_who_is_known(world: World, approval: bool, listed: bool) -> None:
    here = await school_class(world, approval)
    found = await _medians(world, here.code, await sorts_of_people(world, here.unit, listed))
    print({title: f"{1000 * value:.2f} ms" for title, value in found.items()})
    assert _even(found)


@pytest.mark.e2e_long
@pytest.mark.timeout(900)
async def test_the_measurement_sees_thirty_milliseconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a slow hash for each one who is known."""

    async def slower(turn: Turn, form: Any) -> comparing.Compared:
        found = await comparing.compared(turn, form)
        block(0.03 * len(found.known))  # noqa: ASYNC251  # a turn has a thread of its own
        return found

    monkeypatch.setattr(joining, "compared", slower)
    here = await school_class(world)
    found = await _medians(world, here.code, await sorts_of_people(world, here.unit, True))
    print({title: f"{1000 * value:.2f} ms" for title, value in found.items()})
    assert not _even(found)
