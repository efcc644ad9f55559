"""The ledger: entries that are never changed, and the balances that add them up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, update

from domain.hours import Piece
from domain.ledger import Part
from storage.connections import Refused
from storage.prepared import Prepared, insert_row
from storage.schema import balances, entries, homes, persons
from storage.tx import Tx

CLAIM = "claim"
_ONE_DAY = timedelta(days=1)
Key = tuple[int, int, int, str]  # person, year, unit, source

_LOCK = Prepared(
    select(
        persons.c.id,
        persons.c.name,
        persons.c.alias,
        persons.c.status,
        persons.c.home_unit_id,
        persons.c.member_status,
        persons.c.created_at,
        persons.c.claimed_at,
    )
    .where(persons.c.id == bindparam("key_id"))
    .with_for_update()
)
_reversal = entries.alias("reversal")
# A reversal is what has negative minutes (a CHECK says so). Asked for by reverses_id IS NULL,
# SQLite would walk the whole ledger through that column's unique index.
_stands = (entries.c.minutes > 0) & ~exists(
    select(_reversal.c.id).where(_reversal.c.reverses_id == entries.c.id)
)
IN_FORCE = Prepared(
    select(
        entries.c.part,
        entries.c.day,
        entries.c.minutes,
        entries.c.starts_at,
        entries.c.ends_at,
        entries.c.what,
    )
    .where(
        entries.c.person_id == bindparam("person_id"),
        entries.c.day >= bindparam("since", type_=entries.c.day.type),
        entries.c.day <= bindparam("until", type_=entries.c.day.type),
        _stands,
    )
    .order_by(entries.c.id)
)
BY_YEAR = Prepared(
    select(balances.c.year, func.sum(balances.c.minutes).label("minutes"))
    .where(balances.c.person_id == bindparam("person_id"), balances.c.source == bindparam("source"))
    .group_by(balances.c.year)
)
_HOME = Prepared(
    select(homes.c.unit_id)
    .where(
        homes.c.person_id == bindparam("person_id"),
        homes.c.since <= bindparam("at", type_=homes.c.since.type),
        or_(homes.c.until.is_(None), homes.c.until > bindparam("at", type_=homes.c.since.type)),
    )
    .order_by(homes.c.since.desc(), homes.c.id.desc())
    .limit(1)
)
_NEW = insert_row(
    entries,
    *("person_id", "unit_id", "source", "year", "day", "starts_at", "ends_at", "minutes"),
    *("what", "place", "claim_id", "part", "reverses_id", "recorded_by", "recorded_at"),
    "inbox_id",
)


def _added(insert: Any) -> Any:
    columns = ("person_id", "year", "unit_id", "source", "minutes")
    new = insert(balances).values(
        {name: bindparam(name, type_=balances.c[name].type) for name in columns}
    )
    return new.on_conflict_do_update(
        index_elements=["person_id", "year", "unit_id", "source"],
        set_={"minutes": balances.c.minutes + new.excluded.minutes},
    )


_ADD = Prepared(_added)
_TAKE = Prepared(
    update(balances)
    .where(
        balances.c.person_id == bindparam("key_person"),
        balances.c.year == bindparam("key_year"),
        balances.c.unit_id == bindparam("key_unit"),
        balances.c.source == bindparam("key_source"),
    )
    .values(minutes=balances.c.minutes - bindparam("taken"))
)
_ENTRY = Prepared(select(entries).where(entries.c.id == bindparam("key_id")))
_REVERSED = Prepared(
    select(entries.c.id).where(entries.c.reverses_id == bindparam("key_id")).limit(1)
)
_OF_PERSON = Prepared(
    select(balances.c.unit_id, balances.c.source, balances.c.minutes).where(
        balances.c.person_id == bindparam("person_id"), balances.c.year == bindparam("year")
    )
)
_STORED = Prepared(select(balances))
_RECOMPUTED = Prepared(
    select(
        entries.c.person_id,
        entries.c.year,
        entries.c.unit_id,
        entries.c.source,
        func.sum(entries.c.minutes).label("minutes"),
    ).group_by(entries.c.person_id, entries.c.year, entries.c.unit_id, entries.c.source)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to write. `minutes` is negative for a reversal only."""

    person_id: int
    unit_id: int
    source: str
    year: int
    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    what: str
    place: str | None
    claim_id: int | None
    part: int
    reverses_id: int | None
    recorded_by: int | None
    recorded_at: datetime
    inbox_id: int


