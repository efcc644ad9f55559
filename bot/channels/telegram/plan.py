"""From a worded message to the calls that send it, in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiogram.methods import (
    EditMessageText,
    LeaveChat,
    SendDocument,
    SendMessage,
    SendPhoto,
)
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
)

from bot.chat import Attachment, Button, Message

TEXT_UNITS, CAPTION_UNITS = 4096, 1024  # UTF-16 code units (Bot API, sendMessage and sendPhoto)
TOKEN_BYTES = 64  # of callback_data
PHOTO_BYTES = 10 * 1024 * 1024
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_LINKS = ("http://", "https://", "tg://")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Call = SendMessage | EditMessageText | SendPhoto | SendDocument | LeaveChat
Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup


@dataclass(frozen=True, slots=True)
class Step:
    """One call. `instead`: what is called if there is nothing (more) to edit."""

    call: Call
    instead: SendMessage | None = None


def plan(
    message: Message, chat: int, place_label: str, username: str | None = None
) -> Sequence[Step]:
    """The calls for one message to one chat; the buttons are on the last that says something."""
    keyboard = _keyboard(message, chat, place_label, username)
    text = "\n\n".join([message.text, *_pasted(message, username)])
    steps: list[Step] = []
    if message.attachment is not None:
        fits = units(text) <= CAPTION_UNITS
        caption, below = (text or None, keyboard) if fits else (None, None)
        steps.append(Step(_file(message.attachment, chat, caption, below)))
        texts = [] if fits else split(text)
    else:
        texts = split(text)
    says = [_text(chat, text) for text in texts]
    if says and keyboard is not None:
        says[-1] = _text(chat, texts[-1], keyboard)
    steps += [Step(say) for say in says]
    if len(steps) == 1 and says:
        steps = [_in_place(message.replaces, says[0])]
    if message.leaves and chat < 0:
        steps.append(Step(LeaveChat(chat_id=chat)))
    return steps


def _pasted(message: Message, username: str | None) -> list[str]:
    """The links that also stand in the text, because a button cannot be taken elsewhere."""
    ways = [one.url.partition(":") for row in message.rows for one in row if one.url]
    links = [private_link(payload, username) for way, _, payload in ways if way == "paste"]
    return [link for link in links if link is not None]


def _text(chat: int, text: str, keyboard: Keyboard | None = None) -> SendMessage:
    """Plain text, whatever people are called: no parse_mode, and no look behind a link."""
    more: dict[str, Any] = {"link_preview_options": _NO_PREVIEW} if "://" in text else {}
    if keyboard is not None:
        return SendMessage(chat_id=chat, text=text, reply_markup=keyboard, **more)
    return SendMessage(chat_id=chat, text=text, **more)


def _in_place(replaces: str | None, say: SendMessage) -> Step:
    keyboard = say.reply_markup
    if replaces is None or not replaces.isdecimal() or isinstance(keyboard, ReplyKeyboardMarkup):
        return Step(say)
    more: dict[str, Any] = {} if keyboard is None else {"reply_markup": keyboard}
    if say.link_preview_options is _NO_PREVIEW:
        more["link_preview_options"] = _NO_PREVIEW
    edit = EditMessageText(chat_id=say.chat_id, message_id=int(replaces), text=say.text, **more)
    return Step(edit, say)


def _file(
    attachment: Attachment, chat: int, caption: str | None, keyboard: Keyboard | None
) -> SendPhoto | SendDocument:
    file = BufferedInputFile(attachment.content, attachment.name)
    if attachment.media_type in _PHOTOS and len(attachment.content) <= PHOTO_BYTES:
        return SendPhoto(chat_id=chat, photo=file, caption=caption, reply_markup=keyboard)
    return SendDocument(chat_id=chat, document=file, caption=caption, reply_markup=keyboard)


def _keyboard(
    message: Message, chat: int, place_label: str, username: str | None
) -> Keyboard | None:
    if message.asks_location and chat > 0:  # private only (Bot API, KeyboardButton)
        rows = [[KeyboardButton(text=place_label, request_location=True)]]
        # a label that is typed means the same as the button
        rows += [[KeyboardButton(text=button.label) for button in row] for row in message.rows]
        return ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True, one_time_keyboard=True)
    made = [[one for button in row if (one := _button(button, username))] for row in message.rows]
    made = [row for row in made if row]
    return InlineKeyboardMarkup(inline_keyboard=made) if made else None


def _button(button: Button, username: str | None) -> InlineKeyboardButton | None:
    """A press or a link; what Telegram would refuse must not keep the message back."""
    if not button.label.strip():
        return None
    if button.url is not None:
        url = _link(button.url, username)
        return None if url is None else InlineKeyboardButton(text=button.label, url=url)
    if not 0 < len(button.token.encode()) <= TOKEN_BYTES:
        return None
    return InlineKeyboardButton(text=button.label, callback_data=button.token)


def _link(url: str, username: str | None) -> str | None:
    """A link as Telegram takes it; ways to ourselves become deep links (Bot features)."""
    way, _, payload = url.partition(":")
    if way in {"private", "paste"}:
        return private_link(payload, username)
    if way == "group":
        return f"https://t.me/{username}?startgroup={payload}" if username else None
    return url if url.startswith(_LINKS) else None


def private_link(payload: str, username: str | None) -> str | None:
    """The deep link into the private chat with us; None while our name is not known."""
    return f"https://t.me/{username}?start={payload}" if username else None


def units(text: str) -> int:
    """The length as Telegram counts it: letters beyond U+FFFF are two."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def split(text: str, most: int = TEXT_UNITS) -> list[str]:
    """A text in pieces of at most `most` units, cut between lines, else words, else letters."""
    pieces = []
    while units(text) > most:
        end = _end(text, most)
        cut = max(text.rfind("\n", most // 2, end + 1), 0) or max(
            text.rfind(" ", most // 2, end + 1), 0
        )
        pieces.append(text[: cut or end])
        text = text[cut or end :].lstrip("\n ") if cut else text[end:]
    return [*pieces, text] if text.strip() or not pieces else pieces


def _end(text: str, most: int) -> int:
    """How many letters of the text make at most `most` units."""
    used = 0
    for index, letter in enumerate(text):
        used += 2 if letter > "\uffff" else 1
        if used > most:
            return index
    return len(text)
