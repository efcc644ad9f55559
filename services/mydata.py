"""/mydata: everything about the speaker as one machine-readable file (PIPL 45)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat import Attachment
from domain.abroad import WITHHELD
from domain.people import Band, band
from domain.rights import Action, Target, Verdict
from services.people import local_day
from services.shown import abroad, withheld
from services.turn import Turn, note, outside, permit
from storage import mydata
from storage.audit import Line
from storage.mydata import Rows, Subject

FORMAT = "qingtuan-mydata/1"
SLOW = 2_000  # rows from which the file is written outside the transaction
LARGEST = 15_000_000  # bytes; a channel takes 20 MB, and the outbox keeps the file as base64
_ELSEWHERE = "not sent to this channel; ask for this file on another one, such as the web or WeCom"
_HARMLESS = frozenset({("claim_stretches", "number")})  # which stretch it is: 1, 2, 3
_KEPT = {
    "inbox": "what you said is kept for some days only, and may name others",
    "outbox": "what you were told is kept for some days only, and may name others",
    "dialogs": "an open dialog may name others",
    "audit": "the details of a line may number others",
    "consents": "who a guardian is, and how they agreed, is their own data",
}


class MyDataRefusal(StrEnum):
    """Why there is no file."""

    MISSING = "missing"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class MyData:
    """The file, how many rows are in it, and whether something was left out for this channel."""

    file: Attachment
    rows: int
    withheld: bool


async def subject(turn: Turn) -> Subject:
    """Whose data the speaker may ask about: only ever their own."""
    return await mydata.subject(turn.tx, turn.account.person, turn.account.id)


async def permit_self(turn: Turn, action: Action) -> bool:
    """The right to one's own; who has no person, or has left, owns what there is of the account."""
    if turn.person is None:
        return await permit(turn, Action.PUBLIC, Target(())) is Verdict.ALLOW
    return await permit(turn, action, Target((), owner=turn.person.id)) is Verdict.ALLOW


async def export(turn: Turn) -> MyData | MyDataRefusal:
    """Collect everything that is kept about the speaker and write it as JSON."""
    if not await permit_self(turn, Action.OWN_EXPORT):
        return MyDataRefusal.MISSING
    found = await mydata.collect(turn.tx, turn.house.vault, await subject(turn))
    without = withheld(turn)
    nameless = abroad(turn) and _young(turn, found)
    count = sum(map(len, found.values()))

    def write() -> bytes:
        return rendered(found, turn.at, turn.house.zone, (without, nameless))

    content = outside(turn, "mydata", write) if count > SLOW else write()
    if len(content) > LARGEST:
        return MyDataRefusal.TOO_LARGE
    line = Line(str(Action.OWN_EXPORT), "seen", "accounts", turn.account.id, facts={"rows": count})
    await note(turn, line)
    name = f"qingtuan-mydata-{turn.at.astimezone(turn.house.zone):%Y%m%d}.json"
    return MyData(Attachment(name, "application/json", content), count, without or nameless)


def _young(turn: Turn, found: Rows) -> bool:
    """Whether this may be a minor: whose age is not known is treated as the stricter."""
    births = [row.get("birth") for row in found["persons"]]
    births += [(row.get("details") or {}).get("birth") for row in found["registrations"]]
    known = [date.fromisoformat(one) for one in births if one]
    return not known or any(band(one, local_day(turn)) is not Band.ADULT for one in known)


def rendered(found: Rows, at: datetime, zone: ZoneInfo, without: tuple[bool, bool]) -> bytes:
    """The file. `without`: whether numbers and dates, and whether names, stay out of it."""
    hidden = (WITHHELD if without[0] else frozenset()) | ({"name"} if without[1] else frozenset())
    left_out: set[tuple[str, str]] = set()
    sections = {
        name: [_plain(row, zone, hidden, (name, left_out)) for row in rows]
        for name, rows in found.items()
    }
    whole = {
        "format": FORMAT,
        "made_at": at.astimezone(zone).isoformat(timespec="seconds"),
        "times": str(zone),
        "withheld": [
            {"section": section, "field": field, "why": _ELSEWHERE}
            for section, field in sorted(left_out)
        ],
        "not_included": [{"section": name, "why": why} for name, why in _KEPT.items()],
        "sections": sections,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _plain(
    value: Any, zone: ZoneInfo, hidden: frozenset[str], where: tuple[str, set[tuple[str, str]]]
) -> Any:
    if isinstance(value, Mapping):
        section, left_out = where
        gone = {
            name
            for name in value
            if name in hidden and value[name] is not None and (section, name) not in _HARMLESS
        }
        left_out |= {(section, name) for name in gone}
        return {
            name: _plain(item, zone, hidden, where)
            for name, item in value.items()
            if name not in gone
        }
    if isinstance(value, datetime):
        return value.astimezone(UTC).astimezone(zone).isoformat()
    return value.isoformat() if isinstance(value, date) else value
