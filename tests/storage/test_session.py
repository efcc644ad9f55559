"""Who is speaking: account, person, roles and the open dialog, loaded and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from domain.rights import Role
from storage import languages, session
from storage.offers import keep_offers
from storage.session import Session
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.engine import rows
from tests.faults import town

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
VAULT = Vault([(1, bytes(32))])


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    town.settle(database_url, 2)  # m0 and m1
    made = Store(database_url, VAULT)
    yield made
    await asyncio.to_thread(made.close)


async def _load(store: Store, account: str, at: datetime = AT) -> Session:
    return await store.turn(lambda tx: session.load(tx, VAULT, "web", account, at))


async def _keep(store: Store, loaded: Session, **dialog: Any) -> None:
    for name, value in dialog.items():
        setattr(loaded.dialog, name, value)
    loaded.dialog.changed = True
    await store.turn(
        lambda tx: session.keep_dialog(tx, VAULT, loaded.account.id, loaded.dialog, AT)
    )


async def test_a_stranger_gets_an_account_and_nothing_else(store: Store, database_url: str) -> None:
    first, again = await _load(store, "ann"), await _load(store, "ann")
    assert first.account.id == again.account.id
    assert (first.person, first.grants, first.account.language) == (None, (), None)
    assert first.account.name == "web:ann"
    assert len(rows(database_url, "accounts")) == 3


async def test_the_same_name_on_another_channel_is_somebody_else(store: Store) -> None:
    here = await _load(store, "m0")
    there = await store.turn(lambda tx: session.load(tx, VAULT, "telegram", "m0", AT))
    assert here.person is not None
    assert there.person is None


async def test_a_member_is_known_with_the_roles_that_are_not_over(store: Store) -> None:
    async def appoint(tx: Tx) -> None:
        for role, since, until in (
            ("secretary", "2026-01-01", "NULL"),
            ("officer", "2025-01-01", "'2025-12-31 00:00:00.000000+00'"),
            ("organiser", "2026-12-01", "'2027-12-01 00:00:00.000000+00'"),
        ):
            end = until.replace("+00", "") if tx.dialect.name == "sqlite" else until
            await tx.script(
                "INSERT INTO roles (person_id, unit_id, role, since, until, created_at) VALUES "  # noqa: S608
                f"(1, 1, '{role}', '{since} 00:00:00.000000', {end}, '2020-01-01 00:00:00.000000')"
            )

    await store.turn(appoint)
    loaded = await _load(store, "m0")
    assert loaded.person is not None
    assert (loaded.person.name, loaded.person.home, loaded.person.status) == ("成员m0", 1, "active")
    assert {grant.role for grant in loaded.grants} == {Role.SECRETARY, Role.ORGANISER}
    assert (await _load(store, "m1")).grants == ()


async def test_who_speaks_can_be_reached_again(store: Store, database_url: str) -> None:
    gone = "UPDATE accounts SET reachable = {}, reason = 'blocked' WHERE external = 'm0'"
    word = "0" if store.embedded else "FALSE"
    await store.turn(lambda tx: tx.script(gone.format(word)))
    await _load(store, "m0")
    (row,) = rows(database_url, "accounts", external="m0")
    assert (bool(row["reachable"]), row["reason"]) == (True, None)


async def test_a_dialog_is_kept_sealed_and_forgets_itself(store: Store, database_url: str) -> None:
    """SPEC section 3: any dialog survives a restart and forgets itself after 30 minutes."""
    end = AT + timedelta(minutes=30)
    loaded = await _load(store, "m0")
    await _keep(store, loaded, step="log.confirm", data={"what": "秘密"}, expires_at=end)
    just_before = await _load(store, "m0", end - timedelta(seconds=1))
    assert (just_before.dialog.step, just_before.dialog.data) == ("log.confirm", {"what": "秘密"})
    assert (await _load(store, "m0", end)).dialog.step is None
    (row,) = rows(database_url, "dialogs")
    assert "秘密".encode() not in bytes(row["data"])


async def test_an_unchanged_dialog_is_not_written(store: Store, database_url: str) -> None:
    loaded = await _load(store, "m0")
    await store.turn(lambda tx: session.keep_dialog(tx, VAULT, 1, loaded.dialog, AT))
    assert rows(database_url, "dialogs") == []


async def test_the_last_step_counts(store: Store) -> None:
    end = AT + timedelta(minutes=30)
    for step in ("one", "two", None):
        loaded = await _load(store, "m0")
        await _keep(store, loaded, step=step, data={"of": step}, expires_at=end)
        assert (await _load(store, "m0")).dialog.step == step


async def _offered(account: int, offers: list[dict[str, Any]], tx: Tx) -> None:
    await keep_offers(tx, VAULT, account, offers, AT)


async def _english(account: session.Account, tx: Tx) -> None:
    await languages.set_language(tx, account, "en")


async def test_offers_of_others_leave_the_dialog_alone(store: Store) -> None:
    end = AT + timedelta(minutes=30)
    offers = [{"purpose": "claim.ok", "object": 7}]
    loaded = await _load(store, "m0")
    await _keep(store, loaded, step="log.confirm", data={}, expires_at=end)
    for account in (loaded.account.id, (await _load(store, "m1")).account.id):
        await store.turn(partial(_offered, account, offers))
    first, second = await _load(store, "m0"), await _load(store, "m1")
    assert (first.dialog.step, first.dialog.offers) == ("log.confirm", offers)
    assert (second.dialog.step, second.dialog.offers) == (None, offers)


async def test_accounts_that_can_be_reached_come_first(store: Store) -> None:
    async def second(tx: Tx) -> None:
        no, yes = ("0", "1") if tx.dialect.name == "sqlite" else ("FALSE", "TRUE")
        await tx.script(f"UPDATE accounts SET reachable = {no} WHERE external = 'm0'")  # noqa: S608
        await tx.script(
            "INSERT INTO accounts (channel, external, person_id, reachable, created_at) VALUES "  # noqa: S608
            f"('telegram', '1001', 1, {yes}, '2020-01-01 00:00:00.000000')"
        )

    await store.turn(second)
    found = await store.turn(lambda tx: session.reach(tx, 1))
    assert [(one.channel, one.reachable) for one in found] == [("telegram", True), ("web", False)]


async def test_a_language_is_the_accounts_and_its_persons(store: Store) -> None:
    member, stranger = await _load(store, "m0"), await _load(store, "ann")
    for loaded in (member, stranger):
        await store.turn(partial(_english, loaded.account))
    assert (await _load(store, "m0")).account.language == "en"
    assert (await _load(store, "ann")).account.language == "en"
    assert (await _load(store, "m1")).account.language is None
