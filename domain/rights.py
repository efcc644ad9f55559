"""The one function that answers rights: may this actor do this to that target at this time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from domain.rights_table import (
    APPOINTING,
    BEST_FIRST,
    FROM_ABOVE,
    JUDGING,
    LARGE_BROADCAST,
    MANY_MINORS,
    NEEDS_OWNER,
    NEVER_OWN,
    TABLE,
    WITHOUT_PERSON,
    Action,
    Relation,
    Role,
    Verdict,
)

__all__ = [
    "Action",
    "Actor",
    "Grant",
    "Relation",
    "Role",
    "Target",
    "Verdict",
    "may",
    "relations",
    "sole_holder",
    "through_admin",
]

_DISTRICT_KIND = "district"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at a unit, valid for its whole subtree in the half-open [since, until)."""

    role: Role
    unit: int
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Say whether the grant is in force at this aware time."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `home` is the home unit, `admin` says that app.admins names the account.

    Give all grants, past and future ones too: `at` decides which of them count.
    """

    person: int | None
    home: int | None
    grants: tuple[Grant, ...]
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked about.

    `units` is the path of unit ids from the root down to the unit that the thing belongs to, as
    the tree is at the time asked about; `kinds` has the kind of each ("district", "township",
    "school", "general_branch", "branch") or is empty, and then only the root counts as a district.
    ValueError if both are given with different lengths.
    """

    units: tuple[int, ...]
    owner: int | None = None  # whose thing it is: a claim's person, who is looked at or appointed
    minor: bool = False
    recipients: int = 0
    minors: int = 0  # in an export
    owner_roles: tuple[Grant, ...] = ()  # what the owner holds: nobody judges those above them
    role: Role | None = None  # to be given or ended
    proposer: int | None = None  # who proposed, or gave the first of two verdicts
    kinds: tuple[str, ...] = ()
    sole: bool = False  # see `sole_holder`: opens the place of the second person to app.admins

    def __post_init__(self) -> None:
        if self.kinds and len(self.kinds) != len(self.units):
            raise ValueError("kinds must be parallel to units")

    def is_district(self, index: int) -> bool:
        """Say whether the unit at this place of the path is of district level."""
        return index == 0 or (bool(self.kinds) and self.kinds[index] == _DISTRICT_KIND)


def may(actor: Actor, action: Action, target: Target, at: datetime) -> Verdict:
    """Answer whether `actor` may do `action` to `target` at the aware time `at`.

    Rights follow the tree downward, never sideways or up; the best of several relations counts;
    nobody judges what is their own. SECOND means: may propose. Ask again for the other person
    with `target.proposer` set: then the answer for who has the same right is ALLOW.
    Sources: SPEC section 4 (Rights, Hours), QUALITY 2.2.
    """
    row = _row(actor, action, target)
    if row is None or _barred(actor, row, target):
        return Verdict.DENY
    second = target.proposer is not None
    cells = TABLE[row]
    found = [_settle(cells[held], second, True) for held in relations(actor, row, target, at)]
    if actor.admin:
        # an admin may do what a root officer may, but seconds only where nobody else could
        found += [
            _settle(cells[held], second, target.sole)
            for held in (Relation.ADMIN, Relation.DISTRICT)
        ]
    return min(found, key=BEST_FIRST.index)


def through_admin(actor: Actor, action: Action, target: Target, at: datetime) -> bool:
    """Say whether app.admins alone gives the answer, which the audit line must then name."""
    plain = replace(actor, admin=False)
    return may(actor, action, target, at) is not may(plain, action, target, at)


def sole_holder(actors: Iterable[Actor], action: Action, target: Target, at: datetime) -> bool:
    """Say whether at most one of `actors` holds the right that a two-person rule needs.

    `actors` are all who hold a role at a unit of the path. The answer is the `sole` of the target
    when the second person is an admin (SPEC section 2).
    """
    asked = replace(target, proposer=None)
    holders = {
        actor.person
        for actor in actors
        if may(replace(actor, admin=False), action, asked, at) is Verdict.SECOND
    }
    return len(holders) <= 1


