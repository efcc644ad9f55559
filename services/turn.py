"""What a use case gets: the open transaction, who speaks, the time, and ways to post a message."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.chat import Say
from bot.pages import SIZE
from domain.abroad import ABROAD
from domain.layout import VARIES
from domain.rights import Action, Actor, Target, Verdict, may, through_admin
from domain.webhooks import WECOM
from storage import audit, consents, outbox, session
from storage.audit import Line
from storage.offers import keep_offers, with_older
from storage.outbox import Delivery, New
from storage.session import Account, Dialog, Person
from storage.tx import Tx
from storage.vault import Vault

BUTTON_LIFE = timedelta(hours=24)  # of one whose object has no end of its own, SPEC section 3
DIALOG_LIFE = timedelta(minutes=30)  # SPEC section 3
PAGE = SIZE  # lines of a list at the most


@dataclass(frozen=True, slots=True)
class House:
    """What is the same for every turn. `rules` are the requirements of the rule files.

    `telegram_personal_data`: phone, number and birth date may go to channels abroad. `robots`:
    groups may be reached through robots of theirs, with addresses at `robot_hosts`. `cards`:
    buttons are shown as cards where nothing else is known.
    """

    vault: Vault
    key: bytes
    zone: ZoneInfo
    language: str
    admins: frozenset[str]
    base_url: str
    owner: str
    rules: Any = None
    telegram_personal_data: bool = False
    robots: bool = False
    robot_hosts: frozenset[str] = frozenset({WECOM})
    cards: bool = True


@dataclass(slots=True)
class Turn:
    """One event's transaction. `posted` leaves as soon as it is committed.

    `at` (aware) is now: rights, expiries and what is written down go by it. `said_at` is the
    platform's time of the event: what 昨天 means goes by it, also after an outage.
    """

    tx: Tx
    house: House
    at: datetime
    said_at: datetime
    event_id: int
    account: Account
    person: Person | None
    actor: Actor
    dialog: Dialog
    private: bool = True
    room: Account | None = None  # the group that it was said in: answers go there
    quiet: bool = False  # what the speaker is answered is not sent
    prepared: Mapping[str, Any] = field(default_factory=dict)
    posted: list[Delivery] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language of the speaker."""
        return self.account.language or self.house.language

    @property
    def local(self) -> datetime:
        """The time of the event in the organisation's zone."""
        return self.said_at.astimezone(self.house.zone)

    def ask(self, step: str, **data: Any) -> None:
        """Open a dialog at a step, or go on to the next one; forgotten after 30 minutes."""
        self.dialog.step = step
        self.dialog.data = data
        self.dialog.expires_at = self.at + DIALOG_LIFE
        self.dialog.changed = True

    def keep(self, until: datetime) -> None:
        """Keep the open dialog as it is: forgotten half an hour after a time that is waited for."""
        self.dialog.expires_at = until + DIALOG_LIFE
        self.dialog.changed = True

    def close(self) -> None:
        """End the open dialog."""
        if self.dialog.step is not None:
            self.dialog.step = self.dialog.data = None
            self.dialog.changed = True


class Outside(Exception):
    """Something takes long: this turn is undone, the work is done, then the turn runs again."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        super().__init__(name)
        self.name = name
        self.work = work


def outside(turn: Turn, name: str, work: Callable[[], Any]) -> Any:
    """The result of slow `work` (reading a file), which runs before the transaction, once.

    `work` must depend on nothing but the event. Ask before anything is written: what the turn did
    so far is done again.
    """
    if name not in turn.prepared:
        raise Outside(name, work)
    return turn.prepared[name]


async def note(turn: Turn, line: Line) -> None:
    """Write an audit line in the turn's transaction."""
    person = None if turn.person is None else turn.person.id
    await audit.add(turn.tx, line, person, turn.account.id, turn.at)


