"""A roster in the chat: read, shown before anything happens, carried out, taken back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.rights import Action, Verdict
from domain.roster import Fate, RosterLine, read_roster
from services import targets
from services.people import local_day
from services.roster_plan import Planned, carry_out, counts, from_json, plan, to_json
from services.sheets import Sheet, Unreadable, pasted, rows
from services.shown import withheld
from services.turn import Turn, note, outside, permit
from storage import roster, tree
from storage.audit import Line

MOST_LINES = 2_000  # in the chat; the command line takes more
LONGEST_TEXT = 4_000  # letters; a channel may cut what is longer, and a person with it
UNDO = timedelta(hours=24)


class ImportRefusal(StrEnum):
    """Why a roster is not read or not carried out."""

    MISSING = "missing"
    TOO_LONG = "too_long"  # a text that may have been cut: send a file
    TOO_MANY = "too_many"
    NO_CONTENT = "no_content"  # this channel did not bring the file itself
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    TOO_BIG = "too_big"
    NOBODY = "nobody"  # no line about a person
    PHOTO = "photo"  # a picture of a list is not read
    NOTHING = "nothing"  # nothing to write
    ABROAD = "abroad"  # a list of people does not go to this channel
    TOO_LATE = "too_late"


_UNREADABLE = {
    "encrypted": ImportRefusal.ENCRYPTED,
    "macros": ImportRefusal.MACROS,
    "too_big": ImportRefusal.TOO_BIG,
    "too_many_rows": ImportRefusal.TOO_MANY,
    "empty": ImportRefusal.NOBODY,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What would happen. `counts` by fate; `kept` lines will be written, `children` of them cut.

    `left` lines wait for a decision (ASK) and are not written. `ignored` are headers that were not
    even looked at, `remarks` the lines taken for titles and notes, `left_out` counts further
    tables of the file that were not read. `data` belongs into the sealed dialog.
    """

    unit_name: str
    counts: Mapping[str, int]
    kept: int
    children: int
    left: int
    planned: Sequence[Planned]
    ignored: Sequence[str]
    remarks: Sequence[int]
    left_out: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """Done. `first` is the first new person, by which it can be taken back; 0 if none is new."""

    unit_name: str
    made: int
    changed: int
    first: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many lines are gone, and how many stayed because somebody claimed or touched them."""

    gone: int
    stayed: int


async def place(turn: Turn, unit: int) -> str | ImportRefusal:
    """The name of a unit whose roster the speaker may import, on this channel."""
    found = await _permitted(turn, unit)
    if not isinstance(found, ImportRefusal) and withheld(turn):
        return ImportRefusal.ABROAD
    return found


async def _permitted(turn: Turn, unit: int) -> str | ImportRefusal:
    found = await tree.unit(turn.tx, unit)
    target = await targets.at_unit(turn, unit)
    verdict = await permit(turn, Action.ROSTER_IMPORT, target, ("units", unit))
    if verdict is not Verdict.ALLOW or found is None or found.closed_at is not None:
        return ImportRefusal.MISSING
    return str(found.name)


async def read_text(turn: Turn, unit: int, text: str) -> Report | ImportRefusal:
    """Read a roster that was pasted into the chat."""
    if len(text) > LONGEST_TEXT:
        return ImportRefusal.TOO_LONG
    return await _read(turn, unit, pasted(text))


async def read_file(turn: Turn, unit: int, payload: Mapping[str, Any]) -> Report | ImportRefusal:
    """Read a file that was sent: payload content (base64) and name."""
    content = payload.get("content")
    if not isinstance(content, str):
        return ImportRefusal.NO_CONTENT
    try:
        raw = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return ImportRefusal.UNREADABLE
    name = str(payload.get("name", ""))
    sheet = outside(turn, "sheet", lambda: rows(raw, name))  # a workbook may take seconds
    return await _read(turn, unit, sheet)


async def _read(turn: Turn, unit: int, sheet: Sheet | Unreadable) -> Report | ImportRefusal:
    if isinstance(sheet, Unreadable):
        return _UNREADABLE.get(str(sheet.reason), ImportRefusal.UNREADABLE)
    found = read_roster(sheet.rows, local_day(turn))
    if not found.lines:
        return ImportRefusal.NOBODY
    if len(found.lines) > MOST_LINES:
        return ImportRefusal.TOO_MANY
    about = {
        "ignored": list(found.ignored_columns),
        "remarks": list(found.remarks),
        "left_out": sheet.left_out,
    }
    return await _report(turn, unit, found.lines, about)


async def again(turn: Turn, data: Mapping[str, Any]) -> Report | ImportRefusal:
    """The report of a dialog once more, as things stand now."""
    lines = from_json(data["lines"])
    return await _report(turn, int(data["unit"]), lines, data)


async def _report(
    turn: Turn, unit: int, lines: Sequence[RosterLine], about: Mapping[str, Any]
) -> Report | ImportRefusal:
    name = await place(turn, unit)
    if isinstance(name, ImportRefusal):
        return name
    planned = await plan(turn.tx, turn.house.vault, lines, unit)
    found = counts(planned)
    kept = sum(one.kept for one in planned)
    known: dict[str, Any] = {
        "ignored": list(about["ignored"]),
        "remarks": list(about.get("remarks", ())),  # a dialog of the release before has none
        "left_out": int(about.get("left_out", 0)),
    }
    data = {"unit": unit, "lines": to_json(lines), "counts": found, "kept": kept, **known}
    children = sum(one.child and one.kept for one in planned)
    left = sum(one.fate is Fate.ASK and not one.kept for one in planned)
    return Report(name, found, kept, children, left, planned, data=data, **known)


async def confirm(turn: Turn, data: Mapping[str, Any]) -> Imported | Report | ImportRefusal:
    """Write what was reported, all or nothing; a new report if things changed meanwhile."""
    report = await again(turn, data)
    if isinstance(report, ImportRefusal):
        return report
    if report.counts != data["counts"] or report.kept != data["kept"]:
        return report
    if not report.kept:
        return ImportRefusal.NOTHING
    unit = int(data["unit"])
    by = None if turn.person is None else turn.person.id
    when = (turn.at, local_day(turn))
    done = await carry_out(turn.tx, turn.house.vault, report.planned, by, when)
    first = done.made[0] if done.made else 0
    facts = {"made": list(done.made), "changed": done.changed}
    await note(turn, Line("roster-import", "done", "persons", first, unit, facts))
    return Imported(report.unit_name, len(done.made), done.changed, first)


async def undo(turn: Turn, first: int) -> TakenBack | ImportRefusal:
    """Take an import back within a day: the new lines that nobody claimed or touched.

    What it completed in known lines stays: the values from before are not kept anywhere.
    """
    found = await roster.made_by(turn.tx, first)
    if found is None:
        return ImportRefusal.MISSING
    if isinstance(await _permitted(turn, found.unit), ImportRefusal):
        return ImportRefusal.MISSING
    if turn.at - found.at > UNDO:
        return ImportRefusal.TOO_LATE
    gone = [
        person for person in found.made if await roster.take_back(turn.tx, turn.house.vault, person)
    ]
    facts = {"gone": gone}
    await note(turn, Line("roster-undone", "done", "persons", first, found.unit, facts))
    return TakenBack(len(gone), len(found.made) - len(gone))
