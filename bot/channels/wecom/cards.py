"""From a worded message to the messages that WeCom shows: texts, a card, a file. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bot.channels.wecom import limits, writing
from bot.channels.wecom.limits import harmless, short
from bot.channels.wecom.parts import Body, Labels, Part
from bot.channels.wecom.selections import selection
from bot.chat import Attachment, Button, Message

_LINKS = ("http://", "https://")
_IMAGES = frozenset({"image/jpeg", "image/png"})
_BELOW_FILE = "f"  # begins the task id of a card that belongs to a file: it stays with it
_DONE = "✓"  # on the button that cannot be pressed any more


def plan(
    message: Message, labels: Labels, *, cards: bool = True, rich: bool = False
) -> Sequence[Part]:
    """The parts of a message, in order.

    Without `cards` everything is text, or a card with a link, which is shown everywhere: the same
    words. `rich`: the reader sees markdown.
    """
    if message.replaces is not None and message.replaces.startswith(_BELOW_FILE):
        message = replace(message, replaces=None)
    labels = labels.of(message.language)
    parts: list[Part] = []
    text = message.text
    if message.asks_location:
        text = f"{text}\n{labels.place}"
    if message.attachment is not None:
        parts.append(_file(message.attachment))
    buttons = [_harmless(one) for row in message.rows for one in row if _fits(one)]
    opens = _link(message, text, buttons, labels)
    if opens is not None:
        return [*parts, opens]
    shown = harmless(text)
    card = _card(message, shown, buttons, labels) if cards else None
    if card is None:
        said = writing.lines(shown, buttons, labels) if buttons else writing.words(text, rich=rich)
        return [*parts, *said]
    whole = _whole(shown, card)
    instead = writing.lines(shown if whole else "", buttons, labels)
    if not whole:
        card = _below(shown, card, labels)
        parts += writing.words(text, rich=rich)
    replaces = message.replaces if whole and not parts else None
    return [*parts, Part("template_card", card, instead=instead, replaces=replaces)]


def body(part: Part, to: str, agent_id: int, task: str | None, media: str | None) -> Body:
    """The JSON of message/send: the same for the same message, whenever it is made."""
    content = part.content
    if part.file is not None:
        content = {"media_id": media}
    elif part.kind == "template_card":
        content = {**content, "task_id": task}
    return {"touser": to, "msgtype": part.kind, "agentid": agent_id, part.kind: content}


def task_of(message: Message) -> str:
    """The task id of a message's card: the same at every try, and no other message's.

    Buttons are signed for their reader and their time, so that another installation of the same
    app makes another one.
    """
    signed = "\n".join([message.text, *(b.token for row in message.rows for b in row)])
    digest = hashlib.sha256(f"{message.account}\n{signed}".encode()).hexdigest()
    kind = "q" if message.attachment is None else _BELOW_FILE
    return f"{kind}{message.id}-{digest[:16]}"


def _fits(button: Button) -> bool:
    """What WeCom would refuse must not keep the message back."""
    if not button.label.strip():
        return False
    if button.url is not None:
        return button.url.startswith(_LINKS)
    return 0 < len(button.token.encode()) <= limits.OPTION_BYTES


def _harmless(button: Button) -> Button:
    return replace(button, label=harmless(button.label))


def _link(message: Message, text: str, buttons: list[Button], labels: Labels) -> Part | None:
    """Just one link, and nothing that stands there already: a card that is shown everywhere."""
    if len(buttons) != 1 or buttons[0].url is None or message.replaces is not None:
        return None
    found = None if message.asks_location else writing.link(text, buttons[0])
    if found is None:
        return None
    return replace(found, instead=writing.lines(harmless(text), buttons, labels))


def _card(message: Message, text: str, buttons: list[Button], labels: Labels) -> Body | None:
    """The card for these buttons, if one can hold them."""
    if not buttons:
        return _greyed(message, text)
    tokens = [button.token for button in buttons if button.url is None]
    if len(set(tokens)) < len(tokens):
        return None
    linked = len(tokens) < len(buttons)
    if len(buttons) <= limits.BUTTONS and (
        linked or all(limits.is_narrow(b.label) for b in buttons)
    ):
        made = _headed("button_interaction", text, limits.BODY_LETTERS)
        made["button_list"] = [_button(button) for button in buttons]
        return made
    if linked:
        return None
    return selection(_headed("vote_interaction", text, 0), buttons, labels)


def _greyed(message: Message, text: str) -> Body | None:
    """The card that is done: nothing on it can be pressed."""
    if message.replaces is None or message.attachment is not None:
        return None
    made = _headed("button_interaction", text, limits.BODY_LETTERS)
    if not _whole(text, made):
        return None
    made["button_list"] = [{"text": _DONE, "key": "done", "style": 2}]
    made["replace_text"] = _DONE
    return made


def _headed(kind: str, text: str, below: int) -> Body:
    """A card whose head is the text, or as much as goes there: then the text comes before it."""
    first, _, rest = text.strip().partition("\n")
    made: Body = {"card_type": kind, "main_title": {"title": short(first, limits.TITLE_LETTERS)}}
    if len(first) <= limits.TITLE_LETTERS:
        if 0 < len(rest) <= below:
            made["sub_title_text"] = rest
    elif below and len(text) <= below:
        made = {"card_type": kind, "main_title": {}, "sub_title_text": text.strip()}
    return made


def _below(text: str, card: Body, labels: Labels) -> Body:
    """The same card below its text: it asks what the text asks last, and repeats nothing else."""
    last = text.strip().rpartition("\n")[2].strip()
    asks = last.endswith(("？", "?")) and len(last) <= limits.TITLE_LETTERS
    made = {**card, "main_title": {"title": last if asks else labels.ask}}
    made.pop("sub_title_text", None)
    return made


def _whole(text: str, card: Body) -> bool:
    """Whether a card says all of the text."""
    head = str(card["main_title"].get("title", ""))
    return "\n".join(one for one in (head, card.get("sub_title_text")) if one) == text.strip()


def _button(button: Button) -> Body:
    if button.url is not None:
        return {"text": button.label, "type": 1, "url": button.url, "style": 2}
    return {"text": button.label, "type": 0, "key": button.token, "style": 1}


def _file(attachment: Attachment) -> Part:
    small = len(attachment.content) <= limits.IMAGE_BYTES
    image = attachment.media_type in _IMAGES and small
    return Part("image" if image else "file", file=attachment)
