"""The ledger under races and behind its walls, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat import Event, Kind
from domain.ledger import Stretch
from domain.tokens import Press, sign_button
from services import review
from storage import claims as claim_rows
from storage import ledger
from storage.connections import Refused
from storage.schema import audit, balances, claims, entries, verdicts
from storage.tx import Tx
from tests.small_district import District, rows, settled
from tests.world import World

DAY = date(2026, 11, 2)


async def _waiting(world: World, unit: int, people: list[int]) -> list[int]:
    """A claim of an hour for each of the people, one a day and none at the same time."""

    async def work(tx: Tx) -> list[int]:
        found = []
        for number, person in enumerate(people):
            start = datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(days=number % 300)
            new = claim_rows.New(
                person_id=person,
                unit_id=unit,
                what=f"服务{number}",
                place=None,
                said="",
                minutes=60,
                created_at=world.clock(),
                inbox_id=number + 1,
            )
            stretch = Stretch(start.date(), 60, start, start + timedelta(hours=1))
            found.append(await claim_rows.add(tx, new, [stretch]))
        return found

    return await world.app.store.turn(work)


def _button(world: World, person: int, purpose: str, claim: int, argument: int = 0) -> Any:
    press = Press(purpose, claim, 1, argument)
    expires = world.clock() + timedelta(hours=1)
    token = sign_button(world.app.house.key, f"person:{person}", press, expires)
    return {"token": token}


async def _race(world: World, presses: list[tuple[str, dict[str, str]]], seed: int) -> None:
    """Everybody presses at once, in an order of chance."""
    Random(seed).shuffle(presses)
    events = [
        Event("web", who, f"race/{number}", Kind.BUTTON, token, world.clock())
        for number, (who, token) in enumerate(presses)
    ]
    await asyncio.gather(*(world.app.intake.accept(event) for event in events))
    await world.settle()


async def _raced(world: World, count: int, seed: int) -> None:
    """F30: two people approve, or approve and refuse, the same claims."""
    district = await settled(world)
    hou = await world.person("侯二", district.one, "hou", "secretary")
    people = [await world.person(f"成员{number}", district.one) for number in range(count)]
    numbers = await _waiting(world, district.one, people)
    chance = Random(seed)
    presses = []
    for number in numbers:
        presses.append(("sun", _button(world, district.sun, "claim.ok", number)))
        purpose = chance.choice(["claim.ok", "claim.no.why"])
        presses.append(("hou", _button(world, hou, purpose, number)))
    await _race(world, presses, seed)
    await _one_end_each(world, numbers)


async def _one_end_each(world: World, numbers: list[int]) -> None:
    given = Counter(row.claim_id for row in await rows(world, select(verdicts)))
    states = Counter(row.state for row in await rows(world, select(claims)))
    lines = await rows(world, select(entries))
    approved = states["effective"]
    assert given == dict.fromkeys(numbers, 1)
    assert approved + states["refused"] == len(numbers)
    assert len(lines) == approved == len({row.claim_id for row in lines})
    assert sum(row.minutes for row in await rows(world, select(balances))) == approved * 60
    changes = [row for row in await rows(world, select(audit)) if row.verdict == "done"]
    assert len(changes) == len(numbers)
    answers = [one.text for who in ("sun", "hou") for one in world.ear.heard[who]]
    assert sum("处理过" in one for one in answers) == len(numbers)


async def test_two_secretaries_decide_the_same_claims(world: World) -> None:
    await _raced(world, 40, seed=1)


async def test_without_the_look_at_the_state_the_race_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same race, with the protection off, does not pass."""
    monkeypatch.setattr(review, "_stopped", lambda *_: None)
    with pytest.raises(AssertionError):
        await _raced(world, 3, seed=1)


@pytest.mark.e2e_long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
async def test_two_secretaries_decide_a_thousand_claims(world: World, seed: int) -> None:
    await _raced(world, 1000, seed)


async def test_two_bulks_at_once_never_block_each_other(world: World) -> None:
    district = await settled(world)
    await world.person("侯二", district.one, "hou", "secretary")
    await world.person("吴二", district.one, "wu")
    await _waiting(world, district.one, [district.zhou] * 8)
    events = []
    for who in ("sun", "hou"):
        await world.said(who, "/review")
        await world.press(who, "看补录")
        await world.press(who, "通过本页")
        token = world.ear.heard[who][-1].buttons["确认通过"]
        events.append(
            Event("web", who, f"bulk/{who}", Kind.BUTTON, {"token": token}, world.clock())
        )
    await asyncio.gather(*(world.app.intake.accept(event) for event in events))
    await world.settle()
    assert not world.raised
    assert {row.state for row in await rows(world, select(claims))} == {"effective"}
    assert len(await rows(world, select(entries))) == 8
    assert len(await rows(world, select(verdicts))) == 8


