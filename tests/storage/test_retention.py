"""Retention by time travel: nothing older than its limit is left, and nothing younger goes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import limits
from domain.retention import Limits, Rule, before, oldest_year
from scheduler import retention
from storage import audit
from storage import retention as rules
from storage.prepared import Prepared, insert_row
from storage.schema import (
    accounts,
    claims,
    consents,
    dialogs,
    entries,
    inbox,
    invites,
    metadata,
    outbox,
    registrations,
    tries,
)
from storage.schema import (
    audit as audited,
)
from storage.tx import Tx
from tests.engine import ZONE
from tests.joining import CHILD, invite, registered, rows, school_class
from tests.world import START, World

_TRY = insert_row(tries, "account_id", "kind", "wrong", "locked_until")
_CONSENT = insert_row(
    consents,
    *("person_id", "purpose", "text_version", "given_at", "withdrawn_at", "guardian_sealed"),
)


async def _sweep(world: World) -> dict[str, int]:
    config = world.app.config
    look = await retention.look(world.app.store, limits(config), world.clock())
    done = await retention.sweep(world.app.store, limits(config), world.clock())
    assert look.rows == done.rows, "a dry run counts what a run does"
    again = await retention.sweep(world.app.store, limits(config), world.clock())
    assert set(again.rows.values()) == {0}, "a second run finds nothing"
    return {name: count for name, count in done.rows.items() if count}


async def _run(world: World, statement: Prepared, **values: Any) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(statement, **values)

    await world.app.store.turn(work)


async def test_words_that_came_and_went_are_gone_after_their_days(world: World) -> None:
    await school_class(world)
    await world.said("sec", "名单")
    await world.said("sec", "我的数据")
    assert await _sweep(world) == {}
    world.clock.forward(days=7, minutes=1)
    await world.said("sec", "帮助")
    found = await _sweep(world)
    assert (found["inbox-words"], found["outbox-words"]) == (2, 2)
    words = [row.payload is None for row in await rows(world, select(inbox).order_by(inbox.c.id))]
    assert words == [True, True, False]
    sent = await rows(world, select(outbox).order_by(outbox.c.id))
    assert [len(bytes(row.facts)) > 0 for row in sent] == [False, False, True]
    assert [row.worded is None for row in sent] == [True, True, False]
    world.clock.forward(days=1)
    assert (await _sweep(world))["inbox-rows"] == 2


async def test_after_a_long_silence_everybody_is_answered_still(world: World) -> None:
    """SQLite would give the number of the last event again, and with it the key of its answer."""
    await school_class(world)
    await world.said("sec", "帮助")
    world.clock.forward(days=30)
    await _sweep(world)
    assert len(await world.said("sec", "帮助")) == 1
    ids = [row.id for row in await rows(world, select(inbox.c.id).order_by(inbox.c.id))]
    assert ids == [1, 2]


async def test_what_waits_is_kept_whatever_its_age(world: World) -> None:
    unit = await school_class(world, approval=True)
    await registered(world, "ann", unit.code, "王小明")

    async def back(tx: Tx) -> None:
        await tx.script("UPDATE inbox SET state = 'pending', tries = 3")
        await tx.script(
            "UPDATE outbox SET state = 'pending', done_at = NULL,"
            " not_before = '2040-01-01 00:00:00.000000'"
        )

    await world.app.store.turn(back)
    world.clock.forward(days=400)
    found = await _sweep(world)
    assert not set(found) & {"inbox-words", "inbox-rows", "outbox-words", "registrations"}
    assert "strangers" not in found
    assert [row.state for row in await rows(world, select(registrations))] == ["waiting"]


async def test_dialogs_and_old_buttons(world: World) -> None:
    await school_class(world)
    await world.said("ann", "/join")
    world.clock.forward(minutes=31)
    assert await _sweep(world) == {"dialogs": 1}
    (row,) = await rows(world, select(dialogs))
    assert (row.step, row.data, row.offers is None) == (None, None, False)
    world.clock.forward(days=8)
    assert (await _sweep(world))["offers"] == 1


async def test_buttons_of_a_new_message_stay_with_an_old_dialog(world: World) -> None:
    unit = await school_class(world, approval=True)
    await world.said("sec", "帮助")
    world.clock.forward(days=9)
    await registered(world, "ann", await invite(world, unit.unit, unit.secretary), "王小明")
    assert "offers" not in await _sweep(world)
    assert "王小明" in (await world.said("sec", "去看看"))[0].text


async def test_answers_of_registrations_go_a_month_after_the_verdict(world: World) -> None:
    unit = await school_class(world, approval=True)
    await registered(world, "ann", unit.code, "王小明", phone="13800138000")
    await world.said("sec", "审批")
    await world.press("sec", "看人员")
    await world.press("sec", "王小明")
    seen = world.last("sec")
    await world.press("sec", "通过")
    world.clock.forward(days=29)
    assert "registrations" not in await _sweep(world)
    world.clock.forward(days=2)
    assert (await _sweep(world))["registrations"] == 1
    (row,) = await rows(world, select(registrations))
    assert (bytes(row.details_sealed), row.reason, row.state) == (b"", None, "approved")
    assert seen is not None
    assert await world.said("sec", "审批")  # what is left of it is read without harm


async def test_invites_go_when_their_link_has_long_ended(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    await invite(world, unit.unit, unit.secretary)
    await invite(world, unit.unit, unit.secretary)
    world.clock.forward(days=59)
    assert "invites" not in await _sweep(world)
    world.clock.forward(days=2)
    assert (await _sweep(world))["invites"] == 1
    left = await rows(world, select(invites.c.id).order_by(invites.c.id))
    assert [row.id for row in left] == [1, 3]  # somebody came by the first; no number comes twice


async def test_locks_that_ended_go_and_counts_without_a_lock_stay(world: World) -> None:
    await school_class(world)
    await world.said("ann", "/help")
    at = world.clock()
    await _run(world, _TRY, account_id=1, kind="join", wrong=5, locked_until=at)
    await _run(world, _TRY, account_id=1, kind="link", wrong=2, locked_until=None)
    assert "locks" not in await _sweep(world)
    world.clock.forward(days=1, minutes=1)
    assert (await _sweep(world))["locks"] == 1
    assert [row.kind for row in await rows(world, select(tries))] == ["link"]


async def test_a_guardian_is_kept_no_longer_than_needed(world: World) -> None:
    """Who agreed goes a month after it was withdrawn, and when the child is of age."""
    unit = await school_class(world)
    seal = world.app.house.vault.seal_json("consents.guardian", {"words": "母亲李女士"})
    young = await world.person("王小", unit.unit, birth=date(2010, 3, 5), guardian=True)
    grown = await world.person("李大", unit.unit, birth=date(2008, 11, 24), guardian=True)
    at = world.clock()
    row = {"purpose": "register", "text_version": "1", "given_at": at, "guardian_sealed": seal}
    await _run(world, _CONSENT, person_id=young, withdrawn_at=at, **row)
    await _run(world, _CONSENT, person_id=young, withdrawn_at=None, **row)
    await _run(world, _CONSENT, person_id=grown, withdrawn_at=None, **row)
    assert await _sweep(world) == {}
    world.clock.forward(days=3)  # 25 November: the second is 18
    assert await _sweep(world) == {"grown-up": 1}
    world.clock.forward(days=28)
    assert (await _sweep(world))["guardians"] == 1
    kept = select(consents.c.person_id).where(consents.c.guardian_sealed.is_not(None))
    assert [row.person_id for row in await rows(world, kept)] == [young]
    assert len(await rows(world, select(consents))) == 3  # that somebody agreed stays


async def test_a_silent_stranger_is_no_longer_known(world: World) -> None:
    await school_class(world)
    await world.said("stranger", "/start")
    await world.said("root", "/start")
    world.clock.forward(days=7)
    assert "strangers" not in await _sweep(world)
    world.clock.forward(days=3)
    assert (await _sweep(world))["strangers"] == 1
    names = {row.external for row in await rows(world, select(accounts))}
    assert "stranger" not in names
    assert {"sec", "root"} <= names  # app.admins have to be found for alerts
    assert await world.said("stranger", "/start")
    assert "stranger" in {row.external for row in await rows(world, select(accounts))}


async def test_who_is_forgotten_leaves_no_account_either(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    await world.said("ann", "注销")
    await world.press("ann", "继续注销")
    await world.press("ann", "确定注销")
    await world.said("sec", "帮助")
    world.clock.forward(days=9)
    await _sweep(world)
    assert "ann" not in {row.external for row in await rows(world, select(accounts))}
    assert "ann" not in {row.account for row in await rows(world, select(inbox))}


async def test_a_childs_refused_registration_leaves_nothing(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "kid", unit.code, "王小朵", CHILD)
    assert await rows(world, select(registrations)) == []


async def test_the_ledger_is_reported_and_never_touched(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    await world.said("ann", "补录 昨天上午9点到10点在敬老院打扫")
    await world.press("ann", "确认")
    await world.said("sec", "审批")
    await world.press("sec", "看补录")
    await world.press("sec", "通过")
    before_ = [tuple(row) for row in await rows(world, select(entries))]
    config = world.app.config
    world.clock.put(datetime(2036, 12, 31, tzinfo=UTC))
    found = await retention.sweep(world.app.store, limits(config), world.clock())
    assert found.old_lines == 0
    world.clock.put(datetime(2036, 12, 31, 17, tzinfo=UTC))  # 2037 in Shanghai
    found = await retention.sweep(world.app.store, limits(config), world.clock())
    assert found.old_lines == 1
    assert [tuple(row) for row in await rows(world, select(entries))] == before_
    assert [row.what for row in await rows(world, select(claims))]


async def test_each_batch_has_its_line_in_the_audit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "BATCH", 2)
    await school_class(world)
    for _ in range(5):
        await world.said("sec", "帮助")
    world.clock.forward(days=8)
    found = await _sweep(world)
    assert (found["inbox-words"], found["outbox-words"]) == (5, 5)
    lines = await rows(world, select(audited).where(audited.c.action == "retention"))
    counted = [row.facts["rows"] for row in lines if row.facts["rule"] == "inbox-words"]
    assert counted == [2, 2, 1]
    await world.app.ticking.seal()
    assert (await world.app.store.read(audit.verify)).broken_at is None


async def test_the_index_serves_the_outbox(world: World) -> None:
    if not world.app.store.embedded:
        return
    path = str(world.app.config.database.sqlite_path)
    connection = sqlite3.connect(path)
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE done_at < '2026-01-01' AND NOT"
        " (state = 'pending' OR state = 'sending') AND length(facts) > 0 LIMIT 500"
    ).fetchall()
    connection.close()
    assert "ix_outbox_kept" in str(plan)


def test_every_rule_has_a_limit_and_none_lies_ahead() -> None:
    known = Limits(ZONE, inbox_days=3)
    for rule in Rule:
        assert before(rule, known, START) <= START
    assert before(Rule.INBOX_WORDS, known, START) == START - timedelta(days=3)
    assert before(Rule.INBOX_ROWS, known, START) == START - timedelta(days=8)
    assert before(Rule.INBOX_ROWS, Limits(ZONE, 30), START) == START - timedelta(days=30)
    assert oldest_year(Limits(ZONE, record_years=10), START) == 2016


def test_every_table_that_rules_name_exists() -> None:
    assert set(rules._SWEEPS) | {Rule.GROWN_UP, Rule.STRANGERS} == set(Rule)
    assert not {"photos", "places", "locations"} & set(metadata.tables)  # they bring their rule
