"""The form of a registration: its questions in order, and how each answer is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from domain.member_status import MemberStatus, member_status
from domain.names import NameProblem, spoken_name
from domain.people import Band, band
from domain.roster.line import LineProblem
from domain.roster.values import age_on, read_birth_date, read_number, read_phone

STATUSES = tuple(MemberStatus)
"""In the order of the buttons, which name them by number."""
_YOUNGEST = 6  # years: the first class of a school, where the Young Pioneers begin
_YEAR = re.compile(r"[0-9]{4}\s*[-/.年]?")

# A guardian's consent is written down in words: who (a relation and a name) and how.
_KIN = re.compile(
    r"母亲|父亲|妈妈?|爸爸?|爷爷|奶奶|外公|外婆|姥姥|姥爷|祖父|祖母|监护人|家长|叔叔?|姑姑?|姑妈"
    r"|舅舅?|姨妈?|哥哥?|姐姐?|伯[父母伯]|mother|father|mum|mom|dad|parent|guardian"
    r"|grand\w+|aunt|uncle|brother|sister",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"已?经?同意书?|签[了字名过]*|纸质|书面|口头|当面|电话|微信|短信|答应了?"
    r"|agree\w*|sign\w*|consent\w*|phone|call\w*|form|letter|in person|wrote|written",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"昨天|今天|前天|刚才|刚刚|上?周[一二三四五六日末]|上午|下午|晚上|中午|等一?下|一会儿?|先看看|名单|登记"
    r"|[我你他她它的了在里上中说都也是和跟打过来给让要会还没不月日号年]"
    r"|\b(?:by|on|the|a|in|at|his|her|my|has|have|today|yesterday|not|will|later|and|said|to"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)


def names_guardian(text: str) -> bool:
    """Whether words tell which guardian agreed and how: 母亲李女士 11月20日签了同意书.

    A hint only, what was written is read back: it keeps "等一下" from becoming a consent.
    """
    if not 6 <= len(text) <= 300 or not _KIN.search(text) or not _HOW.search(text):
        return False
    rest = _FILLER.sub("", _HOW.sub("", _KIN.sub("", text)))
    return sum(char.isalpha() for char in rest) >= 2  # the shortest names


class Field(StrEnum):
    """A question of the form."""

    NAME = "name"
    BIRTH = "birth"
    NUMBER = "number"
    PHONE = "phone"
    STATUS = "status"
    GUARDIAN = "guardian"


FIELDS = tuple(Field)


class FieldProblem(StrEnum):
    """Why an answer cannot be taken."""

    NAME = "name"
    OFFICIAL = "official"
    BIRTH = "birth"
    BIRTH_DAY = "birth_day"  # a month without its day
    BIRTH_MONTH = "birth_month"  # a year alone
    BIRTH_FUTURE = "birth_future"
    BIRTH_YOUNG = "birth_young"  # nobody of that age joins: most likely today, or a wrong year
    NUMBER = "number"
    PHONE = "phone"
    STATUS = "status"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody has answered so far. It lives in the sealed dialog and nowhere else.

    `answered` are the questions that have an answer, also "none".
    """

    unit: int
    invite: int | None
    name: str | None = None
    birth: str | None = None  # ISO day
    number: str | None = None
    phone: str | None = None
    status: str | None = None
    guardian: bool = False
    answered: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """The JSON of the dialog."""
        return asdict(self)

    @staticmethod
    def of(data: Mapping[str, Any]) -> Form | None:
        """The form of a dialog; None if the dialog has been forgotten."""
        if "unit" not in data or "answered" not in data:
            return None
        known = {name: data[name] for name in Form.__dataclass_fields__ if name in data}
        return Form(**{**known, "answered": tuple(data["answered"])})

    @property
    def born(self) -> date | None:
        """The birth date."""
        return date.fromisoformat(self.birth) if self.birth else None


def next_field(form: Form, day: date, without: Collection[Field] = ()) -> Field | None:
    """The next question; None when the form can be read back. `without`: not asked at all.

    A child is asked for name, birth date and number alone: nothing optional is taken before a
    guardian's consent (QUALITY 2.3).
    """
    child = band(form.born, day) is Band.CHILD
    for field in FIELDS:
        if field in form.answered or field in without:
            continue
        if child and field in (Field.PHONE, Field.STATUS):
            continue
        if field is Field.GUARDIAN and band(form.born, day) is not Band.TEEN:
            continue
        return field
    return None


def fill(form: Form, field: Field, text: str, day: date) -> Form | FieldProblem:
    """Take one answer; `text` is empty for a question that was skipped."""
    value = _READERS[field](text, day)
    if isinstance(value, FieldProblem):
        return value
    rest = tuple(one for one in form.answered if one != field)
    changes: dict[str, Any] = {str(field): value, "answered": (*rest, str(field))}
    filled = replace(form, **changes)
    return filled if field is not Field.BIRTH or value == form.birth else _aged(filled, day)


def _aged(form: Form, day: date) -> Form:
    """What another birth date changes: who must agree, and what a child is not asked for."""
    form = open_again(replace(form, guardian=False), Field.GUARDIAN)
    if band(form.born, day) is not Band.CHILD:
        return form
    form = open_again(replace(form, phone=None, status=None), Field.PHONE)
    return open_again(form, Field.STATUS)


def open_again(form: Form, field: Field) -> Form:
    """The form with one question to be asked anew."""
    return replace(form, answered=tuple(one for one in form.answered if one != field))


def _name(text: str, day: date) -> str | FieldProblem:
    name = spoken_name(text)
    if name is NameProblem.OFFICIAL:
        return FieldProblem.OFFICIAL
    return FieldProblem.NAME if isinstance(name, NameProblem) else name


def _birth(text: str, day: date) -> str | FieldProblem:
    typed = " ".join(text.split())[:40]
    read = read_birth_date(typed, day)
    match read:
        case LineProblem.BIRTH_DATE_NEEDS_DAY:
            return FieldProblem.BIRTH_MONTH if _YEAR.fullmatch(typed) else FieldProblem.BIRTH_DAY
        case LineProblem.BIRTH_DATE_IN_FUTURE:
            return FieldProblem.BIRTH_FUTURE
        case LineProblem():
            return FieldProblem.BIRTH
    if age_on(read, day) < _YOUNGEST:
        return FieldProblem.BIRTH_YOUNG
    return read.isoformat()


def _number(text: str, day: date) -> str | FieldProblem | None:
    read = read_number(text) if text else None
    return FieldProblem.NUMBER if isinstance(read, LineProblem) else read


def _phone(text: str, day: date) -> str | FieldProblem | None:
    read = read_phone(text) if text else None
    return FieldProblem.PHONE if isinstance(read, LineProblem) else read


def _status(text: str, day: date) -> str | FieldProblem:
    return member_status(text) or FieldProblem.STATUS


def _guardian(text: str, day: date) -> bool | FieldProblem:
    return {"yes": True, "no": False}.get(text, FieldProblem.GUARDIAN)


_READERS = {
    Field.NAME: _name,
    Field.BIRTH: _birth,
    Field.NUMBER: _number,
    Field.PHONE: _phone,
    Field.STATUS: _status,
    Field.GUARDIAN: _guardian,
}
