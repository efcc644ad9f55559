"""Pieces of regular expressions that several scanners share; every repeat is bounded."""

from __future__ import annotations

from domain.sentence.numerals import CHINESE
from domain.sentence.tokens import Half

SMALL = f"(?:[0-9]{{1,2}}|[{CHINESE}]{{1,3}})"
COUNT = f"(?:[0-9]{{1,4}}|[{CHINESE}]{{1,6}})"
# Written short: a pattern is compiled at import, and an alternative per number is slow.
_TEENS = "(?:(?:thir|four|fif|six|seven|eigh|nine)teen|ten|eleven|twelve)"
_ONES = "(?:zero|one|two|three|four|five|six|seven|eight|nine)"
_TENS = "(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
ENGLISH_NUMBER = f"(?:{_TEENS}|{_TENS}(?:[- ]{_ONES})?|{_ONES})"
UNTIL = r"(?:到了?|至|-{1,2}|~|to(?![a-z])|until(?![a-z])|till?(?![a-z])|through(?![a-z]))"
LIST = r"(?:、|,|和|及|与|跟|and(?![a-z])|&)"

HALVES: dict[str, Half] = {
    "凌晨": Half.DAWN,
    "清晨": Half.MORNING,
    "早晨": Half.MORNING,
    "早上": Half.MORNING,
    "早间": Half.MORNING,
    "大清早": Half.MORNING,
    "大早上": Half.MORNING,
    "一大早": Half.MORNING,
    "一早": Half.MORNING,
    "上午": Half.FORENOON,
    "午前": Half.FORENOON,
    "中午": Half.NOON,
    "正午": Half.NOON,
    "下午": Half.AFTERNOON,
    "午后": Half.AFTERNOON,
    "傍晚": Half.DUSK,
    "黄昏": Half.DUSK,
    "晚上": Half.EVENING,
    "晚间": Half.EVENING,
    "夜晚": Half.EVENING,
    "夜里": Half.NIGHT,
    "夜间": Half.NIGHT,
    "深夜": Half.NIGHT,
    "半夜": Half.NIGHT,
    "午夜": Half.NIGHT,
    "morning": Half.MORNING,
    "afternoon": Half.AFTERNOON,
    "evening": Half.EVENING,
    "night": Half.NIGHT,
    "晨": Half.MORNING,
    "早": Half.MORNING,
    "晚": Half.EVENING,
    "夜": Half.NIGHT,
}
_LONG = "|".join(sorted((w for w in HALVES if len(w) > 1), key=len, reverse=True))
HALF = rf"(?:{_LONG}|[早晚](?=\s?(?:[0-9]{{1,2}}|[{CHINESE}]{{1,3}})\s?(?:点|时|:|-|到|至)))"
# 晚会, 早餐 and the like are not a part of the day.
SHORT_HALF = r"(?:晨|早(?![餐饭读操市教恋])|晚(?![会餐饭自报宴辈])|夜(?![校市班]))"

APPROXIMATE_AFTER = (
    r"\s?(?:左右|上下|前后|出头|不到|以上|以内|之内|来钟|多(?![媒功人云么])|余"
    r"|(?:or so|ish)(?![a-z]))"
)
APPROXIMATE_BEFORE = (
    r"(?:大概|大约|大致|(?<![赶轻])快要?|几乎|估计|可能|好像|应该|也许|差不多|将近|接近|至少|起码|最多|至多|不到|超过|不足|不少于|(?<![预相邀])约|近|"
    r"(?<![a-z])(?:about|around|approximately|roughly|nearly|almost|over|more than|less than|"
    r"at least|at most|up to|some|circa)|~|≈|>|<|≥|≤)[^0-9,。;]{0,5}$"
)
