"""From a sentence to its tokens: the longest thing that some scanner reads, from left to right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from domain.sentence import (
    capacities,
    clocks,
    days,
    english_days,
    lengths,
    pauses,
    weekdays,
)
from domain.sentence.fragments import APPROXIMATE_BEFORE, HALF, HALVES, SHORT_HALF, UNTIL
from domain.sentence.numerals import CHINESE
from domain.sentence.questions import Question
from domain.sentence.tokens import (
    Capacity,
    Clock,
    Days,
    Found,
    Half,
    Length,
    Mark,
    Pause,
    Token,
    Trouble,
    Value,
)
from domain.sentence.wording import Wording

Scanner = Callable[[str, int], Found | None]

_TIMES: tuple[Scanner, ...] = (
    lengths.scan,
    clocks.scan,
    weekdays.scan,
    days.scan,
    english_days.scan,
)
_HALF = re.compile(
    rf"(?:{HALF})(?![a-z])|in the (?:morning|afternoon|evening)(?![a-z])|at night(?![a-z])"
)
_SHORT_HALF = re.compile(SHORT_HALF + "上?")
_TO = re.compile(rf"\s?(?:一直|直|持续)?{UNTIL}\s?")
_FROM = re.compile(
    r"(?:从|自|由|在|于|是|起自)\s?|(?:starting |started )?(?:from|between|on|at|for|since)\s"
)
_EACH = re.compile(
    r"每天都?|每日|天天|每次|(?:each day|every day|daily|each)(?![a-z])|分别是?"
    rf"|[各均都](?=[做干忙服务了有是为]{{0,3}}\s?(?:[0-9{CHINESE}半]|{HALF}))"
)
_LEADS = re.compile(r"\s?(?:from )?")
_ENDING = re.compile(r"\s?(?:and )?(?:finished|ended|left|finishing|ending) (?:at )?")
_AND = re.compile(r"\s?and\s")
_BEGIN = re.compile(r"\s?(?:正式)?(?:开始|起(?![来床身点草])|集合|出发)")
_FINISH = re.compile(r"\s?(?:才|就|准时)?(?:结束|收工|完工|散场|下班|离开|回来|回家|完成)了?")
_MORE = re.compile(r"(?:另外|此外|又|再)(?=[做干忙去了用花服务]{0,3}\s?[0-9" + CHINESE + r"半])")
_STEERING = ((_FINISH, Mark.FINISH), (_BEGIN, Mark.BEGIN))
_GLUED = frozenset("_'\"-*/%#&\\.@!负正第几数多百千万亿" + CHINESE)
# Currency, mathematics, accents, figures and letters: what follows them is no number of its own.
_GLUING = frozenset({"Sc", "Sm", "Sk", "Nd", "Nl", "No", "Ll", "Lu"})
_DIVIDED = re.compile(
    r"[0-9" + CHINESE + r"](?:[,.:;、。'\s][\s,.、]{0,2}|\s?(?:到|至|或者?|还是|to|or|~)\s?)$"
)
_APPROXIMATELY = re.compile(APPROXIMATE_BEFORE)
_TAIL = re.compile(r"[^\s一-鿿]{1,24}$|负$")
_NUMERALS = frozenset("0123456789半" + CHINESE)
_WINDOW = 24


def scan(text: Wording, *, capacity: bool) -> list[Token]:
    """Read all tokens; numbers people count with `capacity` only when an activity is meant."""
    tokens: list[Token] = []
    at = 0
    while at < len(text.key):
        found = (
            None if text.hidden[at] or text.key[at] == " " else _next(text, at, tokens, capacity)
        )
        if found is None:
            at += 1
            continue
        end, values = found
        begin, values = _checked(text.key, at, tokens, end, values)
        tokens.extend(Token(begin, end, value) for value in values)
        at = end
    return tokens


def _next(text: Wording, at: int, tokens: list[Token], capacity: bool) -> Found | None:
    key = text.key
    if key[at].isalpha() and _inside_word(key, at) and not (tokens and tokens[-1].end == at):
        return None
    scanners = (pauses.scan, *_TIMES, *((capacities.scan,) if capacity else ()))
    reads = [found for scanner in scanners if (found := scanner(key, at))]
    best = max(reads, key=lambda found: found[0], default=None)
    if tokens and isinstance(tokens[-1].value, Half) and _LEADS.fullmatch(key, tokens[-1].end, at):
        best = clocks.pair(key, at) or best
    if best is None:
        best = clocks.english_pair(key, at, _after_day(key, at, tokens))
    if best is None:
        best = _half(key, at, tokens) or _small_word(key, at, tokens)
    return None if best is None or best[0] <= at or any(text.hidden[at : best[0]]) else best


def _after_day(key: str, at: int, tokens: list[Token]) -> bool:
    """Whether an English day stands right before: yesterday 3 to 5, but not 11月3日 3-5."""
    if not tokens or not isinstance(tokens[-1].value, Days):
        return False
    last = tokens[-1]
    return key[last.begin : last.end].isascii() and key[last.end : at].strip(", ") == ""


def _half(key: str, at: int, tokens: list[Token]) -> Found | None:
    found = _HALF.match(key, at)
    if not found and tokens and tokens[-1].end == at and isinstance(tokens[-1].value, Days):
        found = _SHORT_HALF.match(key, at)
    if not found:
        return None
    word = found.group().removeprefix("in the ").removeprefix("at ")
    if word.isascii() and at and key[at - 1].isascii() and key[at - 1].isalpha():
        return None
    half = HALVES.get(word) or HALVES[word[0]]
    return found.end(), (half,)


def _small_word(key: str, at: int, tokens: list[Token]) -> Found | None:
    last = tokens[-1] if tokens else None
    if last:
        to = _until(key, at)
        if to and _begins_time(key, to, lengths_too=False) and _may_run(key, at, last):
            return to, (Mark.TO,)
    steering = _STEERING if last and last.end == at and isinstance(last.value, Clock) else ()
    for pattern, mark in (*steering, (_EACH, Mark.EACH), (_MORE, Mark.MORE)):
        found = pattern.match(key, at)
        if found and not _inside_word(key, at):
            return found.end(), (mark,)
    lead = _FROM.match(key, at)
    if lead and not _inside_word(key, at) and _begins_time(key, lead.end(), lengths_too=True):
        return lead.end(), (Mark.FILLER,)
    return None


def _until(key: str, at: int) -> int | None:
    """Find the end of a word that leads to an end: 到, -, "and" after "between"."""
    to = _TO.match(key, at) or _ENDING.match(key, at)
    if not to:
        to = _AND.match(key, at)
        return to.end() if to and "between" in key[:at] else None
    return to.end()


def _inside_word(key: str, at: int) -> bool:
    return bool(at and key[at].isascii() and key[at - 1].isascii() and key[at - 1].isalpha())


def _may_run(key: str, at: int, last: Token) -> bool:
    """A dash joins only its neighbours; the word 到 may stand far from the start."""
    if key[at] in "-~" or (key[at] == " " and key[at : at + 2].strip() in ("-", "~")):
        return not key[last.end : at].strip() and isinstance(last.value, (Clock, Days, Half))
    return not _inside_word(key, at)


def _begins_time(key: str, at: int, *, lengths_too: bool) -> bool:
    if at >= len(key):
        return False
    if _HALF.match(key, at):
        return True
    scanners = _TIMES if lengths_too else _TIMES[1:]
    return any(scanner(key, at) for scanner in scanners)


def _checked(
    key: str, at: int, tokens: list[Token], end: int, values: tuple[Value, ...]
) -> tuple[int, tuple[Value, ...]]:
    """Refuse a number that is only the tail of something else: -5, 1e9, 5,5, 0x10, 三3."""
    if not any(
        isinstance(value, (Clock, Length, Days, Pause, Capacity, Trouble)) for value in values
    ):
        return at, values
    edge = tokens[-1].end if tokens else 0
    before = key[max(edge, at - _WINDOW) : at]
    if not isinstance(values[0], Days) and _APPROXIMATELY.search(before):
        return at, (Trouble(Question.APPROXIMATE, key[at:end]),)
    if lengths.starts_with_total(key, at) != at or key[at] not in _NUMERALS:
        return at, values
    if not (_is_glued(before[-1:]) or _DIVIDED.search(before)):
        return at, values
    counts = isinstance(values[0], Capacity)
    asked = Question.CAPACITY_UNCLEAR if counts else Question.UNCLEAR_NUMBER
    tail = _TAIL.search(before)
    begin = at - len(tail.group()) if tail else at
    return begin, (Trouble(asked, key[begin:end]),)


def _is_glued(char: str) -> bool:
    return bool(char) and (char in _GLUED or unicodedata.category(char) in _GLUING)
