"""What WeCom takes: bytes of a text, letters of a card, messages to a member. Pure but the counts.

https://developer.work.weixin.qq.com/document/path/90236 and .../90312.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable

TEXT_BYTES = 2048  # what is longer is cut without a word
TITLE_LETTERS, BODY_LETTERS, DESC_LETTERS = 36, 160, 44  # advice of the page
BUTTONS, BUTTON_LETTERS, OPTIONS, OPTION_LETTERS = 6, 10, 20, 17
KEY_BYTES, OPTION_BYTES = 1024, 128
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


def split(text: str, most: int = TEXT_BYTES) -> list[str]:
    """A text in pieces of at most `most` bytes, cut between lines, else words, else letters."""
    pieces = []
    while len(text.encode()) > most:
        end = len(text.encode()[:most].decode("utf-8", "ignore"))
        cut = max(text.rfind("\n", end // 2, end + 1), 0) or max(
            text.rfind(" ", end // 2, end + 1), 0
        )
        pieces.append(text[: cut or end])
        text = text[cut or end :].lstrip("\n ") if cut else text[end:]
    return [*pieces, text] if text.strip() or not pieces else pieces


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
