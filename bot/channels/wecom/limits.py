"""What WeCom takes: bytes of a text, letters of a card, messages to a member. Pure but the counts.

https://developer.work.weixin.qq.com/document/path/90236 and .../90312.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable
from unicodedata import east_asian_width

from bot import splitting

TEXT_BYTES = 2048  # what is longer is cut without a word
TITLE_LETTERS, BODY_LETTERS, DESC_LETTERS = 36, 160, 44  # advice of the page
BUTTONS, BUTTON_LETTERS, OPTIONS, OPTION_LETTERS = 6, 10, 20, 17
LISTS, LIST_OPTIONS = 3, 10  # of a card with several selections
KEY_BYTES, OPTION_BYTES = 1024, 128
HEADING_BYTES, DESCRIPTION_BYTES, URL_BYTES, OPEN_LETTERS = 128, 512, 2048, 4  # of a textcard
IMAGE_BYTES, FILE_BYTES = 2 * 2**20, 20 * 2**20
PEOPLE = 1000  # that one call may name
MEMBER_A_MINUTE, MEMBER_AN_HOUR = 25, 960  # 30 and 1,000 there; what is more vanishes unsaid
_REMEMBERED = 100_000  # members
_MARKUP = re.compile(r"<(?=[^\s\d=<])|&(?=#|[A-Za-z]+;)")
_FULL_WIDTH = {"<": "＜", "&": "＆"}


def harmless(text: str) -> str:
    """The same words, of which nothing can become a link, a mention or a letter in disguise.

    WeCom reads `<a href>` in a text; what people write is shown as they wrote it.
    """
    return _MARKUP.sub(lambda found: _FULL_WIDTH[found[0]], text)


def size(text: str) -> int:
    """How many bytes."""
    return len(text.encode("utf-8", "replace"))


def split(text: str, most: int = TEXT_BYTES) -> list[str]:
    """A text in pieces of at most `most` bytes, cut between lines, else words, else letters."""
    return splitting.split(text, most)


def is_narrow(label: str) -> bool:
    """Whether a button shows all of its label: a Chinese letter is as wide as two others."""
    wide = sum(east_asian_width(letter) in "WF" for letter in label)
    return len(label) + wide <= 2 * BUTTON_LETTERS


def short(text: str, letters: int) -> str:
    """At most so many letters, with a sign where some are missing."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


class Members:
    """How many messages each member was sent by this process, in the last minute and hour."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, member: str, now: float) -> float:
        """Seconds until a member may be sent something; 0 means now. Counts nothing."""
        sent = self._sent.get(member)
        if not sent:
            return 0.0
        while sent and sent[0] <= now - 3600:
            sent.popleft()
        if len(sent) >= MEMBER_AN_HOUR:
            return sent[-MEMBER_AN_HOUR] + 3600 - now
        if len(sent) >= MEMBER_A_MINUTE:
            return max(0.0, sent[-MEMBER_A_MINUTE] + 60 - now)
        return 0.0

    def count(self, members: Iterable[str], now: float) -> None:
        """Each of them was sent something."""
        for member in members:
            sent = self._sent.setdefault(member, deque())
            sent.append(now)
            self._sent.move_to_end(member)
        while len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)


class Spans:
    """How much this process did within some spans. `limits`: pairs of seconds and how much."""

    def __init__(self, *limits: tuple[float, int]) -> None:
        self._limits = limits
        self._done: deque[tuple[float, int]] = deque()

    def wait(self, now: float, much: int = 1) -> float:
        """Seconds until so much more fits; 0 means now. Counts nothing."""
        longest = max(seconds for seconds, _ in self._limits)
        while self._done and self._done[0][0] <= now - longest:
            self._done.popleft()
        return max(self._until(now, much, *limit) for limit in self._limits)

    def _until(self, now: float, much: int, seconds: float, most: int) -> float:
        recent = [one for one in self._done if one[0] > now - seconds]
        over = sum(one[1] for one in recent) + much - most
        for at, done in recent:
            if over <= 0:
                break
            over -= done
            if over <= 0:
                return at + seconds - now
        return 0.0

    def count(self, now: float, much: int = 1) -> None:
        """So much was done."""
        self._done.append((now, much))
