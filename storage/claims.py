"""Claims (补录) with their stretches and verdicts, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy import delete as remove

from domain.hours import Piece
from domain.ledger import Stretch
from storage import ledger
from storage.prepared import Prepared, insert_once, insert_row
from storage.schema import claim_stretches, claims, persons, verdicts
from storage.tx import Tx

WAITING, SECOND, EFFECTIVE = "waiting", "second", "effective"
REFUSED, WITHDRAWN = "refused", "withdrawn"
OPEN = or_(claims.c.state == WAITING, claims.c.state == SECOND)

_NEW = insert_row(
    claims,
    *("person_id", "unit_id", "what", "place", "said", "minutes", "state", "version"),
    *("created_at", "inbox_id", "said_key"),
)
_STRETCH = insert_row(
    claim_stretches,
    *("claim_id", "number", "day", "starts_at", "ends_at", "minutes"),
    returning=False,
)
_ONE = Prepared(select(claims).where(claims.c.id == bindparam("key_id")))
_LOCK = Prepared(select(claims).where(claims.c.id == bindparam("key_id")).with_for_update())
_BY_KEY = Prepared(
    select(claims)
    .where(claims.c.person_id == bindparam("person_id"), claims.c.said_key == bindparam("said_key"))
    .order_by(claims.c.id.desc())
    .limit(1)
)
_REWRITE = Prepared(
    update(claims)
    .where(claims.c.id == bindparam("key_id"))
    .values(
        said=bindparam("new_said"),
        what=bindparam("new_what"),
        place=bindparam("new_place"),
        minutes=bindparam("new_minutes"),
        version=claims.c.version + 1,
    )
)
_NO_STRETCHES = Prepared(
    remove(claim_stretches).where(claim_stretches.c.claim_id == bindparam("claim_id"))
)
_STATE = Prepared(
    update(claims)
    .where(claims.c.id == bindparam("key_id"), claims.c.version == bindparam("key_version"))
    .values(state=bindparam("new_state"), version=claims.c.version + 1)
)
_STRETCHES = Prepared(
    select(claim_stretches)
    .where(claim_stretches.c.claim_id == bindparam("claim_id"))
    .order_by(claim_stretches.c.number)
)
_STANDING = Prepared(
    select(
        claims.c.id,
        claims.c.what,
        claim_stretches.c.day,
        claim_stretches.c.minutes,
        claim_stretches.c.starts_at,
        claim_stretches.c.ends_at,
    )
    .join(claim_stretches, claim_stretches.c.claim_id == claims.c.id)
    .where(
        claims.c.person_id == bindparam("person_id"),
        OPEN,
        claim_stretches.c.day >= bindparam("since", type_=claim_stretches.c.day.type),
        claim_stretches.c.day <= bindparam("until", type_=claim_stretches.c.day.type),
    )
)
_VERDICT = insert_once(
    verdicts,
    *("claim_id", "step", "reviewer_id", "verdict", "reason", "at"),
    unique=("claim_id", "step"),
)
_VERDICTS = Prepared(
    select(
        verdicts.c.step,
        verdicts.c.reviewer_id,
        verdicts.c.verdict,
        verdicts.c.reason,
        verdicts.c.at,
        persons.c.name,
        persons.c.alias,
    )
    .join(persons, persons.c.id == verdicts.c.reviewer_id)
    .where(verdicts.c.claim_id == bindparam("claim_id"))
    .order_by(verdicts.c.step)
)


@dataclass(frozen=True, slots=True)
class New:
    """A claim to write down; `said` is the sentence that it was read from."""

    person_id: int
    unit_id: int
    what: str
    place: str | None
    said: str
    minutes: int
    created_at: datetime
    inbox_id: int
    said_key: str | None = None


async def add(tx: Tx, new: New, stretches: Sequence[Stretch]) -> int:
    """Write a claim down, waiting, and answer its id. Its first version is 1."""
    found = int(await tx.value(_NEW, **asdict(new), state=WAITING, version=1) or 0)
    await _write(tx, found, stretches)
    return found


async def by_key(tx: Tx, person_id: int, key: str) -> Any | None:
    """The latest claim of a person that was read from the message with this key."""
    return await tx.one(_BY_KEY, person_id=person_id, said_key=key)


async def rewrite(  # what a sentence says
    tx: Tx, row: Any, said: str, what: str, place: str | None, stretches: Sequence[Stretch]
) -> None:
    """Give a locked claim other words; its version grows."""
    await tx.run(
        _REWRITE,
        key_id=row.id,
        new_said=said,
        new_what=what,
        new_place=place,
        new_minutes=sum(one.minutes for one in stretches),
    )
    await tx.run(_NO_STRETCHES, claim_id=row.id)
    await _write(tx, row.id, stretches)


async def _write(tx: Tx, found: int, stretches: Sequence[Stretch]) -> None:
    for number, one in enumerate(stretches, start=1):
        await tx.later(_STRETCH, claim_id=found, number=number, **asdict(one))


async def claim(tx: Tx, claim_id: int, lock: bool = False) -> Any | None:
    """A claim's row (all columns of storage.schema.claims), held against others if wanted."""
    return await tx.one(_LOCK if lock else _ONE, key_id=claim_id)


async def stretches(tx: Tx, claim_id: int) -> tuple[Stretch, ...]:
    """The stretches of a claim in the order in which they were said."""
    rows = await tx.all(_STRETCHES, claim_id=claim_id)
    return tuple(Stretch(row.day, row.minutes, row.starts_at, row.ends_at) for row in rows)


async def turn_to(tx: Tx, claim_id: int, version: int, state: str) -> bool:
    """Give a claim its next state; False if it is no longer of this version."""
    touched = await tx.run(_STATE, key_id=claim_id, key_version=version, new_state=state)
    return touched == 1


async def known(
    tx: Tx, person: int, since: date, until: date, without: int | None = None
) -> tuple[tuple[Piece, ...], tuple[Piece, ...], dict[int, int]]:
    """What stands of a person, in one look: entries in force and stretches of open claims of these
    days and one day on either side, and the claimed minutes of every local year."""
    days = ledger.around(person, since, until)
    claimed = {"person_id": person, "source": ledger.CLAIM}
    force, rows, years = await tx.together(
        (ledger.IN_FORCE, days), (_STANDING, days), (ledger.BY_YEAR, claimed)
    )
    waiting = tuple(
        Piece(Stretch(row.day, row.minutes, row.starts_at, row.ends_at), row.what)
        for row in rows
        if row.id != without
    )
    return ledger.pieces(force), waiting, ledger.by_year(years)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reviewer said: `verdict` is approved or refused, `step` is 1 or 2."""

    claim_id: int
    step: int
    reviewer_id: int
    verdict: str
    reason: str | None
    at: datetime


async def judge(tx: Tx, verdict: Verdict) -> bool:
    """Write a verdict down; False if this step has one already."""
    return await tx.value(_VERDICT, **asdict(verdict)) is not None


async def verdicts_of(tx: Tx, claim_id: int) -> list[Any]:
    """The verdicts of a claim in order, each with the name and alias of its reviewer."""
    return await tx.all(_VERDICTS, claim_id=claim_id)
