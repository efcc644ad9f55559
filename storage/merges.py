"""What two registrations of one person hold, and what moved when they became one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, or_, select, update

from domain.merging import Line
from storage.claims import OPEN
from storage.prepared import Prepared, insert_row
from storage.schema import (
    claim_stretches,
    claims,
    consents,
    entries,
    homes,
    merge_lines,
    merges,
    persons,
    registrations,
    reversals,
    verdicts,
)
from storage.tx import Tx

DONE, UNDONE = "done", "undone"

_reversal = entries.alias("reversal")
_in_force = (entries.c.minutes > 0) & ~exists(  # no reversal: see storage.ledger
    select(_reversal.c.id).where(_reversal.c.reverses_id == entries.c.id)
)
_ENTRIES = Prepared(
    select(entries)
    .where(entries.c.person_id == bindparam("person_id"), _in_force)
    .order_by(entries.c.id)
)
_CLAIMS = Prepared(
    select(
        claims.c.id,
        claims.c.state,
        claims.c.what,
        claim_stretches.c.day,
        claim_stretches.c.minutes,
        claim_stretches.c.starts_at,
        claim_stretches.c.ends_at,
    )
    .join(claim_stretches, claim_stretches.c.claim_id == claims.c.id)
    .where(claims.c.person_id == bindparam("person_id"), OPEN)
    .order_by(claims.c.id, claim_stretches.c.number)
)
_HOLD_CLAIM = Prepared(select(claims).where(claims.c.id == bindparam("key_id")).with_for_update())
_CLAIM = Prepared(
    update(claims)
    .where(claims.c.id == bindparam("key_id"))
    .values(
        person_id=bindparam("new_person"),
        state=bindparam("new_state"),
        version=claims.c.version + 1,
    )
)
_JUDGED = Prepared(
    select(verdicts.c.id)
    .join(claims, claims.c.id == verdicts.c.claim_id)
    .where(
        or_(
            (claims.c.person_id == bindparam("one")) & (verdicts.c.reviewer_id == bindparam("two")),
            (claims.c.person_id == bindparam("two")) & (verdicts.c.reviewer_id == bindparam("one")),
        )
    )
    .limit(1)
)
_DOUBTED = Prepared(
    select(reversals.c.id)
    .join(entries, entries.c.id == reversals.c.entry_id)
    .where(entries.c.person_id == bindparam("person_id"), reversals.c.state == "waiting")
    .limit(1)
)
_FOLLOW = Prepared(
    update(reversals)
    .where(reversals.c.entry_id == bindparam("key_entry"), reversals.c.state == "waiting")
    .values(entry_id=bindparam("new_entry"))
)
_CONSENTS = Prepared(
    select(consents.c.id)
    .where(consents.c.person_id == bindparam("person_id"))
    .order_by(consents.c.id)
)
_CONSENT = Prepared(
    update(consents)
    .where(consents.c.id == bindparam("key_id"))
    .values(person_id=bindparam("new_person"))
)
_WITHDRAW = Prepared(
    update(registrations)
    .where(
        or_(
            registrations.c.account_id == bindparam("key_account"),
            registrations.c.person_id == bindparam("key_person"),
        ),
        registrations.c.state == "waiting",
    )
    .values(
        state="withdrawn",
        decided_at=bindparam("new_at"),
        version=registrations.c.version + 1,
    )
)
_HOME = Prepared(
    select(homes.c.id)
    .where(homes.c.person_id == bindparam("person_id"), homes.c.until.is_(None))
    .order_by(homes.c.id.desc())
    .limit(1)
)
_HOME_UNIT = Prepared(select(homes.c.unit_id).where(homes.c.id == bindparam("key_id")))
_HOME_UNTIL = Prepared(
    update(homes).where(homes.c.id == bindparam("key_id")).values(until=bindparam("new_until"))
)
_STATUS = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("key_id"))
    .values(
        status=bindparam("new_status"),
        home_unit_id=bindparam("new_home"),
        version=persons.c.version + 1,
    )
)
_NEW = insert_row(merges, "kept_id", "absorbed_id", "state", "was", "home_id", "facts", "at")
_LINE = insert_row(
    merge_lines, "merge_id", "entry_id", "part", "copy_id", "twin_id", returning=False
)
_ONE = Prepared(select(merges).where(merges.c.id == bindparam("key_id")))
_LOCK = Prepared(select(merges).where(merges.c.id == bindparam("key_id")).with_for_update())
_UNDO = Prepared(
    update(merges)
    .where(merges.c.id == bindparam("key_id"), merges.c.state == DONE)
    .values(state=UNDONE, undone_at=bindparam("new_at"))
)
_LATER = Prepared(
    select(merges.c.id).where(
        merges.c.id > bindparam("after"),
        merges.c.state == DONE,
        or_(merges.c.absorbed_id == bindparam("kept"), merges.c.kept_id == bindparam("kept")),
    )
)
_LINES = Prepared(
    select(merge_lines)
    .where(merge_lines.c.merge_id == bindparam("merge_id"))
    .order_by(merge_lines.c.entry_id, merge_lines.c.part)
)


@dataclass(frozen=True, slots=True)
class New:
    """A merge to write down; `facts` are the ids of what moved."""

    kept_id: int
    absorbed_id: int
    was: str
    home_id: int | None
    facts: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of an entry: one of its pieces (from 0), the copy, and what counts instead."""

    entry: int
    part: int
    copy: int | None
    twin: int | None


