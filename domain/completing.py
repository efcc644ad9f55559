"""A sentence that was asked about and the few words of the answer, put together as one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.names import is_han

SHORTEST = 12  # characters; a longer answer is a sentence of its own
SHORTEST_ENGLISH = 24  # letters: the day before yesterday
_CLOCK = re.compile(  # 3点, and all of 3到5点
    r"(?:\d{1,2}\s?[到至~-]\s?)?\d{1,2}\s?[点时:：]"
    r"|(?:[一二三四五六七八九十两]{1,3}[到至])?[一二三四五六七八九十两]{1,3}点"
)
_ENGLISH_CLOCK = re.compile(
    r"(?:\b(?:from|between) )?\b\d{1,2}(?:[:.]\d\d)?\s?(?:-|to\b|until\b|till?\b|and\b|o'?clock\b)",
    re.IGNORECASE,
)
_ENGLISH = {
    "今天": "today",
    "昨天": "yesterday",
    "前天": "the day before yesterday",
    "上午": "morning",
    "下午": "afternoon",
    "晚上": "evening",
}
_LEADS = re.compile(r"(?:in the|at) ", re.IGNORECASE)


def completed(before: str, answer: str) -> Iterator[str]:
    """The ways in which a short answer may belong to the sentence, the likeliest first.

    下午 goes before the first clock, 昨天 before everything, 3小时 behind it; the same in English,
    and 下午 to an English sentence is "afternoon". Whoever reads them echoes what was understood,
    so a wrong guess is seen before it counts.
    """
    longest = SHORTEST_ENGLISH if answer.isascii() else SHORTEST
    if not before or len(answer) > longest:
        return
    if any(map(is_han, before)):
        clock = _CLOCK.search(before)
        if clock is not None:
            yield before[: clock.start()] + answer + before[clock.start() :]
        yield answer + before
    else:
        answer = _ENGLISH.get(answer, answer)
        clock = _ENGLISH_CLOCK.search(before) or _CLOCK.search(before)
        if clock is not None:
            half = _LEADS.sub("", answer, count=1)
            yield f"{before[: clock.start()]}{half} {before[clock.start() :]}"
        yield f"{answer} {before}"
    yield f"{before} {answer}"
