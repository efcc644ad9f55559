"""What who answers for a unit changes about its people; each change is one line of audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from bot.chat import Choice, Say
from bot.going import go
from domain.joining import Form, names_guardian
from domain.member_status import MemberStatus
from domain.names import NameProblem, alias, spoken_name
from domain.people import Ask, Standing
from domain.rights import Action, Verdict, may
from services import consents, targets
from services.members import MembersRefusal, Place, of_person
from services.people import depart, local_day, tell_reviewers
from services.shown import who
from services.turn import Turn, note, tell
from storage import members, people, registrations, tree
from storage.audit import Line
from storage.people import Record


@dataclass(frozen=True, slots=True)
class Changed:
    """Done. `version` is the record's now; `unit_name` where that matters."""

    id: int
    version: int
    name: str
    unit_name: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The other unit has been asked."""

    name: str
    unit_name: str


Result = Changed | MembersRefusal


async def rename(turn: Turn, person: int, version: int, text: str) -> Result:
    """Correct a name; the alias follows."""
    name = spoken_name(text)
    if isinstance(name, NameProblem):
        return MembersRefusal.NAME
    record = await _open(turn, person, version, Action.ROSTER_IMPORT)
    if isinstance(record, MembersRefusal):
        return record
    changed = replace(record, name=name, alias=alias(name))
    return await _save(turn, changed, Line("member-name", "done", "persons", person, record.home))


async def set_status(
    turn: Turn, person: int, version: int, status: MemberStatus, day: date
) -> Result:
    """Set the member status from a day on."""
    if day > local_day(turn):
        return MembersRefusal.DAY
    record = await _open(turn, person, version, Action.ROSTER_IMPORT)
    if isinstance(record, MembersRefusal):
        return record
    changed = replace(record, member_status=str(status), since=day)
    facts = {"status": str(status), "since": day.isoformat()}
    line = Line("member-status", "done", "persons", person, record.home, facts)
    return await _save(turn, changed, line)


async def record_guardian(turn: Turn, person: int, version: int, words: str) -> Result:
    """Write down that a guardian agreed: who, when and how, in a few words."""
    if not names_guardian(words):
        return MembersRefusal.WORDS
    record = await _open(turn, person, version, Action.REGISTRATION_REVIEW)
    if isinstance(record, MembersRefusal):
        return record
    if record.guardian:
        return MembersRefusal.CHANGED
    await people.save(turn.tx, turn.house.vault, replace(record, guardian=True))
    await consents.record_guardian(turn, person, words)
    return Changed(person, record.version + 1, _shown(turn, record))


async def withdraw_guardian(turn: Turn, person: int, version: int) -> Result:
    """撤销 of a recorded consent: the person needs a guardian's word again."""
    record = await _open(turn, person, version, Action.REGISTRATION_REVIEW)
    if isinstance(record, MembersRefusal):
        return record
    if not record.guardian:
        return MembersRefusal.CHANGED
    await people.save(turn.tx, turn.house.vault, replace(record, guardian=False))
    await consents.end_guardian(turn, person)
    return Changed(person, record.version + 1, _shown(turn, record))


async def remove(turn: Turn, person: int, version: int) -> Result:
    """移出: the person leaves the unit; hours and record stay, offices end."""
    record = await _open(turn, person, version, Action.MOVE_MEMBER)
    if isinstance(record, MembersRefusal):
        return record
    if record.home is None:
        return MembersRefusal.CHANGED
    unit = await tree.unit(turn.tx, record.home)
    await depart(turn, record)
    name = unit.name if unit else ""
    if turn.person is None or turn.person.id != person:
        await tell(turn, person, Say("members.removed.you", {"unit": name}), f"removed/{version}")
    return Changed(person, record.version + 1, _shown(turn, record), name)


async def restore(turn: Turn, person: int, version: int) -> Result:
    """撤销 of a removal: back to the last unit; offices that ended stay ended."""
    record = await _open(turn, person, version, Action.MOVE_MEMBER)
    if isinstance(record, MembersRefusal):
        return record
    unit = await members.last_home(turn.tx, person)
    if record.status != Standing.LEFT or unit is None:
        return MembersRefusal.CHANGED
    status = Standing.ACTIVE if record.claimed_at else Standing.ROSTER
    await people.rehome(turn.tx, person, unit, turn.at)
    back = replace(record, status=str(status), home=unit)
    return await _save(turn, back, Line("leave-undone", "done", "persons", person, unit))


