"""The sentence made comparable: width, case and traditional characters, length kept."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from domain.sentence.questions import Question

LONGEST = 500

_TRADITIONAL = dict(
    zip(
        "點週禮後兩時鐘號個這從間開結別總計員歷並還園館學校醫場廣書車無沒與為會樓線門單過饒頭們數額區",
        "点周礼后两时钟号个这从间开结别总计员历并还园馆学校医场广书车无没与为会楼线门单过饶头们数额区",
        strict=True,
    )
)
_SHAPES = {
    "∶": ":",
    "俩": "两",
    "仨": "三",
    "’": "'",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "〜": "~",
    "∼": "~",
}
_QUOTES = {"“": "”", "「": "」", "『": "』", "《": "》"}


@dataclass(frozen=True)
class Wording:
    """`shown` is what the user wrote, tidied; `key` is what rules compare, of the same length."""

    shown: str
    key: str
    hidden: tuple[bool, ...]


def wording(text: str) -> Wording | Question:
    """Tidy a sentence: NFKC, no invisible characters, a key in lower case and simplified forms.

    Asks when it is over 500 characters, or when it has a digit that is neither ASCII nor
    full-width (QUALITY A27). Words inside “”「」『』《》 are names and hidden from the rules.
    """
    if len(text) > LONGEST:
        return Question.TEXT_TOO_LONG
    if any(_strange_number(char) for char in text):
        return Question.UNCLEAR_NUMBER
    wide = unicodedata.normalize("NFKC", text)
    shown = "".join(_visible(char) for char in wide).strip()
    if len(shown) > LONGEST:
        return Question.TEXT_TOO_LONG
    key = "".join(_folded(char) for char in shown)
    return Wording(shown, key, _quoted(shown))


def _strange_number(char: str) -> bool:
    if char.isascii() or char == "〇" or "０" <= char <= "９":
        return False
    return unicodedata.category(char) in ("Nd", "Nl", "No")


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Cs", "Co", "Cn"):
        return ""
    return " " if category in ("Cc", "Zs", "Zl", "Zp") else char


def _folded(char: str) -> str:
    plain = _SHAPES.get(char) or _TRADITIONAL.get(char) or char.lower()
    return plain if len(plain) == 1 else char


def _quoted(shown: str) -> tuple[bool, ...]:
    hidden: list[bool] = []
    closing = ""
    for place, char in enumerate(shown):
        if not closing and char in _QUOTES and _QUOTES[char] in shown[place:]:
            closing = _QUOTES[char]
        hidden.append(bool(closing))
        if char == closing:
            closing = ""
    return tuple(hidden)
