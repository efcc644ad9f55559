"""The yardstick: the statements of a turn on the bare drivers, a commit each."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import psycopg

SECONDS = 3.0
# Ten statements of the shape that a turn has: five looks, three new rows, two changes.
_TEN = (
    "SELECT id, person_id, reachable FROM accounts WHERE channel = 'web' AND external = ?",
    "SELECT id, name, alias, home_unit_id FROM persons WHERE id = ?",
    "SELECT role, unit_id FROM roles WHERE person_id = ?",
    "SELECT year, source, minutes FROM balances WHERE person_id = ?",
    "SELECT id, day, minutes FROM entries WHERE person_id = ? ORDER BY day DESC LIMIT 5",
    "INSERT INTO bench_in (key, body) VALUES (?, ?)",
    "INSERT INTO bench_out (key, body) VALUES (?, ?)",
    "INSERT INTO bench_log (key, body) VALUES (?, ?)",
    "UPDATE bench_in SET body = ? WHERE key = ?",
    "UPDATE persons SET language = 'zh-CN' WHERE id = ?",
)
_TABLES = ("bench_in", "bench_out", "bench_log")


def turns_per_second(url: str) -> float:
    """Run the ten statements for some seconds on one connection; answers turns per second."""
    postgres = url.startswith("postgresql:")
    connection: Any
    if postgres:
        connection = psycopg.connect(url, autocommit=True, prepare_threshold=3)
    else:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    cursor = connection.cursor()
    for table in _TABLES:
        cursor.execute(f"CREATE TABLE {table} (key TEXT PRIMARY KEY, body TEXT)")
    statements = [one.replace("?", "%s") if postgres else one for one in _TEN]
    count, start = 0, time.perf_counter()
    while time.perf_counter() < start + SECONDS:
        cursor.execute("BEGIN" if postgres else "BEGIN IMMEDIATE")
        _ten(cursor, statements, count)
        cursor.execute("COMMIT")
        count += 1
    rate = count / (time.perf_counter() - start)
    for table in _TABLES:
        cursor.execute(f"DROP TABLE {table}")
    connection.close()
    return rate


def _ten(cursor: Any, statements: list[str], count: int) -> None:
    person, key = count % 400 + 1, f"key-{count}"
    values: tuple[tuple[Any, ...], ...] = (
        (f"u{person}",),
        *((person,) for _ in range(4)),
        *((key, "x" * 300) for _ in range(3)),
        ("y" * 300, key),
        (person,),
    )
    for number, (statement, given) in enumerate(zip(statements, values, strict=True)):
        cursor.execute(statement, given)
        if number < 5:
            cursor.fetchall()
