"""Numbers as people write them: Arabic digits, Chinese numerals, English words."""

from __future__ import annotations

from fractions import Fraction

DIGITS = "零一二三四五六七八九"
CHINESE = "〇零一二两三四五六七八九十百廿卅"


def _below_hundred(number: int) -> list[str]:
    tens, ones = divmod(number, 10)
    tail = DIGITS[ones] if ones else ""
    if tens == 0:
        return [DIGITS[ones]]
    spelled = [DIGITS[tens] + "十" + tail]
    if tens == 1:
        spelled.append("十" + tail)
    if tens in (2, 3):
        spelled.append(" 廿卅"[tens - 1] + tail)
    return spelled


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if hundreds == 0:
        return _below_hundred(number)
    heads = [DIGITS[hundreds] + "百"] + (["两百"] if hundreds == 2 else [])
    if rest == 0:
        tails = [""]
    elif rest < 10:
        tails = ["零" + DIGITS[rest], "〇" + DIGITS[rest]]
    else:
        tails = _below_hundred(rest)
    return [head + tail for head in heads for tail in tails]


_CHINESE_VALUES = {text: number for number in range(1000) for text in _below_thousand(number)}
_CHINESE_VALUES |= {"两": 2, "〇": 0}

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ENGLISH = {word: number for number, word in enumerate(_ONES)}
ENGLISH |= {word: 20 + 10 * place for place, word in enumerate(_TENS)}
ENGLISH |= {
    f"{tens}{dash}{one}": 20 + 10 * place + ones
    for place, tens in enumerate(_TENS)
    for ones, one in enumerate(_ONES[1:10], start=1)
    for dash in "- "
}


def whole(text: str) -> int | None:
    """Read a whole number from 0 to 999,999, or None when it is not written in one clear way.

    三四 (three or four) and 一五 are not clear. A leading zero is allowed: 05分, 09:00.
    """
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 6 else None
    if text in _CHINESE_VALUES:
        return _CHINESE_VALUES[text]
    if len(text) == 2 and text[0] in "零〇":
        return _CHINESE_VALUES.get(text[1])
    return ENGLISH.get(text)


def year(text: str) -> int | None:
    """Read a year of four digits (二〇二六, 2026) or two (26)."""
    digits = "".join(str(DIGITS.index(c)) if c in DIGITS else c for c in text.replace("〇", "零"))
    if not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits) + (2000 if len(digits) == 2 else 0)


def quantity(text: str) -> Fraction | None:
    """Read an amount that may have decimals: 3.5, 三点五, 半. None when it is not clear."""
    if text == "半":
        return Fraction(1, 2)
    head, dot, tail = text.partition("." if "." in text else "点")
    if dot and tail:
        digits = tail if tail.isascii() else "".join(str(DIGITS.find(c)) for c in tail)
        before = whole(head)
        if before is None or not digits.isdigit() or padded(head):
            return None
        return before + Fraction(int(digits), 10 ** len(digits))
    number = None if padded(text) else whole(text)
    return None if number is None else Fraction(number)


def padded(text: str) -> bool:
    """Tell whether a number is written with a needless leading zero: 03, 007."""
    return len(text) > 1 and text[0] in "0零〇"
