"""Making two registrations one, and taking that apart again within a day."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

from bot.chat import Say
from domain.ledger import overlap
from domain.merging import Line as Hours
from domain.merging import rest
from domain.people import Standing
from services import ledger
from services.merging import Merger
from services.owning import hand_over
from services.people import tell_reviewers
from services.turn import Turn, note
from storage import claims, links, merges, people, tree
from storage import ledger as lines
from storage.audit import Line
from storage.merges import Copied
from storage.people import Record

_FILLED = ("number", "phone", "identity", "birth", "member_status", "since", "guardian")
"""What the kept registration takes from the other where it has nothing."""


async def merge(turn: Turn, found: Merger) -> int:
    """Do it, and answer the merge's id. Both persons' rows are held."""
    kept, absorbed = found.kept, found.absorbed
    facts: dict[str, Any] = {
        "preferred": await _preferred(turn, absorbed.id),
        "accounts": await _accounts(turn, kept.id, absorbed.id),
        "claims": list(found.moved),
        "ended": await _claims(turn, found),
        "consents": await merges.consents_of(turn.tx, absorbed.id),
        "filled": _lacking(kept, absorbed),
    }
    await merges.set_consents(turn.tx, facts["consents"], kept.id)
    filled = {name: getattr(absorbed, name) for name in facts["filled"]}
    if filled:
        await people.save(turn.tx, turn.house.vault, replace(kept, **filled))
    home = await merges.open_home(turn.tx, absorbed.id)
    if home is not None:
        await merges.end_home(turn.tx, home, turn.at)
    await merges.set_status(turn.tx, absorbed.id, str(Standing.MERGED), None)
    new = merges.New(kept.id, absorbed.id, absorbed.status, home, facts, turn.at)
    made = await merges.add(turn.tx, new)
    await merges.add_lines(turn.tx, made, await _entries(turn, found))
    counts = {"moved": len(found.plan.moves), "twice": len(found.plan.twice)}
    persons = {"kept": kept.id, "absorbed": absorbed.id}
    await note(turn, Line("merge", "done", "merges", made, kept.home, {**persons, **counts}))
    if absorbed.home is not None and absorbed.home != kept.home:
        say = Say("link.merged.told", {"name": absorbed.alias})
        await tell_reviewers(turn, absorbed.home, say, f"merge/{made}")
    return made


async def _preferred(turn: Turn, person: int) -> int | None:
    rows = await links.accounts_of(turn.tx, person)
    return next((row.id for row in rows if row.preferred), None)


async def _accounts(turn: Turn, kept: int, absorbed: int) -> list[int]:
    """Every account of the absorbed one becomes the kept one's; what they wait for is withdrawn."""
    rows = await links.accounts_of(turn.tx, absorbed)
    for row in rows:
        await merges.withdraw_registrations(turn.tx, row.id, absorbed, turn.at)
        await hand_over(turn, row.id, kept)
    return [row.id for row in rows]


async def _claims(turn: Turn, found: Merger) -> dict[str, list[Any]]:
    """Waiting claims move; those said on both sides are withdrawn: id to (person, state before)."""
    for number in found.moved:
        row: Any = await merges.claim(turn.tx, number)
        await merges.set_claim(turn.tx, number, found.kept.id, row.state)
    ended: dict[str, list[Any]] = {}
    for number in found.ended:
        row = await merges.claim(turn.tx, number)
        ended[str(number)] = [row.person_id, row.state]
        await merges.set_claim(turn.tx, number, row.person_id, claims.WITHDRAWN)
    return ended


async def _entries(turn: Turn, found: Merger) -> list[Copied]:
    """Reverse every entry, and write anew what counts of it."""
    twins = {one.line.id: one.twin for one in found.plan.twice}
    written = []
    for row in found.entries:
        await _cancelled(turn, row)
        pieces = [one for one in found.plan.moves if one.id == row.id]
        copies = [await ledger.anew(turn, row, found.kept.id, one) for one in pieces]
        twin = twins.get(row.id)
        written += [Copied(row.id, part, copy, twin) for part, copy in enumerate(copies or [None])]
    return written


async def _cancelled(turn: Turn, row: Any) -> None:
    if await ledger.reverse(turn, row) is None:
        raise RuntimeError(f"entry {row.id} was reversed although its person was held")


