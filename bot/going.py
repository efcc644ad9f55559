"""The button that opens a command, wherever it is offered."""

from __future__ import annotations

import zlib

from bot.chat import Choice

PURPOSE = "go"


def number_of(command: str) -> int:
    """The number by which a button means a command: the same in every release."""
    return zlib.crc32(command.encode()) & 0xFFFF


def go(command: str) -> Choice:
    """The button that does what the command does; its label is the sentence `go.COMMAND`."""
    return Choice(f"go.{command}", PURPOSE, argument=number_of(command))
