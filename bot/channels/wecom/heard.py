"""What a callback may mean besides an event of somebody's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.chat import Event

CHANNEL = "wecom"
SUBMIT = "submit"  # the key of a submit button: what was chosen says what is meant
NONE = "none-"  # how the id of an option begins that is no choice; no token does


class Idle(StrEnum):
    """What WeCom says about an app that is hardly used."""

    WARNED = "warned"  # it will be closed
    CLOSED = "closed"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something for the operator. `until`: when it takes effect, in seconds of 1970, or nothing."""

    idle: Idle
    until: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The address book changed: `kind` is WeCom's ChangeType, `id` of a user, party or tag."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A code was scanned that is not ours, by an account that waits for an answer."""

    account: str


Heard = Event | Notice | Change | Foreign