def relations(actor: Actor, action: Action, target: Target, at: datetime) -> Iterator[Relation]:
    """Yield how the actor stands to the target, for a row of the table. Admins aside."""
    yield Relation.OUTSIDE
    own = _is_own(actor, target)
    if own:
        yield Relation.SELF
    if target.units and actor.home == target.units[-1]:
        yield Relation.MEMBER
    reach = _reach(action, target, at)
    officers_only = action in JUDGING and _held_by_owner(target, Role.OFFICER, at)
    for grant in actor.grants:
        if grant.unit not in reach or not grant.holds(at):
            continue
        if grant.role is Role.OFFICER:
            top = target.is_district(target.units.index(grant.unit))
            yield Relation.DISTRICT if top else Relation.TOWNSHIP
        elif not officers_only:
            yield from _below_officer(grant.role, own)


def _below_officer(role: Role, own: bool) -> Iterator[Relation]:
    match role:
        case Role.SECRETARY:
            yield Relation.SECRETARY
        case Role.AUDITOR:
            yield Relation.AUDITOR
        case Role.ORGANISER:
            yield Relation.ORGANISER
            if own:
                yield Relation.RUNNER
        case _:
            return  # a member's rights come from the home unit and from what is their own


def _is_own(actor: Actor, target: Target) -> bool:
    return actor.person is not None and actor.person == target.owner


def _row(actor: Actor, action: Action, target: Target) -> Action | None:
    """Find the row that binds: what is asked for, made stricter by what it is asked about."""
    row: Action | None = action
    if action is Action.APPOINT or (
        action is Action.END_APPOINTMENT and not _is_own(actor, target)
    ):
        row = APPOINTING.get(target.role) if target.role else None
    match row:
        case Action.APPOINT_OFFICER if target.units and target.is_district(len(target.units) - 1):
            return Action.APPOINT_PEER
        case Action.BROADCAST if target.recipients > LARGE_BROADCAST:
            return Action.BROADCAST_LARGE
        case Action.EXPORT | Action.EXPORT_SUBTREE if target.minors > MANY_MINORS:
            return Action.EXPORT_MINORS
        case Action.PRIVATE_VIEW if target.minor:
            return Action.MINOR_REVEAL
        case _:
            return row


def _barred(actor: Actor, row: Action, target: Target) -> bool:
    """Say whether no relation whatever could help."""
    if actor.person is None and row not in WITHOUT_PERSON:
        return True
    if row in NEEDS_OWNER and target.owner is None:
        return True
    if row in NEVER_OWN and _is_own(actor, target):
        return True
    if row is Action.FOUND and target.units:
        return True
    if row in FROM_ABOVE and len(target.units) < 2:
        return True
    return target.proposer is not None and target.proposer == actor.person


def _reach(row: Action, target: Target, at: datetime) -> tuple[int, ...]:
    """Return the part of the path at which a grant counts for this row."""
    if row in FROM_ABOVE:
        return target.units[:-1]
    if row not in JUDGING:
        return target.units
    ends = [_end(grant, target, at) for grant in target.owner_roles]
    return target.units[: min(ends, default=None)]


def _end(grant: Grant, target: Target, at: datetime) -> int:
    """Return how far down the path somebody may stand to judge the holder of this grant."""
    if not grant.holds(at) or grant.role not in {Role.OFFICER, Role.SECRETARY}:
        return len(target.units)
    if grant.unit in target.units:
        return target.units.index(grant.unit) + 1
    # An officer of a unit elsewhere: of this path only the root is surely not below them.
    return 1 if grant.role is Role.OFFICER else len(target.units)


def _held_by_owner(target: Target, role: Role, at: datetime) -> bool:
    return any(grant.role is role and grant.holds(at) for grant in target.owner_roles)


def _settle(verdict: Verdict, second: bool, may_second: bool) -> Verdict:
    """Turn the right to propose into the right to complete what another proposed."""
    if verdict is not Verdict.SECOND or not second:
        return verdict
    return Verdict.ALLOW if may_second else Verdict.DENY