async def permit(
    turn: Turn,
    action: Action,
    target: Target,
    on: tuple[str, int] | None = None,
    enough: Collection[Verdict] = tuple(Verdict),
) -> Verdict:
    """Ask for a right. A refusal is audited, and so is a right that only app.admins gives.

    A verdict that is not `enough` for what is wanted is a refusal too, and answered as DENY.
    """
    verdict = may(turn.actor, action, target, turn.at)
    if verdict not in enough:
        verdict = Verdict.DENY
    unit = target.units[-1] if target.units else None
    name, number = on or (None, None)
    if verdict is Verdict.DENY:
        await note(turn, Line(str(action), "refused", name, number, unit))
    elif turn.actor.admin and through_admin(turn.actor, action, target, turn.at):
        await note(turn, Line(str(action), "by-admin", name, number, unit))
    return verdict


async def post(
    turn: Turn,
    account: Account,
    say: Say,
    key: str,
    answer: bool = False,
    later: datetime | None = None,
) -> int | None:
    """Write a message to an account down, once per `key`; it leaves after the commit, or `later`.

    Answers the outbox id, or None if a message with this key stands already, or if it may not go
    abroad. The buttons of the last message also work when their label is typed, so they are
    remembered.
    """
    if not answer and not await _may_reach(turn, account):
        return None
    new = New(
        key=key,
        account_id=account.id,
        say=plain(say),
        answer=answer,
        inbox_id=turn.event_id or None,
        not_before=later or turn.at,
        owner=None if later else turn.house.owner,
    )
    found = await outbox.add(turn.tx, turn.house.vault, new, turn.at)
    if found is None:
        return None
    await _remember_offers(turn, account, new.say["rows"])
    if later is not None:
        return found
    turn.posted.append(_claimed(turn, account, new, found))
    return found


def _claimed(turn: Turn, account: Account, new: New, number: int) -> Delivery:
    """The message as this process sends it when the turn is committed."""
    return Delivery(
        id=number,
        account_id=account.id,
        channel=account.channel,
        external=account.external,
        person=account.person,
        language=account.language,
        say=new.say,
        answer=new.answer,
        attempts=0,
        fence=1,
        created_at=turn.at,
        reachable=account.reachable,
        plain=account.plain,
    )


async def tell(turn: Turn, person: int, say: Say, key: str) -> bool:
    """Post a message to a person on the channel they can be reached on; False if there is none."""
    for account in await session.reach(turn.tx, person):
        if account.reachable and await _may_reach(turn, account):
            await post(turn, account, say, f"{key}/{person}")
            return True
    return False


async def _may_reach(turn: Turn, account: Account) -> bool:
    """Whether somebody may be told what they did not ask for: abroad only who agreed to it."""
    if account.channel not in ABROAD:
        return True
    return await consents.travels(turn.tx, account.id, account.person)


def _in_words(turn: Turn, account: Account) -> bool:
    """Whether everything is said in words to an account, as its channel does it."""
    if account.plain is None:
        return account.channel in VARIES and not turn.house.cards
    return account.plain


async def _remember_offers(turn: Turn, account: Account, rows: list[list[Any]]) -> None:
    end = (turn.at + BUTTON_LIFE).isoformat()
    made = [choice for row in rows for choice in row if choice["purpose"]]
    mine = account.id == turn.account.id
    shown: dict[str, Any] = {} if mine else {"told": turn.at.isoformat()}
    if _in_words(turn, account):
        shown["lines"] = True  # their numbers are seen
    offers = [{**one, **shown, "expires": one["expires"] or end} for one in made]
    if not offers:
        return
    if mine:
        turn.dialog.offers = with_older(offers, turn.dialog.offers)
        turn.dialog.changed = True
    else:
        await keep_offers(turn.tx, turn.house.vault, account.id, offers, turn.at)


def plain(say: Say) -> Any:
    """The JSON of a Say and of what is in its facts (times and days become ISO text)."""
    return orjson.loads(orjson.dumps(say, _other, orjson.OPT_NON_STR_KEYS))


def _other(value: Any) -> Any:
    """What JSON has no word for: the bytes of an attachment."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
