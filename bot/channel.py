"""What every channel is: something that can send a worded message and says what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from bot.chat import Message


class Fate(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    LATER = "later"  # not taken now: too many, or the platform is ill
    REFUSED = "refused"  # never: this message is wrong for the platform
    UNREACHABLE = "unreachable"  # never: this account is gone or has blocked us
    UNKNOWN = "unknown"  # it may have arrived: no answer


@dataclass(frozen=True, slots=True)
class Sent:
    """The fate of an attempt. `seconds`: how long the platform asked us to wait.

    `early`: the wait may be over before, and the channel says so (see Resumes).
    """

    fate: Fate
    reason: str | None = None
    seconds: float | None = None
    platform_id: str | None = None
    early: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a platform may be used: messages per second in all, and to one account.

    None: as fast as it takes them. `bulk_only`: answers to people are not counted in all.
    `burst` may go out at once over all (None: what a second allows) and `account_burst` to one
    account: where a platform counts any second, both together stay under its limit. Accounts that
    begin with `group_prefix` are groups, which hear `group_per_minute`. `account_counted`: the
    channel counts what it says to one account, more exactly; it is counted here only where other
    processes speak too, through Redis. What may have arrived is
    sent again only within `known_seconds` of its making: so long the platform knows it again.
    """

    per_second: float | None = None
    burst: int | None = None
    account_per_second: float | None = None
    account_burst: int = 1
    account_counted: bool = False
    bulk_only: bool = False
    group_prefix: str | None = None
    group_per_minute: float | None = None
    known_seconds: float | None = None


@runtime_checkable
class Opens(Protocol):
    """A channel whose private chat a link can open, with a payload of SPEC section 3."""

    label: str

    def opens(self, payload: str) -> str | None:
        """The https link, or None while we do not know our own name there."""


@runtime_checkable
class Resumes(Protocol):
    """A channel that says when what it put off (Sent.early) can be sent after all."""

    def resumes(self, go_on: Callable[[], None]) -> None:
        """Take what is to be called then."""


class Channel(Protocol):
    """A platform. `repeatable`: a message that was in flight when we died may be sent again.

    Where it is not, an answer that may have arrived is never sent again, and a notice only within
    `limits.known_seconds`.
    """

    name: str
    limits: Limits
    repeatable: bool

    def routes(self) -> Sequence[Any]:
        """The HTTP routes (Starlette) by which the platform reaches us."""

    async def start(self) -> None:
        """Begin to receive. Must not wait for the platform."""

    async def send(self, message: Message) -> Sent:
        """Try to send one message once, within 10 s. Errors of the platform are fates."""

    async def stop(self) -> None:
        """Stop receiving and let go of connections."""


@runtime_checkable
class ToMany(Protocol):
    """What a channel may offer besides: the same to many in few calls, and taking it back."""

    async def send_many(self, messages: Sequence[Message]) -> Mapping[int, Sent]:
        """The fate of each by its id.

        What is UNKNOWN is to be tried again together: a platform that drops repetitions knows them
        by what it was sent, and that names everybody.
        """

    async def recall(self, platform_id: str) -> Sent:
        """Take back what was sent under this id. REFUSED if it is too late."""


@runtime_checkable
class Readies(Protocol):
    """What a channel may offer besides: to make an account ready before something is sent to it."""

    async def ready(self, account: str) -> Sent | None:
        """Do, within 10 s, what nobody sees and may be repeated; None: it can be sent now.

        It is asked before an attempt begins: who dies here has not begun to send.
        """


class Made(Protocol):
    """What is told of a delivery."""

    answer: bool
    created_at: datetime


def seen_again(channel: Channel, made: Made, now: datetime) -> bool:
    """Whether its reader may see it twice if what may have arrived is sent again."""
    known = channel.limits.known_seconds
    old = known is not None and (now - made.created_at).total_seconds() > known
    return not channel.repeatable and (made.answer or old)
