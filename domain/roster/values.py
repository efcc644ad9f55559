"""The single values of a roster: text, number, phone, birth date, ID number."""

from __future__ import annotations

import re
from datetime import date

from domain.names import strip_invisible
from domain.roster.line import LineProblem

_LONGEST_CELL = 1_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufdd0-\ufdef\ufffe\uffff]+")
_TEXT_MARK = re.compile(r"^'(?=[-=+@\d'])")  # the apostrophe that makes a cell text in Excel
_EMPTY_WORDS = "- -- --- — —— / \\ 无 没有 空 暂无 不详 未填 none null nil n/a na"
_NOTHING = frozenset(_EMPTY_WORDS.split())
_DIGITS_LOST = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_NUMBER = re.compile(r"[^\W_][\w./-]{0,31}")
_PHONE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_DATE = re.compile(
    r"([0-9]{4})\s*(?P<mark>[-/.年])\s*([0-9]{1,2})\s*(?:(?:(?P=mark)|月)\s*([0-9]{1,2})\s*[日号]?)"
    r"(?:[T\s]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?)?"
)
_PACKED_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH_ONLY = re.compile(
    r"(?:1[89]|20)[0-9]{2}(?:\s*[-/.年]\s*(?:[0-9]{1,2}\s*月?)?|0[1-9]|1[0-2])?"
)
_OLDEST = 120  # years


def tidy(cell: str) -> str:
    """A cell as one line of visible text; a cell that only says "nothing" becomes empty."""
    text = " ".join(strip_invisible(_CONTROL.sub(" ", cell[:_LONGEST_CELL])).split())
    text = _TEXT_MARK.sub("", text)
    return "" if text.casefold() in _NOTHING else text


def read_number(text: str) -> str | LineProblem:
    """A student or staff number: letters and digits with at least one digit, 32 at most."""
    compact = re.sub(r"\s+|\.0$", "", text)
    if _DIGITS_LOST.fullmatch(compact) and "+" in compact:
        return LineProblem.DIGITS_LOST
    if _NUMBER.fullmatch(compact) and re.search(r"[0-9]", compact):
        return compact
    return LineProblem.NUMBER_UNREADABLE


def read_phone(text: str) -> str | LineProblem:
    """A mobile number of the mainland as eleven digits."""
    compact = re.sub(r"[\s()-]+|\.0$", "", text)
    if _DIGITS_LOST.fullmatch(compact):
        return LineProblem.DIGITS_LOST
    found = _PHONE.fullmatch(compact)
    return found.group(1) if found else LineProblem.PHONE_UNREADABLE


def read_birth_date(text: str, at: date) -> date | LineProblem:
    """A day in any usual notation with the year first; others (3/5/2008) are never guessed."""
    compact = re.sub(r"\.0$", "", text) if text[:-2].isdigit() else text
    found = _DATE.fullmatch(compact)
    parts = (found.group(1), found.group(3), found.group(4)) if found else None
    if parts is None and (packed := _PACKED_DATE.fullmatch(compact)):
        parts = (packed.group(1), packed.group(2), packed.group(3))
    if parts is None:
        month_only = _MONTH_ONLY.fullmatch(compact)
        return LineProblem.BIRTH_DATE_NEEDS_DAY if month_only else LineProblem.BIRTH_DATE_UNREADABLE
    try:
        day = date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return LineProblem.BIRTH_DATE_UNREADABLE
    return _believable(day, at)


def _believable(day: date, at: date) -> date | LineProblem:
    if day > at:
        return LineProblem.BIRTH_DATE_IN_FUTURE
    return LineProblem.BIRTH_DATE_TOO_OLD if age_on(day, at) > _OLDEST else day


def read_id_number(text: str, at: date) -> str | LineProblem:
    """An 18-digit resident identity number whose check digit and birth date hold (GB 11643)."""
    compact = re.sub(r"\s+", "", text).upper()
    if _DIGITS_LOST.fullmatch(compact):
        return LineProblem.DIGITS_LOST
    if not _ID_NUMBER.fullmatch(compact):
        return LineProblem.ID_NUMBER_UNREADABLE
    total = sum(int(digit) * weight for digit, weight in zip(compact, _ID_WEIGHTS, strict=False))
    if "10X98765432"[total % 11] != compact[17]:
        return LineProblem.ID_NUMBER_UNREADABLE
    born = read_birth_date(compact[6:14], at)
    return compact if isinstance(born, date) else LineProblem.ID_NUMBER_UNREADABLE


def born_by_id(id_number: str) -> date:
    """The birth date inside an ID number that `read_id_number` has accepted."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def age_on(born: date, at: date) -> int:
    """Completed years of life on a day; somebody born on 29 February turns on 1 March."""
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))
