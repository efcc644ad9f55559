"""Words as WeCom shows them: texts, markdown for who is known to see it, and a card with one link.

A text and a textcard are shown everywhere; markdown is not shown in the WeChat plugin. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.wecom import limits
from bot.channels.wecom.limits import harmless, size
from bot.channels.wecom.parts import Labels, Part
from bot.chat import Button
from bot.markdown import escaped

_RAW_BYTES = 1800  # of a piece: what is made harmless grows
_BOLD_LETTERS = 60  # of a first line; a longer one is no heading
_OPEN = ("查看", "Open")  # on a link whose label does not fit
_ADDRESS = "://"


def texts(text: str) -> list[Part]:
    """A text in as many messages as it needs."""
    pieces = limits.split(harmless(text))
    return [Part("text", {"content": piece}) for piece in pieces if piece.strip()]


def words(text: str, *, rich: bool) -> list[Part]:
    """A text; where `rich` a long one has its first line in bold.

    One with an address stays a text: there it can be tapped for sure.
    """
    first, _, rest = text.strip().partition("\n")
    heads = first.strip() and rest.strip() and len(first) <= _BOLD_LETTERS
    if not rich or not heads or _ADDRESS in text or len(text) <= limits.BODY_LETTERS:
        return texts(text)
    pieces = [one for one in limits.split(text.strip(), _RAW_BYTES) if one.strip()]
    made = []
    for number, piece in enumerate(pieces):
        shown = _headed(piece) if number == 0 else escaped(piece)
        instead = texts(piece)
        fits = size(shown) <= limits.TEXT_BYTES
        made += [Part("markdown", {"content": shown}, instead=instead)] if fits else instead
    return made


def _headed(piece: str) -> str:
    first, _, rest = piece.partition("\n")
    return f"**{escaped(first.strip())}**\n{escaped(rest)}"


def lines(text: str, buttons: Sequence[Button], labels: Labels) -> list[Part]:
    """Everything as text: what is pressed elsewhere is answered by its number or its words.

    What is alone has no number: where a number is asked for, 1 may be the answer.
    """
    shown = [text] if text else []
    number, alone = 0, sum(button.url is None for button in buttons) == 1
    for button in buttons:
        if button.url is not None:
            shown.append(f"{button.label}: {button.url}")
            continue
        number += 1
        shown.append(f"【{button.label}】" if alone else f"{number}. {button.label}")
    if number:
        shown.append(labels.word if alone else labels.choose)
    return texts("\n".join(shown))


def link(text: str, button: Button) -> Part | None:
    """The textcard for a text with one link (its label harmless), if it holds all of both."""
    url, label = button.url or "", button.label.strip()
    first, _, rest = harmless(text).strip().partition("\n")
    if size(first) > limits.HEADING_BYTES:
        title, below = label, harmless(text).strip()
    elif rest.strip():
        title, below = first, rest if _fits(label) else f"{rest}\n{label}"
    else:
        title, below = first, label
    within = (
        0 < size(title) <= limits.HEADING_BYTES
        and 0 < size(below) <= limits.DESCRIPTION_BYTES
        and size(url) <= limits.URL_BYTES
    )
    if not within:
        return None
    opens = label if _fits(label) else _OPEN[label.isascii()]
    content = {"title": title, "description": below, "url": url, "btntxt": opens}
    return Part("textcard", content)


def _fits(label: str) -> bool:
    return len(label) <= limits.OPEN_LETTERS
