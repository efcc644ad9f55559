"""Action by relation by door: what happens is what the rights say, and a refusal tells nothing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests import stores
from tests.authorisation.checks import named
from tests.authorisation.lists import listed, opened, own
from tests.authorisation.rows import ROWS, Row
from tests.authorisation.scene import Eye, Scene
from tests.store_keeper import UnavailableError
from tests.world import living

pytestmark = pytest.mark.asyncio(loop_scope="module")
CELLS = [(route, kind) for route, row in ROWS.items() for kind in row.things or ("-",)]


def one_for_each_right() -> Iterator[tuple[str, str]]:
    """For each right the first route that does something with it, else the first that looks."""
    order = ("effect", "look", "desk", "list", "own", "open")
    rows = sorted(
        (row for row in ROWS.values() if row.ends != "asks"), key=lambda r: order.index(r.ends)
    )
    seen = set()
    for row in rows:
        if row.decides not in seen:
            seen.add(row.decides)
            yield row.route, (row.things or ("-",))[0]


@asynccontextmanager
async def built(url: str, folder: Path) -> AsyncIterator[Scene]:
    async with living(url, folder) as world:
        eye = Eye(url)
        scene = Scene(world, eye)
        await scene.build()
        try:
            yield scene
        finally:
            eye.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("authorisation")
    async with built(stores.sqlite_database(folder), folder) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("authorisation")
    try:
        stores.server_url("postgresql")
    except UnavailableError as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(str(problem))
        pytest.skip(str(problem))
    with stores.postgresql_database() as url:
        async with built(url, folder) as made:
            yield made


async def disagreements(scene: Scene, row: Row, kind: str) -> list[str]:
    match row.ends:
        case "desk" | "list":
            return await listed(scene, row, kind)
        case "own":
            return await own(scene, row, kind)
        case "open":
            return await opened(scene, row)
    return await named(scene, row, kind)


@pytest.mark.parametrize(("route", "kind"), CELLS)
async def test_the_rights_are_kept(scene: Scene, route: str, kind: str) -> None:
    found = await disagreements(scene, ROWS[route], kind)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("route", "kind"), [*one_for_each_right()])
async def test_the_rights_are_kept_on_postgresql(
    scene_on_postgresql: Scene, route: str, kind: str
) -> None:
    found = await disagreements(scene_on_postgresql, ROWS[route], kind)
    assert not found, "\n".join(found)
