"""Texts and captions: their markup, their entities, their lengths."""

from __future__ import annotations

from typing import Any

from tests.emulators.telegram import arguments, markup
from tests.emulators.telegram.refusal import bad

TEXT, CAPTION = 4096, 1024  # UTF-16 units after the entities were parsed
_ENTITIES = frozenset(
    "mention hashtag cashtag bot_command url email phone_number bold italic underline "
    "strikethrough spoiler blockquote expandable_blockquote code pre text_link text_mention "
    "custom_emoji date_time".split()
)


def text(args: dict[str, Any]) -> dict[str, Any]:
    """The text of a message and its entities."""
    words, entities = _formatted(args, "text", "entities")
    if not words:
        raise bad("message text is empty")
    if markup.units(words) > TEXT:
        raise bad("message is too long")
    return {"text": words, "entities": entities} if entities else {"text": words}


def caption(args: dict[str, Any]) -> dict[str, Any]:
    """The caption and its entities, if there is one."""
    words, entities = _formatted(args, "caption", "caption_entities")
    if markup.units(words) > CAPTION:
        raise bad("message caption is too long")
    made: dict[str, Any] = {"caption": words} if words else {}
    if entities:
        made["caption_entities"] = entities
    return made


def _formatted(args: dict[str, Any], name: str, entities: str) -> tuple[str, list[dict[str, Any]]]:
    words = arguments.text(args, name)
    mode = arguments.text(args, "parse_mode").lower()
    if mode and mode != "html":
        raise bad(f"can't parse entities: the emulator reads HTML, not {mode}")
    if mode:
        words, found = markup.parsed(words)
    else:
        found = arguments.structure(args, entities, list) or []
    if not found:
        return words.strip(), []
    length = markup.units(words)
    for one in found:
        _check(one, length)
    return words.rstrip(), found


def _check(one: Any, length: int) -> None:
    if not isinstance(one, dict) or one.get("type") not in _ENTITIES:
        raise bad("can't parse MessageEntity: unsupported type")
    offset, size = one.get("offset"), one.get("length")
    if not isinstance(offset, int) or not isinstance(size, int):
        raise bad('can\'t parse MessageEntity: Field "offset" must be of type Number')
    if offset < 0 or size <= 0 or offset + size > length:
        raise bad("entity beyond the text")
