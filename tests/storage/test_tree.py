"""The tree of units: paths, subtrees and moves agree with a plain model, at a flat cost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import pytest

from storage import tree
from storage.connections import Refused
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.engine import rows

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


async def _found(store: Store, code: str, parent: int | None) -> int:
    values = {"parent_id": parent, "code": code, "kind": "branch", "name": code, "approval": False}
    return await store.turn(lambda tx: tree.founded(tx, values, AT))


class Model:
    """Parents, and what follows from them."""

    def __init__(self) -> None:
        self.parents: dict[int, int | None] = {}

    def path(self, unit: int) -> tuple[int, ...]:
        above = self.parents[unit]
        return (unit,) if above is None else (*self.path(above), unit)

    def below(self, unit: int) -> set[int]:
        return {one for one in self.parents if unit in self.path(one)}

    def height(self, unit: int) -> int:
        return max(len(self.path(one)) for one in self.below(unit)) - len(self.path(unit))


async def _agrees(store: Store, model: Model) -> None:
    async def work(tx: Tx) -> None:
        for unit in model.parents:
            found = await tree.path(tx, unit)
            assert found.units == model.path(unit)
            assert len(found.kinds) == len(found.units)
            assert await tree.subtree(tx, unit) == model.below(unit)
            assert await tree.height(tx, unit) == model.height(unit)

    await store.read(work)


async def _moved(unit: int, parent: int, tx: Tx) -> None:
    await tree.relink(tx, unit, parent)


async def test_a_random_tree_and_random_moves(store: Store, database_url: str) -> None:
    model = Model()
    root = await _found(store, "ROOT", None)
    model.parents[root] = None
    for number in range(30):
        parent = random.choice(list(model.parents))
        model.parents[await _found(store, f"U{number}", parent)] = parent
    await _agrees(store, model)
    for _ in range(12):
        unit = random.choice([one for one in model.parents if one != root])
        parent = random.choice([one for one in model.parents if one not in model.below(unit)])
        await store.turn(partial(_moved, unit, parent))
        model.parents[unit] = parent
    await _agrees(store, model)
    pairs = [(row["ancestor_id"], row["unit_id"]) for row in rows(database_url, "unit_tree")]
    assert len(pairs) == len(set(pairs)) == sum(len(model.path(unit)) for unit in model.parents)


async def test_what_is_not_there(store: Store) -> None:
    async def work(tx: Tx) -> None:
        assert await tree.path(tx, 99) == tree.Path((), ())
        assert await tree.unit(tx, 99) is None
        assert await tree.unit_by_code(tx, "NO") is None
        assert await tree.root(tx) is None
        assert await tree.subtree(tx, 99) == set()
        assert await tree.height(tx, 99) == 0

    await store.turn(work)


async def test_a_code_names_one_unit(store: Store) -> None:
    first = await _found(store, "SAME", None)
    with pytest.raises(Refused):
        await _found(store, "SAME", first)

    async def work(tx: Tx) -> None:
        found = await tree.unit_by_code(tx, "SAME")
        assert found is not None
        assert found.id == first
        locked, root = await tree.unit(tx, first, lock=True), await tree.root(tx)
        assert locked is not None
        assert root is not None
        assert (locked.name, root.id) == ("SAME", first)

    await store.turn(work)


async def test_a_look_costs_the_same_among_a_thousand_units(sqlite_url: str) -> None:
    """1,000 units: a path and a subtree of three take as many steps as among ten."""
    store = Store(sqlite_url, Vault([(1, bytes(32))]))
    root = await _found(store, "ROOT", None)
    township = await _found(store, "T", root)
    leaf = await _found(store, "L", township)

    async def work(tx: Tx) -> int:
        steps = 0

        def counted() -> int:
            nonlocal steps
            steps += 1
            return 0

        tx._cursor.connection.set_progress_handler(counted, 1)
        await tree.path(tx, leaf)
        await tree.subtree(tx, township)
        tx._cursor.connection.set_progress_handler(None, 1)
        return steps

    few = await store.read(work)

    async def grow(tx: Tx) -> None:
        for number in range(1000):
            values = {"code": f"N{number}", "kind": "branch", "name": "x", "approval": False}
            await tree.founded(tx, {**values, "parent_id": root}, AT)

    await store.turn(grow)
    assert await store.read(work) <= few * 1.2
    await asyncio.to_thread(store.close)
