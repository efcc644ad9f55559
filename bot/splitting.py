"""Long texts in pieces that a platform takes, counted in bytes of UTF-8."""

from __future__ import annotations


def split(text: str, most: int) -> list[str]:
    """A text in pieces of at most `most` bytes, cut between lines, else words, else letters."""
    pieces = []
    while len(text.encode("utf-8", "replace")) > most:
        end = _end(text, most)
        cut = max(text.rfind("\n", end // 2, end + 1), 0) or max(
            text.rfind(" ", end // 2, end + 1), 0
        )
        pieces.append(text[: cut or end])
        text = text[cut or end :].lstrip("\n ") if cut else text[end:]
    return [*pieces, text] if text.strip() or not pieces else pieces


def _end(text: str, most: int) -> int:
    """How many letters of the text make at most `most` bytes, and never half a letter."""
    head = text.encode("utf-8", "replace")[:most]
    return len(head.decode("utf-8", "ignore"))
