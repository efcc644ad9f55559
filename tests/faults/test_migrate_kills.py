"""QUALITY F41 and F42: migrations that are killed anywhere, or started three times at once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from storage import migrate
from tests.faults.rig import Nursery
from tests.storage.shapes import shape, tables


async def _run(nursery: Nursery, folder: Path, url: str, last: int = 0) -> tuple[int, str]:
    output = folder / f"migrate-{last}.out"
    child = nursery.start("migrate", [url, str(last)], output)
    status = await child.end()
    return status, output.read_text(encoding="utf-8")


async def _killed(
    nursery: Nursery, folder: Path, empty: str, migrated: str, samples: int | None
) -> None:
    steps, step = 0, 1
    while True:
        status, said = await _run(nursery, folder, empty, step)
        if status == 0:
            break
        assert status == -signal.SIGKILL, said
        assert tables(empty) == set()
        steps += 1
        step += 1 if samples is None else max(1, 90 // samples)
    assert steps > 5
    assert said.split()[0] == "True"
    assert migrate.revision(empty) == migrate.HEAD
    assert shape(empty) == shape(migrated)


@pytest.fixture
def migrated_url(empty_database_url: str, request: pytest.FixtureRequest) -> str:
    """A fresh installation on the same database as `empty_database_url`."""
    name = "sqlite_url" if empty_database_url.startswith("sqlite:") else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.mark.slow
async def test_killed_after_some_statements(
    nursery: Nursery, tmp_path: Path, empty_database_url: str, migrated_url: str
) -> None:
    await _killed(nursery, tmp_path, empty_database_url, migrated_url, 6)


@pytest.mark.e2e_long
async def test_killed_after_every_statement(
    nursery: Nursery, tmp_path: Path, empty_database_url: str, migrated_url: str
) -> None:
    await _killed(nursery, tmp_path, empty_database_url, migrated_url, None)


@pytest.mark.slow
async def test_three_that_start_together_migrate_once(
    nursery: Nursery, tmp_path: Path, empty_database_url: str
) -> None:
    outputs = [tmp_path / f"{number}.out" for number in range(3)]
    children = [nursery.start("migrate", [empty_database_url, "0"], output) for output in outputs]
    for child in children:
        assert await child.end() == 0, child.output.read_text(encoding="utf-8")
    said = [output.read_text(encoding="utf-8").split()[0] for output in outputs]
    assert sorted(said) == ["False", "False", "True"]
    assert migrate.revision(empty_database_url) == migrate.HEAD
