"""A group that the app makes for a unit: how many it takes, who owns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST, MOST = 2, 2000  # people (https://developer.work.weixin.qq.com/document/path/90245)
NAME_LETTERS = 50


@dataclass(frozen=True, slots=True)
class Gathering:
    """The group as it should be. `name` is the unit's, `was` how we called the group before.

    `owners` may own it, the first is preferred; all of them are `members` (user ids).
    """

    chat: str
    name: str
    was: str
    members: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to change in a group; nothing where it is None or empty."""

    name: str | None
    owner: str | None
    come: tuple[str, ...]
    go: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.name or self.owner or self.come or self.go)


def gathered(
    chat: str,
    names: tuple[str, str],
    members: Mapping[int, str],
    bound_by: tuple[int, str | None],
    answering: Sequence[int],
) -> Gathering:
    """The group of a unit: its `members`, and who bound it as long as they answer for the unit.

    `names`: the unit's and how the group was called; `bound_by`: the person, with their user id.
    """
    maker, account = bound_by
    owners = [members[person] for person in answering if person in members]
    if account is not None and maker in answering:
        owners = [account, *(one for one in owners if one != account)]
    everybody = [*owners, *(one for one in members.values() if one not in owners)]
    name, was = (one[:NAME_LETTERS] for one in names)
    return Gathering(chat, name, was, tuple(everybody[:MOST]), tuple(owners[:MOST]))


def difference(wanted: Gathering, name: str, owner: str, there: Sequence[str]) -> Difference:
    """What is to change in a group that is so. User ids are the same in any case of letters.

    A name that people gave it themselves stays. An owner stays who may own it, or who is in it
    while nobody else may.
    """
    members = {one.lower(): one for one in wanted.members}
    known = {one.lower() for one in there}
    may_own = {one.lower() for one in wanted.owners} or set(members)
    new = None if owner.lower() in may_own else next(iter((*wanted.owners, *wanted.members)), None)
    return Difference(
        name=wanted.name if name == wanted.was != wanted.name else None,
        owner=new,
        come=tuple(one for key, one in members.items() if key not in known),
        go=tuple(one for one in there if one.lower() not in members),
    )
