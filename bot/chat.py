"""The neutral vocabulary: what may be heard and what may be said, on any channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Facts = Mapping[str, Any]


class Kind(StrEnum):
    """What kind of thing happened."""

    TEXT = "text"
    COMMAND = "command"
    BUTTON = "button"
    PHOTO = "photo"
    LOCATION = "location"
    FILE = "file"
    CONTACT = "contact"
    EDITED = "edited"
    JOINED = "joined"
    LEFT = "left"
    MOVED = "moved"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a platform told us.

    `key` is unique per channel and the same whenever the platform repeats itself. `payload` is
    JSON: text and edited have "text"; command has "name" and "text" (what follows); button has
    "token", or "unclear" where not just one was chosen; photo and file have "media" and "name";
    location has "latitude" and "longitude" in degrees (WGS-84); contact has "phone" and "own" (it
    is the sender's); edited has "of", the key of the event that it changes; moved has "to", the id
    that the account (or the group) has now; seen has nothing of its own.
    Any of them may have "message" (the platform's id of the message, or of the one whose button
    was pressed), "reads" (domain.layout.Reads: what it shows of where the account reads),
    "forwarded" (somebody else said it first) and, where it is not private, "chat" (the group's id)
    and "title". Joined and left speak of the account, with "chat" of ourselves in that group. `at`
    is the platform's time of the event, aware.
    """

    channel: str
    account: str
    key: str
    kind: Kind
    payload: Mapping[str, Any]
    at: datetime
    private: bool = True


@dataclass(slots=True)  # not frozen: a list makes dozens, and freezing costs three times as much
class Choice:
    """A button: its label is a word of the catalogue, its press names a purpose and an object.

    It is signed for its reader when it is worded. `expires` is the end of its object, aware;
    `version` is the version of the object that the reader saw, and `argument` a small number
    (0 to 65,535) such as a page. With `url` it is a link and nothing is pressed: https, or
    `private:PAYLOAD` for the private chat with us, or `group:PAYLOAD` to add us to a group, which
    a channel turns into what its platform knows, or leaves out. `paste:PAYLOAD` is as private, and
    its link stands in the text too: to be pasted elsewhere.
    """

    label: str
    purpose: str = ""
    object: int = 0
    version: int = 0
    argument: int = 0
    expires: datetime | None = None
    facts: Facts = field(default_factory=dict)
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or image to send: its made-up name, its type and its bytes (at most 20 MB)."""

    name: str
    media_type: str
    content: bytes


@dataclass(slots=True)  # see Choice
class Say:
    """One message: a name of the catalogue and its facts (JSON; a nested Say is allowed).

    `rows` are the lines of buttons. `replaces` is the platform's id of an earlier message that this
    one takes the place of. `asks_location` shows the platform's own way of sharing a place.
    `leaves`: having said it, we leave the group that it is said in.
    """

    name: str
    facts: Facts = field(default_factory=dict)
    rows: tuple[tuple[Choice, ...], ...] = ()
    attachment: Attachment | None = None
    replaces: str | None = None
    asks_location: bool = False
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to one event: mostly one message, sometimes none."""

    says: tuple[Say, ...] = ()

    @staticmethod
    def of(name: str, /, *rows: tuple[Choice, ...], **facts: Any) -> Reply:
        """Answer with one message."""
        return Reply((Say(name, facts, rows),))


@dataclass(frozen=True, slots=True)
class Button:
    """A worded button: its label and either the signed token of its press or a link."""

    label: str
    token: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the channel gets it: worded, in the reader's language, buttons signed.

    `answer`: somebody asked for it just now; else it is a notice. `mentions`: whom it calls in a
    group, by the platform's ids or `@all`; they come from a fact of this name. `plain`: the reader
    wants or needs everything in words; False: is known to see cards and markdown; None: not known.
    `language`: what it is worded in; None where an earlier release worded it.
    """

    id: int
    account: str
    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    attachment: Attachment | None = None
    replaces: str | None = None
    asks_location: bool = False
    leaves: bool = False
    answer: bool = False
    mentions: tuple[str, ...] = ()
    plain: bool | None = None
    language: str | None = None
