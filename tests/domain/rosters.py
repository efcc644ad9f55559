"""What the tests of rosters share."""

from __future__ import annotations

from datetime import date

from domain.roster import (
    Roster,
    RosterLine,
    SheetRow,
    SkipReason,
    read_roster,
)

AT = date(2026, 11, 22)


def roster(text: str, separator: str = "|") -> Roster:
    lines = text.split("\n")
    return read_roster(
        [SheetRow(n, tuple(line.split(separator))) for n, line in enumerate(lines, 1)], AT
    )


def one(header: str, row: str) -> RosterLine:
    found = roster(f"{header}\n{row}").lines
    assert len(found) == 1
    return found[0]


def skipped(read: Roster) -> dict[int, SkipReason]:
    return {row.line: row.reason for row in read.skipped}
