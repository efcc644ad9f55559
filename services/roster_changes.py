"""What a line of a roster completes in somebody who is known, and how the old values are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from domain.roster import RosterLine
from storage.people import Record

_FIELDS = ("number", "phone", "identity", "birth", "member_status")
_TAIL = 2  # characters of an old number that may be shown


@dataclass(frozen=True, slots=True)
class Change:
    """A field that gets another value. `old` is masked; None if there was no value.

    `field` is number, phone, identity, birth or member_status; an old member status is the value
    of its Enum, an old birth date shows nothing.
    """

    field: str
    old: str | None


def completed(record: Record, line: RosterLine, day: date) -> Record:
    """The person as the import leaves them; `day` is since when a new member status holds."""
    status = record.member_status if line.member_status is None else str(line.member_status)
    return replace(
        record,
        number=record.number or line.number,
        phone=line.phone or record.phone,
        identity=line.id_number or record.identity,
        birth=line.birth_date or record.birth,
        member_status=status,
        since=record.since if status == record.member_status else day,
    )


def changes(record: Record, line: RosterLine) -> tuple[Change, ...]:
    """What `completed` changes, in the order of the fields."""
    after = completed(record, line, date.min)
    return tuple(
        Change(field, _masked(field, getattr(record, field)))
        for field in _FIELDS
        if getattr(record, field) != getattr(after, field)
    )


def _masked(field: str, value: str | date | None) -> str | None:
    if value is None or field == "member_status":
        return None if value is None else str(value)
    return "***" if isinstance(value, date) else f"***{value[-_TAIL:]}"
