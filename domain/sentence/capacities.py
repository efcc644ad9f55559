"""How many people an activity takes: 限20人, 名额20, up to 20 people."""

from __future__ import annotations

import re

from domain.sentence.fragments import ENGLISH_NUMBER
from domain.sentence.numerals import CHINESE, ENGLISH, padded, whole
from domain.sentence.questions import Question
from domain.sentence.tokens import Capacity, Found, Trouble

_COUNT = rf"(?P<count>[0-9]{{1,6}}|[{CHINESE}]{{1,6}})"
_PEOPLE = r"(?:个名额|个?人|名(?:额|志愿者|青年|团员|同学)?|位(?:志愿者)?)"
_ENGLISH_PEOPLE = r"(?:people|persons?|volunteers|participants|members|places|spots|seats)(?![a-z])"
_END = r"(?![0-9a-z.,]*[0-9a-z])"
_PATTERNS = (
    re.compile(
        rf"(?:参加)?(?:(?:活动)?(?:人数|名额)(?:上限|限制)?|限额?|限制|上限)[为是在:]?\s?(?:最多)?\s?{_COUNT}"
        rf"(?![0-9a-z.%点时小天周分:+]|[,、][0-9])\s?{_PEOPLE}?(?:以内|之内|为限|封顶|参加)?"
    ),
    re.compile(
        rf"(?:最多|不超过|至多|招募?|招收|需要?|容纳|可报|报名上限)[为是]?\s?{_COUNT}\s?{_PEOPLE}"
        r"(?:以内|参加)?"
    ),
    re.compile(
        rf"{_COUNT}\s?(?:个?人|名(?:志愿者|额)?|位志愿者)(?:以内|封顶|参加|为限)?"
        r"(?=$|[\s,。;、)!?])"
    ),
    re.compile(
        r"(?:for )?"
        r"(?:up to|max(?:imum)?(?: of)?|limit(?:ed to)?|at most|capacity(?: of)?|no more than)"
        rf"[:.]? ?(?P<count>[0-9]{{1,6}}|{ENGLISH_NUMBER}){_END}(?: {_ENGLISH_PEOPLE})?"
        r"(?! ?(?:hours?|hrs?|minutes?|mins?|days?)(?![a-z]))"
    ),
    re.compile(rf"(?:for )?(?P<count>[0-9]{{1,6}}|{ENGLISH_NUMBER}) {_ENGLISH_PEOPLE}"),
)
_UNREAD = re.compile(
    r"限(?:额|制)?.{0,6}[0-9人名]|名额.{0,4}[0-9一二三四五六七八九十几]|[几数]十?[个]?人(?=$|[\s,。;])"
)


def scan(key: str, at: int) -> Found | None:
    """Read a capacity that begins at `at`; zero and unclear numbers are asked about."""
    for pattern in _PATTERNS:
        found = pattern.match(key, at)
        if found:
            text = found["count"]
            count = ENGLISH[text] if text in ENGLISH else whole(text)
            if not count or padded(text):
                return found.end(), (Trouble(Question.CAPACITY_UNCLEAR, found.group()),)
            return found.end(), (Capacity(count),)
    return None


def unread(rest: str) -> bool:
    """Tell whether what is left over still speaks of a limit that was not understood."""
    return bool(_UNREAD.search(rest))