# ------------------------------------------------------------------ the walls


def _entry(district: District, **more: Any) -> ledger.Entry:
    values: dict[str, Any] = {
        "person_id": district.zhou,
        "unit_id": district.one,
        "source": "claim",
        "year": 2026,
        "day": DAY,
        "starts_at": datetime(2026, 11, 2, 6, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 2, 8, tzinfo=UTC),
        "minutes": 120,
        "what": "x",
        "place": None,
        "claim_id": None,
        "part": 10,
        "reverses_id": None,
        "recorded_by": None,
        "recorded_at": datetime(2026, 11, 3, tzinfo=UTC),
        "inbox_id": 1,
    }
    return ledger.Entry(**{**values, **more})


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at": datetime(2026, 11, 2, 7, 59, tzinfo=UTC)},
        {"starts_at": None, "ends_at": None, "minutes": 1321},
        {"minutes": 0},
        {"minutes": 1441, "starts_at": None, "ends_at": None},
        {"minutes": -120},
        {"minutes": -119, "reverses_id": 1},
        {"minutes": -120, "reverses_id": 1, "year": 2025},
        {"minutes": -120, "reverses_id": 1, "day": date(2026, 11, 3)},
        {"minutes": -120, "reverses_id": 99},
        {"minutes": 120, "reverses_id": 1},
        {"starts_at": datetime(2026, 11, 2, 9, tzinfo=UTC)},  # ends before it starts
    ],
)
async def test_the_database_refuses_too(world: World, wrong: dict[str, Any]) -> None:
    """The second wall (L06, L07, L08, L11), and the transaction lives on after it."""
    district = await settled(world)
    later = {"ends_at": datetime(2026, 11, 2, 8, 30, tzinfo=UTC)} if "starts_at" in wrong else {}

    async def work(tx: Tx) -> None:
        await ledger.add(tx, [_entry(district)])
        with pytest.raises(Refused):
            await ledger.add(tx, [_entry(district, **{**later, **wrong})])

    await world.app.store.turn(work)
    assert len(await rows(world, select(entries))) == 1
    assert [row.minutes for row in await rows(world, select(balances))] == [120]


async def test_all_parts_or_none(world: World) -> None:
    district = await settled(world)
    good = _entry(district, day=date(2026, 11, 5), starts_at=None, ends_at=None)

    async def work(tx: Tx) -> None:
        with pytest.raises(Refused):
            await ledger.add(tx, [good, _entry(district, minutes=0)])

    await world.app.store.turn(work)
    assert await rows(world, select(entries)) == []
    assert await rows(world, select(balances)) == []


@pytest.mark.parametrize("order", ["UPDATE entries SET minutes = 1", "DELETE FROM entries"])
async def test_an_entry_is_never_changed(world: World, order: str) -> None:
    district = await settled(world)

    async def write(tx: Tx) -> None:
        await ledger.add(tx, [_entry(district)])

    async def change(tx: Tx) -> None:
        await tx.script(order)

    await world.app.store.turn(write)
    with pytest.raises(Refused):
        await world.app.store.turn(change)
    assert [row.minutes for row in await rows(world, select(entries))] == [120]


async def test_a_reversal_stands_once_and_is_final(world: World) -> None:
    district = await settled(world)

    async def work(tx: Tx) -> None:
        (first,) = await ledger.add(tx, [_entry(district)])
        (back,) = await ledger.add(tx, [_entry(district, minutes=-120, reverses_id=first)])
        assert await ledger.is_reversed(tx, first)
        for again in (first, back):
            with pytest.raises(Refused):
                await ledger.add(tx, [_entry(district, minutes=-120, reverses_id=again)])
        with pytest.raises(Refused):
            await ledger.add(tx, [_entry(district, reverses_id=back)])
        await ledger.add(tx, [_entry(district)])  # the time is free again
        assert await ledger.balances_of(tx, district.zhou, 2026) == {(district.one, "claim"): 120}
        assert await ledger.stored(tx) == await ledger.recomputed(tx)

    await world.app.store.turn(work)


async def test_an_unknown_error_is_not_taken_for_a_wall(world: World) -> None:
    district = await settled(world)
    wrong = _entry(district, minutes="many")

    async def work(tx: Tx) -> None:
        await ledger.add(tx, [wrong])

    with pytest.raises(Exception, match=r".") as caught:
        await world.app.store.turn(work)
    if world.app.store.embedded:  # SQLite keeps a text in an integer column: the CHECK says no
        assert isinstance(caught.value, Refused)
    else:
        assert not isinstance(caught.value, Refused)
