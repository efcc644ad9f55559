"""What a message is made of on its way to WeCom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat import Attachment

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of our own: in all languages for a message whose language is not known.

    `known`: those of each language.
    """

    choose: str  # below numbered lines
    submit: str  # on the button below a selection
    place: str  # how a place is sent
    word: str  # below the only thing that may be replied
    ask: str  # on a card whose words came before it, where they end in no question
    known: Mapping[str, Labels] = field(default_factory=dict)

    def of(self, language: str | None) -> Labels:
        """Those below a message in this language."""
        return self if language is None else self.known.get(language, self)


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
