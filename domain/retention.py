"""How long things are kept: one rule for each kind of thing, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

REPEATS_DAYS = 8  # after a quiet week no platform repeats an event any more
DECIDED_DAYS = 30  # after a verdict somebody may still ask why
OVER_DAYS = 30  # after an invite, or a guardian's consent, has ended
LOCK_DAYS = 1  # after a lock of wrong codes has ended


class Rule(StrEnum):
    """What goes by itself. Photos and places have no table yet, and therefore no rule."""

    INBOX_WORDS = "inbox-words"
    INBOX_ROWS = "inbox-rows"
    OUTBOX_WORDS = "outbox-words"
    DIALOGS = "dialogs"
    OFFERS = "offers"
    REGISTRATIONS = "registrations"
    INVITES = "invites"
    LOCKS = "locks"
    CODES = "codes"
    GUARDIANS = "guardians"
    GROWN_UP = "grown-up"
    STRANGERS = "strangers"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator sets, and whose accounts stay known: `channel:external` of app.admins."""

    zone: ZoneInfo
    inbox_days: int = 7
    record_years: int = 10
    spared: frozenset[str] = frozenset()


def _days(rule: Rule, limits: Limits) -> int:
    match rule:
        case Rule.INBOX_ROWS | Rule.STRANGERS:
            return max(limits.inbox_days, REPEATS_DAYS)
        case Rule.INBOX_WORDS | Rule.OUTBOX_WORDS | Rule.OFFERS:
            return limits.inbox_days
        case Rule.REGISTRATIONS:
            return DECIDED_DAYS
        case Rule.INVITES | Rule.GUARDIANS:
            return OVER_DAYS
        case Rule.LOCKS | Rule.CODES:
            return LOCK_DAYS
        case _:
            return 0


def before(rule: Rule, limits: Limits, at: datetime) -> datetime:
    """The moment before which a thing of this rule has been kept long enough."""
    return at - timedelta(days=_days(rule, limits))


def oldest_year(limits: Limits, at: datetime) -> int:
    """The first local year of the ledger that is still within `privacy.record_years`.

    The year of a service is kept whole, and `record_years` whole years after it.
    """
    return at.astimezone(limits.zone).year - limits.record_years