async def lock_person(tx: Tx, person: int) -> Any | None:
    """Hold a person's row until the end of the transaction: one change of their hours at a time.

    Lock the person before anything else that belongs to them, several in the order of their ids.
    """
    return await tx.one(_LOCK, key_id=person)


async def in_force(tx: Tx, person: int, since: date, until: date) -> tuple[Piece, ...]:
    """The entries that nobody reversed, of these days and of one day on either side."""
    return pieces(await tx.all(IN_FORCE, **around(person, since, until)))


def around(person: int, since: date, until: date) -> dict[str, Any]:
    """The values of a look at these days and one day on either side."""
    return {"person_id": person, "since": since - _ONE_DAY, "until": until + _ONE_DAY}


def pieces(rows: Iterable[Any]) -> tuple[Piece, ...]:
    """The rows of IN_FORCE as pieces of time."""
    return tuple(
        Piece(Part(row.part, row.day, row.minutes, row.starts_at, row.ends_at), row.what)
        for row in rows
    )


def by_year(rows: Iterable[Any]) -> dict[int, int]:
    """The rows of BY_YEAR as minutes by local year."""
    return {row.year: int(row.minutes) for row in rows}


async def home_at(tx: Tx, person: int, at: datetime) -> int | None:
    """The home unit of a person at a time; None before the first one."""
    found: int | None = await tx.value(_HOME, person_id=person, at=at)
    return found


async def add(tx: Tx, lines: Iterable[Entry]) -> list[int]:
    """Write entries and their balances, all or none, and answer the ids of the entries.

    Refused if a wall of the database stands against it; the transaction goes on as before.
    """
    await tx.script("SAVEPOINT ledger")
    try:
        made = [await _written(tx, line) for line in lines]
    except Exception as error:
        if not _is_wall(error):
            raise
        await tx.script("ROLLBACK TO SAVEPOINT ledger")
        await tx.script("RELEASE SAVEPOINT ledger")
        raise Refused(str(error)) from error
    await tx.script("RELEASE SAVEPOINT ledger")
    return made


def _is_wall(error: Exception) -> bool:
    """Whether a trigger, a check or a unique key said no, in the words of either driver."""
    if isinstance(error, Refused):
        return True
    state = getattr(error, "sqlstate", None) or ""  # PostgreSQL: class 23, or RAISE
    name = getattr(error, "sqlite_errorname", None) or ""
    return state.startswith("23") or state == "P0001" or name.startswith("SQLITE_CONSTRAINT")


async def _written(tx: Tx, line: Entry) -> int:
    found = int(await tx.value(_NEW, **asdict(line)) or 0)
    if line.minutes > 0:
        await tx.run(
            _ADD,
            person_id=line.person_id,
            year=line.year,
            unit_id=line.unit_id,
            source=line.source,
            minutes=line.minutes,
        )
        return found
    touched = await tx.run(
        _TAKE,
        key_person=line.person_id,
        key_year=line.year,
        key_unit=line.unit_id,
        key_source=line.source,
        taken=-line.minutes,
    )
    if touched != 1:
        raise Refused("balances: there is nothing to take from")
    return found


async def entry(tx: Tx, entry_id: int) -> Any | None:
    """An entry's row (all columns of storage.schema.entries)."""
    return await tx.one(_ENTRY, key_id=entry_id)


async def is_reversed(tx: Tx, entry_id: int) -> bool:
    """Whether a reversal of this entry stands."""
    return await tx.value(_REVERSED, key_id=entry_id) is not None


async def balances_of(tx: Tx, person: int, year: int) -> dict[tuple[int, str], int]:
    """The stored minutes of a person in a local year, by (unit, source)."""
    rows = await tx.all(_OF_PERSON, person_id=person, year=year)
    return {(row.unit_id, row.source): row.minutes for row in rows}


async def stored(tx: Tx) -> Mapping[Key, int]:
    """Every stored balance."""
    return _keyed(await tx.all(_STORED))


async def recomputed(tx: Tx) -> Mapping[Key, int]:
    """Every balance, added up again from the entries."""
    return _keyed(await tx.all(_RECOMPUTED))


def _keyed(rows: list[Any]) -> dict[Key, int]:
    return {(row.person_id, row.year, row.unit_id, row.source): int(row.minutes) for row in rows}
