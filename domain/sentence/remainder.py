"""What was done: the words that are left when days, hours, people and place are taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.sentence import places
from domain.sentence.tokens import Clock, Length, Token
from domain.sentence.wording import Wording

_EDGE = " +,.;:、。；：，!?！？()[]【】-~/|·"
_JOINING = frozenset(
    (
        "和 与 及 以及 还有 、 跟 并 并且 然后 的 了 中间 期间 中途 其中 一直 "
        "干 做 忙 一直忙 一直做 一直干 用 花 待 是 都是 都 时间 日期 地点 内容 补录 "
        "共 一共 活动 起 号 每次 我 我们 在 去 参加 "
        "and then from of for the i we on in at to was did it a an with is until time date"
    ).split()
)
_LABEL = re.compile(r"^(?:活动|服务|志愿)?(?:内容|时间|日期|事项|项目|名称)\s?[:：]\s?(?=.)")
_LEADING = re.compile(
    r"^(?:我们?|本人|俺|志愿者|的|了|在|于|去了|参加了?|参与了?|做了|干了|进行了?|开展了?|完成了?|从事|补录|登记|发布|一共|总共|是|为)(?=.{2})"
)
_LEADING_ENGLISH = re.compile(
    r"^(?:i|we|did|do|was|were|doing|of|for|on|from|and|then|with|in|by|volunteered|spent|worked)(?=\s\S)",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?<=.{2})(?:做了|干了|忙了|用了|花了|进行了|持续了?|共|一共|了|的|活动时间|时间|历时|用时|时长|,)$"
)
_TRAILING_ENGLISH = re.compile(
    r"\s(?:for|from|on|at|and|lasting|of|in|to|with|starting|started|until)$", re.IGNORECASE
)
_UNITS = re.compile(
    r"小时(?![候工])|钟头|分钟|(?<![a-z])(?:hours?|hrs?)(?![a-z])|[0-9]\W{0,3}(?:minutes?|mins?)(?![a-z])"
    r"|[0-9]\s?[点时h](?![a-z代])|[0-9]:[0-9]|半天|整天|一天|两天|一上午|一下午|一晚上|一早上|半晌"
    r"|(?<![前这近后最])[0-9一二三四五六七八九十几]天(?!前)"
)
_ROUNDS = 6


@dataclass(frozen=True)
class Remainder:
    """What was done (may be empty), where, and whether a time was left unread in it."""

    what: str
    place: str | None
    unread: str | None


def remainder(text: Wording, tokens: list[Token]) -> Remainder:
    """Collect the words that no token took; 在社区清扫 becomes 社区清扫.

    With several stretches a place is cut out only when it is named (地点：), since 在 may
    belong to one of them only.
    """
    place: str | None = None
    several = _several(tokens)
    pieces: list[tuple[str, str]] = []
    unread: str | None = None
    for begin, end in _gaps(tokens, len(text.key)):
        shown, key = places.tidy(text, begin, end)
        units = _UNITS.search(
            "".join(" " if text.hidden[begin + n] else c for n, c in enumerate(text.key[begin:end]))
        )
        unread = unread or (units.group() if units else None)
        lead, core, tail = _edges(shown)
        cut = places.take(core, key[len(lead) : len(lead) + len(core)], named_only=several)
        if cut.place and place is None:
            place, core = cut.place, cut.rest
        core = _core(core)
        if core:
            pieces.append((core, "，" if several or set(lead) & set(_EDGE[2:10]) else ""))
        elif pieces and set(lead + tail) & set(_EDGE[2:10]):
            pieces.append(("", "，"))
    return Remainder(_together(pieces), place, unread)


def _several(tokens: list[Token]) -> bool:
    clocks = sum(isinstance(token.value, Clock) for token in tokens)
    lengths = sum(isinstance(token.value, Length) and not token.value.total for token in tokens)
    return clocks > 2 or (not clocks and lengths > 1)


def _gaps(tokens: list[Token], length: int) -> list[tuple[int, int]]:
    gaps = []
    at = 0
    for token in tokens:
        if token.begin > at:
            gaps.append((at, token.begin))
        at = max(at, token.end)
    if at < length:
        gaps.append((at, length))
    return gaps


def _edges(shown: str) -> tuple[str, str, str]:
    left = shown.lstrip(_EDGE)
    core = left.rstrip(_EDGE)
    return shown[: len(shown) - len(left)], core, left[len(core) :]


def _core(piece: str) -> str:
    """Take the words off that only join: 我, 在, 做了, for, of."""
    for _ in range(_ROUNDS):
        before = piece
        piece = _LABEL.sub("", piece)
        piece = _LEADING_ENGLISH.sub("", _LEADING.sub("", piece)).strip(_EDGE)
        piece = _TRAILING_ENGLISH.sub("", _TRAILING.sub("", piece)).strip(_EDGE)
        if piece == before:
            break
    return "" if piece.lower() in _JOINING else piece


def _together(pieces: list[tuple[str, str]]) -> str:
    out = ""
    comma = False
    for core, link in pieces:
        if not core:
            comma = True
            continue
        if out:
            wide = not (out[-1].isascii() and core[0].isascii())
            pause = "，" if wide else ", "
            out += pause if link or comma else ("" if wide else " ")
        out += core
        comma = False
    return _punctuated(out)


def _punctuated(text: str) -> str:
    """Chinese commas between Chinese words, whatever width they were typed in."""
    return re.sub(r"(?<=[一-鿿》”」』]),\s?|,\s?(?=[一-鿿《“「『])", "，", text)
