"""A roster (名单): rows of strings in, lines about people out, and what each would do."""

from domain.roster.fate import Fate, FateReason, Judgement, KnownPerson, Standing, as_json, fate
from domain.roster.line import (
    LineProblem,
    Roster,
    RosterLine,
    SheetRow,
    SkippedRow,
    SkipReason,
)
from domain.roster.reading import read_roster

__all__ = [
    "Fate",
    "FateReason",
    "Judgement",
    "KnownPerson",
    "LineProblem",
    "Roster",
    "RosterLine",
    "SheetRow",
    "SkipReason",
    "SkippedRow",
    "Standing",
    "as_json",
    "fate",
    "read_roster",
]