async def destination(turn: Turn, person: int, version: int, code: str) -> Place | MembersRefusal:
    """The unit of a code, before somebody is moved there."""
    record = await _open(turn, person, version, Action.MOVE_MEMBER)
    if isinstance(record, MembersRefusal):
        return record
    return await _other(turn, record, code)


async def _other(turn: Turn, record: Record, code: str) -> Place | MembersRefusal:
    unit = await tree.unit_by_code(turn.tx, code.strip().upper())
    if unit is None or unit.closed_at is not None:
        return MembersRefusal.UNIT
    if record.home is None or record.home == unit.id:
        return MembersRefusal.SAME
    return Place(unit.id, unit.name)


async def transfer(
    turn: Turn, person: int, version: int, code: str
) -> Changed | Asked | MembersRefusal:
    """转到: move somebody to another unit, at once with the right on both sides, else by asking."""
    record = await _open(turn, person, version, Action.MOVE_MEMBER)
    if isinstance(record, MembersRefusal):
        return record
    unit = await _other(turn, record, code)
    if isinstance(unit, MembersRefusal):
        return unit
    target = await targets.of_person(turn, unit.id, person)
    if may(turn.actor, Action.MOVE_MEMBER, target, turn.at) is Verdict.ALLOW:
        return await _moved(turn, record, unit.id, unit.name)
    if await registrations.of_person(turn.tx, person):
        return MembersRefusal.WAITING
    return await _asked(turn, record, unit.id, unit.name)


async def _moved(turn: Turn, record: Record, unit: int, name: str) -> Result:
    await people.rehome(turn.tx, record.id, unit, turn.at)
    facts = {"from": record.home}
    line = Line("move", "done", "persons", record.id, unit, facts)
    done = await _save(turn, replace(record, home=unit), line)
    say = Say("members.moved.you", {"unit": name})
    await tell(turn, record.id, say, f"moved/{record.version}")
    return replace(done, unit_name=name) if isinstance(done, Changed) else done


async def _asked(turn: Turn, record: Record, unit: int, name: str) -> Asked:
    form = Form(unit, None, name=record.name)
    details = {**form.data(), "kind": "transfer", "asks": [str(Ask.MOVE)], "like": None}
    values = {
        "account_id": turn.account.id,
        "unit_id": unit,
        "invite_id": None,
        "person_id": record.id,
        "state": "waiting",
    }
    key = await registrations.add(turn.tx, turn.house.vault, values, details, turn.at)
    await note(turn, Line("move", "asked", "registrations", key, unit, {"person": record.id}))
    look = Choice("reg.look", "reg.see", key, version=1)
    say = Say("members.transfer.told", {"name": record.alias, "unit": name}, ((look,),))
    await tell_reviewers(turn, unit, say, f"registration/{key}")
    if turn.account.person != record.id:
        you = Say("members.moving.you", {"unit": name}, ((go("me"),),))
        await tell(turn, record.id, you, f"moving/{key}")
    return Asked(_shown(turn, record), name)


async def _open(turn: Turn, person: int, version: int, action: Action) -> Record | MembersRefusal:
    """The record as the reader saw it, locked, if the speaker may do this to it."""
    found = await of_person(turn, person, action, lock=True)
    if isinstance(found, MembersRefusal):
        return found
    record, _, verdict = found
    if verdict is not Verdict.ALLOW:
        return MembersRefusal.MISSING
    if record.version & 0xFFFF != version & 0xFFFF:
        return MembersRefusal.CHANGED
    return record


def _shown(turn: Turn, record: Record) -> str:
    """The person as the speaker may read of them here."""
    return who(turn, record.name, record.alias)


async def _save(turn: Turn, record: Record, line: Line) -> Result:
    if not await people.save(turn.tx, turn.house.vault, record):
        return MembersRefusal.CHANGED
    await note(turn, line)
    return Changed(record.id, record.version + 1, _shown(turn, record))