def _lacking(kept: Record, absorbed: Record) -> list[str]:
    return [name for name in _FILLED if not getattr(kept, name) and getattr(absorbed, name)]


async def unmerge(turn: Turn, row: Any) -> None:
    """Take a merge apart: both persons' rows and the merge's are held, and it stands.

    What was reversed on purpose since stays reversed; what was claimed since stays where it is.
    """
    facts = row.facts
    written = await merges.lines_of(turn.tx, row.id)
    for number, pieces in groupby(written, lambda one: int(one.entry_id)):
        copies = [one.copy_id for one in pieces if one.copy_id is not None]
        await _restored(turn, number, copies, row.absorbed_id)
    for number in facts["claims"]:
        await _claim_back(turn, number, row)
    for number, (person, state) in facts["ended"].items():
        claim: Any = await merges.claim(turn.tx, int(number))
        if claim.state == claims.WITHDRAWN:
            await merges.set_claim(turn.tx, int(number), person, state)
    await merges.set_consents(turn.tx, facts["consents"], row.absorbed_id)
    await _separate(turn, row)
    for number in facts["accounts"]:
        account: Any = await links.account(turn.tx, number, lock=True)
        if account.person_id == row.kept_id:
            await hand_over(turn, number, row.absorbed_id)
    if facts["preferred"] is not None:
        await links.prefer(turn.tx, row.absorbed_id, facts["preferred"])
    await merges.undo(turn.tx, row.id, turn.at)
    persons = {"kept": row.kept_id, "absorbed": row.absorbed_id}
    await note(turn, Line("unmerge", "done", "merges", row.id, facts=persons))


async def _restored(turn: Turn, number: int, copies: list[int], person: int) -> None:
    """The entry counts for its first person again, without what was reversed on purpose."""
    back: list[Any] = []
    gone: list[Hours] = []
    for copy in [await lines.entry(turn.tx, one) for one in copies]:
        if await ledger.reverse(turn, copy) is None:
            gone.append(merges.line(copy))
        else:
            back.append(copy)
    original: Any = await lines.entry(turn.tx, number)
    left = original.minutes - sum(one.minutes for one in gone)
    for piece in rest(merges.line(original), gone, left):
        written = await ledger.anew(turn, original, person, piece)
        for copy in back:
            span = merges.line(copy).span
            if len(copies) == 1 or overlap(span, piece.span):
                await merges.follow(turn.tx, copy.id, written)


async def _claim_back(turn: Turn, number: int, row: Any) -> None:
    """A claim that moved goes back, and what was approved of it meanwhile goes with it."""
    claim: Any = await merges.claim(turn.tx, number)
    await merges.set_claim(turn.tx, number, row.absorbed_id, claim.state)
    if claim.state != claims.EFFECTIVE:
        return
    for entry in await merges.in_force(turn.tx, row.kept_id):
        if entry.claim_id == number:
            await _cancelled(turn, entry)
            anew = await ledger.anew(turn, entry, row.absorbed_id, merges.line(entry))
            await merges.follow(turn.tx, entry.id, anew)


async def _separate(turn: Turn, row: Any) -> None:
    """Each has its own fields, status and home again."""
    vault = turn.house.vault
    kept = await people.load(turn.tx, vault, row.kept_id)
    absorbed = await people.load(turn.tx, vault, row.absorbed_id)
    if kept is None or absorbed is None:
        raise RuntimeError(f"merge {row.id} lost a person")
    same = [name for name in row.facts["filled"] if getattr(kept, name) == getattr(absorbed, name)]
    if same:
        emptied: dict[str, Any] = {name: False if name == "guardian" else None for name in same}
        await people.save(turn.tx, vault, replace(kept, **emptied))
    home = None
    if row.home_id is not None:
        home = await merges.home_unit(turn.tx, row.home_id)
        unit = None if home is None else await tree.unit(turn.tx, home)
        if unit is not None and unit.closed_at is None:
            await merges.end_home(turn.tx, row.home_id, None)
        else:  # the unit was closed meanwhile: at home where its people went
            home = None if unit is None else unit.merged_into
            await people.rehome(turn.tx, row.absorbed_id, home, turn.at)
    await merges.set_status(turn.tx, row.absorbed_id, row.was, home)
