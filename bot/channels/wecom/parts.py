"""What a message is made of on its way to WeCom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat import Attachment

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of our own, in all languages: a message does not say in which it is."""

    choose: str  # below numbered lines
    submit: str  # on the button below a selection
    place: str  # how a place is sent
    word: str  # below the only thing that may be replied


@dataclass(frozen=True, slots=True)
class Part:
    """One message of WeCom: `kind` (msgtype) with `content`, or a file that is uploaded first.

    `instead` is sent where this kind is not taken. `replaces`: the task id of a card that becomes
    this one.
    """

    kind: str
    content: Body = field(default_factory=dict)
    file: Attachment | None = None
    instead: Sequence[Part] = ()
    replaces: str | None = None
