"""Reads what a rule file says, strictly: an unknown key or a wrong value names itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from domain.requirements import (
    STATUSES,
    ClaimRules,
    Item,
    ItemKind,
    Requirement,
    RuleProblem,
    RuleSet,
    Window,
)

LANGUAGES = ("zh-CN", "en")
_MOST_MINUTES = 527_040  # of a leap year
# kind of item: the key of its amount, what one of it is in the stored unit, the most, who it is of
_ITEMS: Mapping[ItemKind, tuple[str, int, int, str | None]] = {
    ItemKind.SERVICE: ("hours", 60, 10_000, None),
    ItemKind.COURSE: ("credits", 1, 1_000, "course"),
    ItemKind.STUDY: ("percent", 1, 100, "series"),
    ItemKind.ACTIVITIES: ("count", 1, 1_000, "activity"),
}


class _Table:
    """One table of the file: hands out its keys, and complains about what nobody asked for."""

    def __init__(self, source: str, where: str, found: object) -> None:
        if not isinstance(found, Mapping):
            raise RuleProblem(source, where, "must be a table")
        self.source = source
        self.where = where
        self._found = dict(found)

    def key(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def wrong(self, name: str, problem: str) -> RuleProblem:
        return RuleProblem(self.source, self.key(name), problem)

    def take(self, name: str, default: Any = None) -> Any:
        return self._found.pop(name, default)

    def text(self, name: str, longest: int = 60) -> str:
        value = self.take(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest:
            raise self.wrong(name, f"must be a text of 1 to {longest} characters")
        return value.strip()

    def whole(self, name: str, most: int, least: int = 1, default: int | None = None) -> int:
        value = self.take(name, default)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name, f"must be a whole number from {least} to {most}")
        return value

    def day(self, name: str, *, optional: bool = False) -> date | None:
        value = self.take(name)
        if optional and value is None:
            return None
        if type(value) is not date:
            raise self.wrong(name, "must be a date such as 2026-01-01, without quotes")
        return value

    def one_of(self, name: str, words: type[Window | ItemKind]) -> Any:
        value = self.take(name)
        known = [word.value for word in words]
        if value not in known:
            raise self.wrong(name, f"must be one of {', '.join(known)}")
        return words(value)

    def tables(self, name: str) -> list[_Table]:
        value = self.take(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, "must be a list of tables")
        return [
            _Table(self.source, f"{self.key(name)}[{number}]", one)
            for number, one in enumerate(value, start=1)
        ]

    def done(self) -> None:
        for name in self._found:
            raise self.wrong(name, "is not known here")


def parse(mapping: Mapping[str, Any], source: str) -> RuleSet:
    """Read one rule file that was opened already. RuleProblem names `source` and the key."""
    top = _Table(source, "", mapping)
    requirements = tuple(_requirement(table) for table in top.tables("requirement"))
    claims = top.take("claims")
    found = None if claims is None else _claims(_Table(source, "claims", claims))
    top.done()
    return RuleSet(requirements, found)


def _requirement(table: _Table) -> Requirement:
    since = table.day("valid_from")
    until = table.day("valid_until", optional=True)
    if since is None or (until is not None and until <= since):
        raise table.wrong("valid_until", "must be later than valid_from")
    items = tuple(_item(one) for one in table.tables("item"))
    if not items:
        raise table.wrong("item", "at least one is needed")
    made = Requirement(
        code=table.text("code", 40),
        names=_names(table),
        valid_from=since,
        valid_until=until,
        applies_to=_statuses(table),
        window=table.one_of("window", Window),
        items=items,
    )
    table.done()
    return made


def _names(table: _Table) -> dict[str, str]:
    names = _Table(table.source, table.key("name"), table.take("name"))
    found = {language: names.text(language) for language in LANGUAGES}
    names.done()
    return found


def _statuses(table: _Table) -> frozenset[str]:
    value = table.take("applies_to", [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise table.wrong("applies_to", "must be a list of words")
    for word in value:
        if word not in STATUSES:
            raise table.wrong("applies_to", f"must be of {', '.join(sorted(STATUSES))}")
    return frozenset(value)


def _item(table: _Table) -> Item:
    kind: ItemKind = table.one_of("kind", ItemKind)
    amount, times, most, of = _ITEMS[kind]
    made = Item(kind, table.whole(amount, most) * times, table.text(of) if of else None)
    table.done()
    return made


def _claims(table: _Table) -> ClaimRules:
    usual = ClaimRules()
    values = {
        one.name: table.whole(one.name, _MOST_MINUTES, 0, getattr(usual, one.name))
        for one in fields(ClaimRules)
    }
    table.done()
    return ClaimRules(**values)
