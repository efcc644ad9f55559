"""A sentence that was asked about and the few words of the answer, put together as one."""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST = 12  # characters; a longer answer is a sentence of its own
_CLOCK = re.compile(r"\d{1,2}\s?[点时:：]|[一二三四五六七八九十两]{1,3}点")


def completed(before: str, answer: str) -> Iterator[str]:
    """The ways in which a short answer may belong to the sentence, the likeliest first.

    下午 goes before the first clock, 昨天 before everything, 3小时 behind it. Whoever reads them
    echoes what was understood, so a wrong guess is seen before it counts.
    """
    if not before or len(answer) > SHORTEST:
        return
    clock = _CLOCK.search(before)
    if clock is not None:
        yield before[: clock.start()] + answer + before[clock.start() :]
    yield answer + before
    yield f"{before} {answer}"
