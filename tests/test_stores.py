"""The stores of the tests themselves: real, fresh, apart from each other, and gone afterwards."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests import stores

PROJECT = Path(__file__).resolve().parent.parent


def _fill(url: str) -> None:
    """Stands for the migrations: one table."""
    words = "CREATE TABLE mark (x int)"
    if url.startswith("sqlite:///"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute(words)
        file.close()
    else:
        with psycopg.connect(url) as connection:
            connection.execute(words)


def _names(url: str) -> set[str]:
    if url.startswith("sqlite:///"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            rows = file.execute("SELECT name FROM sqlite_master").fetchall()
        file.close()
    else:
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchall()
    return {name for (name,) in rows}


@pytest.fixture
def own_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A session inside the session, with a template of its own and the same servers."""
    outer = {kind: stores.server_url(kind) for kind in ("postgresql",)}
    monkeypatch.setenv(stores.GIVEN["postgresql"], outer["postgresql"])
    monkeypatch.setattr(stores, "_build", [_fill])
    before = os.environ[stores.SESSION]
    folder, alive = stores.begin_session()
    yield folder
    stores.end_session(folder, alive)
    os.environ[stores.SESSION] = before


def test_an_empty_database_is_empty(empty_database_url: str) -> None:
    assert _names(empty_database_url) == set()


def test_two_databases_of_a_test_are_apart(fresh_postgres_url: Callable[..., str]) -> None:
    first, second = fresh_postgres_url(empty=True), fresh_postgres_url(empty=True)
    _fill(first)
    assert (_names(first), _names(second)) == ({"mark"}, set())


def test_a_registered_template_is_built_once_and_copied(own_session: Path, tmp_path: Path) -> None:
    with stores.postgresql_database() as first, stores.postgresql_database() as second:
        assert _names(first) == _names(second) == {"mark"}
    assert _names(stores.sqlite_database(tmp_path)) == {"mark"}
    assert (own_session / "template.postgresql").exists()


def test_a_dropped_database_is_gone() -> None:
    with stores.postgresql_database(empty=True) as url:
        psycopg.connect(url).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_postgresql_is_a_real_and_recent_one(fresh_postgres_url: Callable[..., str]) -> None:
    with psycopg.connect(fresh_postgres_url(empty=True)) as connection:
        assert connection.info.server_version >= 160000


def test_valkey_answers_and_is_empty(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.dbsize() == 0
    client.set("seen", "1")
    assert client.get("seen") == b"1"
    client.close()


@pytest.mark.slow
@pytest.mark.parametrize("kill", [False, True], ids=["ends", "is killed"])
def test_the_servers_end_with_the_session(tmp_path: Path, *, kill: bool) -> None:
    """A session in a process of its own, which ends as it should or dies: no server stays."""
    words = (
        "import sys; from tests import stores; folder, alive = stores.begin_session();"
        "print(stores.server_url('postgresql'), folder, flush=True); sys.stdin.read();"
        "stores.end_session(folder, alive)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", words],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url, folder = process.stdout.readline().split()
    psycopg.connect(url).close()
    if kill:
        process.kill()
    process.communicate()
    deadline = time.monotonic() + 15
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    assert not Path(folder).exists()
