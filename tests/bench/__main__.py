"""`make bench`: prints the tables of docs/benchmarks.md. Nothing is asserted here."""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

from storage.migrate import migrate
from tests import store_keeper
from tests.bench import bare, load, starts, telegram, wecom
from tests.bench.people import Filler

PEOPLE = 400  # and 20 entries each, for the rates
FEW, MANY = 1_000, 1_000_000  # entries, for the growth


def main() -> None:
    """Measure everything, in about seven minutes."""
    print(f"Python {platform.python_version()}, {platform.machine()}, one run.\n")
    _rates()
    _growth()
    _starts()
    telegram.main()
    wecom.main()


def _filled(url: str, people: int, entries: int) -> str:
    migrate(url)
    Filler(url).fill(people, entries)
    return url


def _rates() -> None:
    print("| 40 clients, event in to reply out | turns/s | p50 ms | p99 ms | p99.9 ms |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        _rate("SQLite", _filled(f"sqlite:///{folder}/a.db", PEOPLE, PEOPLE * 20))
        Path(folder).chmod(0o711)  # its server runs as somebody else
        with store_keeper.postgresql(Path(folder), durable=True) as url:
            _rate("PostgreSQL", _filled(url, PEOPLE, PEOPLE * 20))


def _rate(kind: str, url: str) -> None:
    yardstick = bare.turns_per_second(url)
    for name, talk in (("/hours", load.hours), ("/log, the committing press", load.log)):
        print(load.measure(url, f"{kind}: {name}", talk).row(), flush=True)
    print(f"| {kind}: ten statements on the bare driver, one connection | {yardstick:,.0f} | | | |")


def _growth() -> None:
    print("\n| entries in the store (SQLite) | /hours turns/s | p50 ms |\n|---|---|---|")
    rates = []
    for entries in (FEW, MANY):
        with tempfile.TemporaryDirectory() as folder:
            url = _filled(f"sqlite:///{Path(folder)}/g.db", entries // 20, entries)
            found = load.measure(url, "", load.hours, spread=1)
        rates.append(found.rate)
        print(f"| {entries:,} | {found.rate:,.0f} | {found.percentile(0.5):.1f} |", flush=True)
    print(f"\ncost of a turn, {MANY:,} against {FEW:,} entries: {rates[0] / rates[1]:.2f}")


def _starts() -> None:
    first, second, megabytes = starts.starts()
    print("\n| start, with the demo district | |\n|---|---|")
    print(f"| first, with migration and seed, to ready | {first:.2f} s |")
    print(f"| second, to ready | {second:.2f} s |")
    print(f"| memory one second later | {megabytes:.0f} MB |")
    print(f"| `qingtuan --help`, whole process, best of five | {starts.help_seconds():.2f} s |")
    print("\n| import (own time of the package) | ms |\n|---|---|")
    for name, milliseconds in starts.imports():
        print(f"| {name} | {milliseconds:.0f} |")


if __name__ == "__main__":
    main()
