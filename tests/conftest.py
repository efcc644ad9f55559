"""What every test has: the seed, databases of its own, and no settings from outside."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import redis

from tests import stores
from tests.store_keeper import UnavailableError

if TYPE_CHECKING:
    from tests.world import World

hypothesis.settings.register_profile("qingtuan", deadline=None, print_blob=True)
hypothesis.settings.load_profile("qingtuan")


def _migrated(url: str) -> None:
    """What a fresh database holds; imported late, because most tests need no database."""
    from storage.migrate import migrate

    migrate(url)


stores.register_template(_migrated)

_session = pytest.StashKey[tuple[Path, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Forget the operator's settings; the controller of the run opens the session of the stores."""
    for name in list(os.environ):
        if name.startswith("QINGTUAN_") and not name.startswith("QINGTUAN_TEST_"):
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        config.stash[_session] = stores.begin_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last to leave stops the stores."""
    if _session in config.stash:
        stores.end_session(*config.stash[_session])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Every run prints its seed, also a quiet one, and loudly what could not be tested."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(
            f"seed {seed}; again in this order: pytest --randomly-seed={seed}"
        )
    for kind, problem in stores.problems().items():
        terminalreporter.write_sep("!", f"NOT TESTED on {kind}", red=True, bold=True)
        terminalreporter.write_line(problem)


def _missing(kind: str, problem: UnavailableError) -> None:
    reason = f"{kind} cannot run here: {problem}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def fresh_postgres_url() -> Iterator[Callable[..., str]]:
    """Call it for the URL of a fresh PostgreSQL database (`empty=True`: without tables)."""
    with ExitStack() as made:

        def fresh(*, empty: bool = False) -> str:
            try:
                return made.enter_context(stores.postgresql_database(empty=empty))
            except UnavailableError as problem:
                _missing("PostgreSQL", problem)
                raise

        yield fresh


@pytest.fixture
def postgres_url(fresh_postgres_url: Callable[..., str]) -> str:
    """A fresh PostgreSQL database, migrated where a template is registered."""
    return fresh_postgres_url()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite file, migrated where a template is registered."""
    return stores.sqlite_database(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs on both databases, each time on a fresh one, migrated."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """As `database_url`, but without any table: for tests of the migrations themselves."""
    if request.param == "sqlite":
        return stores.sqlite_database(tmp_path, empty=True)
    fresh: Callable[..., str] = request.getfixturevalue("fresh_postgres_url")
    return fresh(empty=True)


@pytest.fixture
def redis_url(worker_id: str) -> str:
    """An emptied Valkey database of this worker's own."""
    try:
        server = stores.server_url("redis")
    except UnavailableError as problem:
        _missing("Valkey", problem)
        raise
    number = int(worker_id.removeprefix("gw") or 0) % 15 if worker_id != "master" else 15
    url = (
        f"{server}?db={number}" if server.startswith("unix:") else f"{server.rstrip('/')}/{number}"
    )
    client = redis.Redis.from_url(url)
    client.flushdb()
    client.close()
    return url


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A whole Qingtuan on both databases (tests/world.py)."""
    from tests.world import living  # most tests need none of it

    async with living(database_url, tmp_path) as made:
        yield made
