"""The moment that all examples are read at, and the reading of one line of a table."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.sentence import Reading

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
EXAMPLES = Path(__file__).parent / "examples"


def at(text: str) -> datetime:
    """Read an ISO date and time as local time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def rows(name: str) -> list[tuple[str, str]]:
    """Load a table of examples: a sentence, a bar, what it must read as."""
    lines = (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [
        (sentence, outcome) for sentence, _, outcome in (line.partition(" | ") for line in lines)
    ]


def shown(reading: Reading) -> str:
    """Write a reading as the tables do; a question hides all the rest."""
    if reading.question:
        return f"? {reading.question.value}"
    stretches = []
    for stretch in reading.stretches:
        clocks = ""
        if stretch.start and stretch.end:
            clocks = f"{stretch.start:%H:%M}-{stretch.end:%H:%M} "
        stretches.append(f"{stretch.date} {clocks}{stretch.minutes}")
    named = {"what": reading.what, "place": reading.place, "capacity": reading.capacity}
    named |= {"repeat": reading.repeat}
    return "; ".join(stretches) + "".join(f" | {n}={v}" for n, v in named.items() if v)
