"""Stated breaks: 中间休息半小时, 除去午饭1小时, with a 30 minute break, 没有休息."""

from __future__ import annotations

import re

from domain.sentence import lengths
from domain.sentence.numerals import whole
from domain.sentence.questions import Question
from domain.sentence.tokens import Found, Length, Mark, Pause, Trouble, Value

_MEAL = r"(?:[早午中晚]饭|[早午中晚]餐|吃[早午中晚]?饭|用餐|就餐)"
_REST = r"(?:午休|午睡|休息|歇息|歇|茶歇)(?![室区站日亭])"
_NET = (
    r"(?:除去|除掉|扣除|扣掉|扣去|扣|去掉|去除|减去|减掉|刨去|刨掉"
    r"|除了|不含|不算|不包括|不包含|不计)"
)
_WITHIN = r"(?:其中|中间|期间|中途|中午|包括|包含|含)"
_BEFORE = re.compile(
    rf"(?P<net>{_NET})?(?P<within>{_WITHIN})?[有了还要]?的?(?P<what>(?P<rest>{_REST})|{_MEAL})?"
    rf"(?:时间)?[的了用花:约]?了?\s?(?:(?P<times>[0-9]{{1,2}}|[一二两三四五])次[,、]?(?P<each>每次|各)?)?"
)
_AFTER = re.compile(rf"的?\s?(?P<what>(?P<rest>{_REST})|{_MEAL})(?:时间)?了?")
_NONE = re.compile(
    r"(?:中间|期间|中途)?(?:没有?|未|不|无)(?:怎么)?(?:休息|午休|歇)(?:过|时间)?|连续(?=工作|服务)"
    r"|(?:without|no|with no) (?:a |any )?(?:lunch )?(?:breaks?|rest)(?![a-z])"
)
_BARE = re.compile(
    rf"(?P<within>{_NET}|{_WITHIN})?[有了]?"
    r"(?:的?(?:午休|午睡)(?![室区站])|(?<=[间途中午])休息(?![室区站日]))(?:时间)?(?:了?一会儿?|了?一下|了)?"
    r"|(?P<word>休息)(?![室区站日])(?:时间)?(?:了?一会儿?|一下)?"
)
_ENGLISH_BEFORE = re.compile(
    r"(?P<net>(?:minus|less|excluding|not counting|not including|without|deducting) )?"
    r"(?P<with>(?:with|including|took|taking|incl\.?) )?"
    r"(?:(?:a|an|the) (?!hour))?"
    r"(?P<word>(?:(?:lunch|tea|coffee|rest) )?(?:break|rest|lunch)s?(?: of| for|:)? )?"
    r"(?:(?:a|an|the) (?=[0-9]))?"
)
_ENGLISH_AFTER = re.compile(
    r"-?(?: (?:for|of)(?: a| the)?)? ?"
    r"(?P<word>(?:(?:lunch|tea|coffee|rest|dinner) )?(?:breaks?|rest|lunch)(?![a-z]))"
)
_ENGLISH_BARE = re.compile(r"(?:with|took|including) a (?:short |lunch )?break(?![a-z])")
_LEFT_OUT = re.compile(r"\s?(?:不算|不计|除外|不包括|不含)(?:在内|进去|入)?")
_BREAK_STARTS = frozenset("除扣去减刨不其中期包含有休午歇茶吃用就早晚没未无连")


def scan(key: str, at: int) -> Found | None:
    """Read a stated break that begins at `at`, with its minutes or as a bare word."""
    none = _NONE.match(key, at)
    if none:
        return none.end(), (Mark.FILLER,)
    found = _timed(key, at, _BEFORE, _AFTER) or _timed(key, at, _ENGLISH_BEFORE, _ENGLISH_AFTER)
    if found:
        return found
    bare = _ENGLISH_BARE.match(key, at)
    if not bare and key[at] in _BREAK_STARTS:
        bare = _BARE.match(key, at)
    return (bare.end(), (Mark.PAUSE,)) if bare else None


def _timed(key: str, at: int, leading: re.Pattern[str], trailing: re.Pattern[str]) -> Found | None:
    before = leading.match(key, at)
    if not before:
        return None
    length = lengths.scan(key, before.end())
    if not length:
        return None
    end, values = length
    said: dict[str, str | None] = dict(before.groupdict())
    after = trailing.match(key, end)
    if after:
        end = after.end()
        said |= {name: text for name, text in after.groupdict().items() if text}
    left_out = _LEFT_OUT.match(key, end) if said.get("what") or said.get("word") else None
    if left_out:
        end = left_out.end()
    if not (left_out or _is_break(said)):
        return None
    net = bool(said.get("net") or left_out)
    return end, (_value(values[0], said, net, key[at:end]),)


def _is_break(said: dict[str, str | None]) -> bool:
    """A meal needs a word like 扣除 or 中间 beside it: 做午饭1小时 is what somebody did."""
    if said.get("rest") or said.get("word") or _subtracted(said.get("net")):
        return True
    return bool(said.get("what") and (said.get("net") or said.get("within")))


def _subtracted(net: str | None) -> bool:
    """扣除1小时 is a break without the word; 除了1小时 is not."""
    return net is not None and net.strip() not in ("除了", "without")


def _value(value: Value, said: dict[str, str | None], net: bool, text: str) -> Value:
    if not isinstance(value, Length):
        return Trouble(Question.BREAK_UNCLEAR, text)
    if not said.get("times"):
        return Pause(value.minutes, net)
    times = whole(str(said["times"])) or 0
    if times != 1 and not said.get("each"):
        return Trouble(Question.BREAK_UNCLEAR, text)
    return Pause(value.minutes * times, net)
