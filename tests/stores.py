"""Real databases for tests: one server per session, a fresh database per test."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.store_keeper import START_SECONDS, UnavailableError

SESSION = "QINGTUAN_TEST_SESSION"
GIVEN = {"postgresql": "QINGTUAN_TEST_POSTGRES_URL", "redis": "QINGTUAN_TEST_REDIS_URL"}
_PROJECT = Path(__file__).resolve().parent.parent
_TEMPLATE = "template"

Build = Callable[[str], object]
_build: list[Build] = []


def register_template(build: Build) -> None:
    """Name what makes an empty database ready (migrations); runs once per session and kind.

    `build` gets a URL, sqlite or postgresql, and leaves no connection open.
    """
    _build[:] = [build]


# ------------------------------------------------------------------ the session


def begin_session() -> tuple[Path, int]:
    """Make the session's folder and hold it; the controller of the run calls this once.

    In /tmp whatever TMPDIR says: a socket's path has to be short, and open to another account.
    """
    folder = Path(tempfile.mkdtemp(prefix="qt-", dir="/tmp"))
    folder.chmod(0o711)
    alive = os.open(folder / "alive", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(alive, fcntl.LOCK_EX)
    os.environ[SESSION] = str(folder)
    return folder, alive


def end_session(folder: Path, alive: int) -> None:
    """Let go of the session: its keepers stop their servers; then remove the folder."""
    if GIVEN["postgresql"] in os.environ and (folder / "postgresql.json").exists():
        _drop_all(os.environ[GIVEN["postgresql"]], _prefix())
    os.close(alive)
    del os.environ[SESSION]
    deadline = time.monotonic() + 15
    while any(folder.glob("*.kept")) and time.monotonic() < deadline:
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def problems() -> dict[str, str]:
    """Which stores could not run in this session, and why."""
    found = {}
    for kind in GIVEN:
        report = _folder() / f"{kind}.json"
        if report.exists():
            words = json.loads(report.read_text(encoding="utf-8"))
            if "problem" in words:
                found[kind] = words["problem"]
    return found


def _folder() -> Path:
    return Path(os.environ[SESSION])


def _prefix() -> str:
    return f"qt_{_folder().name.removeprefix('qt-')}_".lower()


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    with (_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def server_url(kind: str) -> str:
    """The URL of the session's "postgresql" or "redis" server, started by whoever asks first."""
    with _one_at_a_time(kind):
        report = _folder() / f"{kind}.json"
        if not report.exists():
            _start(kind, report)
        words = json.loads(report.read_text(encoding="utf-8"))
    if "url" not in words:
        raise UnavailableError(words["problem"])
    return str(words["url"])


def _start(kind: str, report: Path) -> None:
    given = os.environ.get(GIVEN[kind])
    if given:
        report.write_text(json.dumps({"url": given}), encoding="utf-8")
        return
    (_folder() / f"{kind}.kept").touch()  # the keeper takes it away when its server has stopped
    command = [sys.executable, "-m", "tests.store_keeper", str(_folder()), kind]
    keeper = subprocess.Popen(
        command, cwd=_PROJECT, stdin=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + START_SECONDS + 30
    while not report.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            words = {"problem": f"the keeper of {kind} ended without a word"}
            (_folder() / f"{kind}.kept").unlink(missing_ok=True)
            report.write_text(json.dumps(words), encoding="utf-8")
            return
        time.sleep(0.02)
    keeper.returncode = 0  # it outlives this worker on purpose: no ResourceWarning


# ------------------------------------------------------------------ PostgreSQL


@contextmanager
def postgresql_database(*, empty: bool = False) -> Iterator[str]:
    """The URL of a fresh database: migrated where a template is registered, unless `empty`."""
    server = server_url("postgresql")
    name = _prefix() + secrets.token_hex(6)
    if empty or not _build:
        _order(server, "CREATE DATABASE {}", name)
    else:
        _order(server, "CREATE DATABASE {} TEMPLATE {}", name, _postgresql_template(server))
    try:
        yield _named(server, name)
    finally:
        _order(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _postgresql_template(server: str) -> str:
    name = _prefix() + _TEMPLATE
    ready = _folder() / "template.postgresql"
    with _one_at_a_time(_TEMPLATE):
        if not ready.exists():
            _order(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            _order(server, "CREATE DATABASE {}", name)
            _build[0](_named(server, name))
            ready.touch()
    return name


def _named(server: str, name: str) -> str:
    parts = urlsplit(server)
    made = urlunsplit(parts._replace(path=f"/{name}"))
    return made if parts.netloc else made.replace("postgresql:/", "postgresql:///", 1)


def _order(server: str, words: str, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(words).format(*map(sql.Identifier, names)))


def _drop_all(server: str, prefix: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (prefix,)
        ).fetchall()
    for (name,) in found:
        _order(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


# ------------------------------------------------------------------ SQLite


def sqlite_database(folder: Path, *, empty: bool = False) -> str:
    """The URL of a fresh file in `folder`: migrated where a template is registered."""
    path = folder / f"{secrets.token_hex(4)}.db"
    if _build and not empty:
        shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def _sqlite_template() -> Path:
    ready = _folder() / "template.db"
    with _one_at_a_time(_TEMPLATE):
        if not ready.exists():
            making = _folder() / f"making-{secrets.token_hex(4)}.db"
            _build[0](f"sqlite:///{making}")
            connection = sqlite3.connect(making)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            making.rename(ready)
    return ready
