"""Where it was: 地点：人民公园, 在人民公园捡垃圾, at the library."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.sentence.wording import Wording


@dataclass(frozen=True)
class Placed:
    """What is left of a piece of the sentence, and the place that was cut out of it."""

    rest: str
    place: str | None


_ENDING = (
    "(?:青年之家|关爱家园|新时代文明实践[站所]|党群服务中心|服务中心|活动中心|文化中心|市民中心|会展中心|体育中心"
    "|青少年宫|少年宫|文化宫|敬老院|养老院|福利院|康养中心|图书馆|图书室|阅览室|博物馆|体育馆|文化馆|科技馆"
    "|美术馆|展览馆|纪念馆|档案馆|学校|小学|中学|高中|初中|大学|学院|校园|幼儿园|公园|广场|植物园|动物园"
    "|火车站|高铁站|地铁站|汽车站|客运站|车站|服务站|志愿站|献血站|救助站|机场|码头|医院|卫生院|卫生室|诊所"
    "|体育场|操场|礼堂|会议室|村委会|居委会|菜市场|市场|商场|超市|书店|书屋|景区|陵园|烈士陵园|纪念碑"
    "|河边|湖边|海边|江边|河畔|沙滩|海滩|路口|食堂|教室|农场|林场|基地|孵化园|产业园|团委|团市委|区政府)"
)
_BESIDE = (
    "(?:门口|南门|北门|东门|西门|正门|大门口?|后门|门前|里面|里|内|外面|外|旁边|旁|附近|周边|一带|对面|前|大厅|广场|操场"
    "|食堂|[一二三四五0-9]{1,2}楼)?"
)
# 大学生, 小学生 and 广场舞 do not end a place.
_IN = re.compile(
    rf"^(?:我们?|本人|自己)?在(?P<place>[^\s,。;、的了和与]{{0,20}}?{_ENDING}(?![生员舞长])"
    rf"(?:{_ENDING}(?![生员舞长])){{0,2}}{_BESIDE})(?P<rest>.{{0,500}})$",
    re.DOTALL,
)
_NAMED = re.compile(
    r"(?:活动|集合|服务)?(?:地点|地址)\s?(?:[:是为在]|就在)?\s?(?P<place>[^\s,。;、!?]{1,60})"
    r"|(?<![a-z])(?:place|location|venue)\s?:\s?(?P<english>[^,.;!?。、]{1,60})"
)
_AT = re.compile(r"(?:^|(?<=\s))(?:at|@)\s?(?P<place>[a-z0-9一-鿿][^,.;!?。、]{0,80})")
_ENGLISH_ENDING = re.compile(
    r"\b(?:park|library|school|hospital|station|square|cent(?:er|re)|home|museum|hall|garden|beach"
    r"|campus|gym|church|market|university|college|office|plaza|stadium|playground|kindergarten)\b"
)
_UNSURE = re.compile(r"\b[a-z]{2,}ing\b|\bto\b|\bwith\b|\bfor\b")


def take(piece: str, key: str, *, named_only: bool) -> Placed:
    """Cut the place out of one piece when the cut is certain; else leave the piece whole.

    在社区清扫 stays whole: 社区 is as often a part of what was done. After 在, a word that
    ends a place must be followed by nothing or by at least two characters that are not 的.
    """
    named = _NAMED.search(key)
    if named:
        group = "place" if named["place"] else "english"
        return Placed(
            (piece[: named.start()] + " " + piece[named.end() :]).strip(),
            piece[named.start(group) : named.end(group)].strip(),
        )
    if named_only:
        return Placed(piece, None)
    inside = _IN.match(key)
    if inside and _certain(inside["rest"]):
        return Placed(
            piece[inside.start("rest") :], piece[inside.start("place") : inside.end("place")]
        )
    return _english(piece, key)


def _certain(rest: str) -> bool:
    text = rest.strip(" ,。;了")
    return not text or (len(text) >= 2 and text[0] not in "的和与、或及")


def _english(piece: str, key: str) -> Placed:
    found = _AT.search(key)
    if not found:
        return Placed(piece, None)
    start, end = found.span("place")
    endings = list(_ENGLISH_ENDING.finditer(key, start, end))
    if endings:
        end = endings[-1].end()
    elif _UNSURE.search(key, start, end):
        return Placed(piece, None)
    rest = (piece[: found.start()] + " " + piece[end:]).strip()
    return Placed(rest, piece[start:end].strip())


def tidy(text: Wording, begin: int, end: int) -> tuple[str, str]:
    """Cut a piece of the sentence without blanks at its ends: as shown, and its key."""
    while begin < end and text.shown[begin] == " ":
        begin += 1
    while end > begin and text.shown[end - 1] == " ":
        end -= 1
    return text.shown[begin:end], text.key[begin:end]