async def in_force(tx: Tx, person: int) -> list[Any]:
    """Every entry of a person that nobody reversed (all columns of storage.schema.entries)."""
    return await tx.all(_ENTRIES, person_id=person)


def line(row: Any) -> Line:
    """An entry's row as the plan of a merge sees it."""
    return Line(row.id, row.day, row.minutes, row.what, row.starts_at, row.ends_at)


async def open_claims(tx: Tx, person: int) -> list[Line]:
    """The stretches of a person's open claims; `id` is the claim's."""
    return [line(row) for row in await tx.all(_CLAIMS, person_id=person)]


async def claim(tx: Tx, number: int) -> Any | None:
    """A claim's row, held against others."""
    return await tx.one(_HOLD_CLAIM, key_id=number)


async def set_claim(tx: Tx, number: int, person: int, state: str) -> None:
    """Say whose claim it is and how it stands; whoever saw it before must look again."""
    await tx.run(_CLAIM, key_id=number, new_person=person, new_state=state)


async def judged_each_other(tx: Tx, one: int, two: int) -> bool:
    """Whether either gave a verdict on a claim of the other."""
    return await tx.one(_JUDGED, one=one, two=two) is not None


async def is_doubted(tx: Tx, person: int) -> bool:
    """Whether somebody proposed to reverse an entry of this person and nobody decided."""
    return await tx.one(_DOUBTED, person_id=person) is not None


async def follow(tx: Tx, entry: int, new: int) -> None:
    """A proposal to reverse an entry means what was written in its place."""
    await tx.run(_FOLLOW, key_entry=entry, new_entry=new)


async def consents_of(tx: Tx, person: int) -> list[int]:
    """The ids of a person's consents."""
    return [row.id for row in await tx.all(_CONSENTS, person_id=person)]


async def set_consents(tx: Tx, numbers: Iterable[int], person: int | None) -> None:
    """Say whose consents these are."""
    for number in numbers:
        await tx.run(_CONSENT, key_id=number, new_person=person)


async def withdraw_registrations(tx: Tx, account: int, person: int | None, at: datetime) -> int:
    """What an account or a person waits for is taken back; answers how many."""
    return await tx.run(_WITHDRAW, key_account=account, key_person=person, new_at=at)


async def open_home(tx: Tx, person: int) -> int | None:
    """The id of the line of a person's present home."""
    found: int | None = await tx.value(_HOME, person_id=person)
    return found


async def home_unit(tx: Tx, home: int) -> int | None:
    """The unit of a line of the homes."""
    found: int | None = await tx.value(_HOME_UNIT, key_id=home)
    return found


async def end_home(tx: Tx, home: int, until: datetime | None) -> None:
    """End a line of the homes, or open it again (`until` None)."""
    await tx.run(_HOME_UNTIL, key_id=home, new_until=until)


async def set_status(tx: Tx, person: int, status: str, home: int | None) -> None:
    """Give a person another status and home unit."""
    await tx.run(_STATUS, key_id=person, new_status=status, new_home=home)


async def add(tx: Tx, new: New) -> int:
    """Write a merge down and answer its id."""
    return int(await tx.value(_NEW, **asdict(new), state=DONE) or 0)


async def add_lines(tx: Tx, merge: int, lines: Iterable[Copied]) -> None:
    """What became of entries."""
    await tx.many(
        _LINE,
        [
            {
                "merge_id": merge,
                "entry_id": one.entry,
                "part": one.part,
                "copy_id": one.copy,
                "twin_id": one.twin,
            }
            for one in lines
        ],
    )


async def one(tx: Tx, merge: int, lock: bool = False) -> Any | None:
    """A merge's row (all columns of storage.schema.merges), held against others if wanted."""
    return await tx.one(_LOCK if lock else _ONE, key_id=merge)


async def lines_of(tx: Tx, merge: int) -> list[Any]:
    """What became of each entry (all columns of storage.schema.merge_lines)."""
    return await tx.all(_LINES, merge_id=merge)


async def is_buried(tx: Tx, row: Any) -> bool:
    """Whether its kept person took part in a later merge that stands: undo that one first."""
    return await tx.one(_LATER, after=row.id, kept=row.kept_id) is not None


async def undo(tx: Tx, merge: int, at: datetime) -> bool:
    """Mark a merge undone; False if it was already."""
    return await tx.run(_UNDO, key_id=merge, new_at=at) == 1
