"""What others are told about a claim: always by alias, because it goes to any channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.chat import Choice, Say
from domain.ledger import Part, Stretch

USUAL_REASONS = ("time", "unclear", "not-service", "twice")
"""Reasons of a refusal that are one tap away; stored as `usual:WORD`, worded for the reader."""
_USUAL = "usual:"


def span(one: Stretch | Part) -> Say:
    """One stretch as a line: day, clocks if there are any, hours."""
    facts: dict[str, Any] = {"day": one.day, "minutes": one.minutes}
    if one.starts_at is None:
        return Say("hours.span", facts)
    return Say("hours.span.clock", {**facts, "start": one.starts_at, "end": one.ends_at})


def reason(text: str | None) -> Say | str:
    """A reason in the words of its reader."""
    if text is None:
        return ""
    word = text.removeprefix(_USUAL)
    if word != text and word in USUAL_REASONS:
        return Say(f"review.reason.{word}")
    return text


def usual(number: int) -> str | None:
    """The stored form of the usual reason of this number, counted from 0."""
    return f"{_USUAL}{USUAL_REASONS[number]}" if number < len(USUAL_REASONS) else None


def verdict_row(claim: int, version: int) -> tuple[Choice, ...]:
    """The buttons 通过, 驳回 and 查看 of a claim in the version that the reader sees."""
    return (
        Choice("review.approve", "claim.ok", claim, version),
        Choice("review.reject", "claim.no", claim, version),
        Choice("review.look", "claim.show", claim, version),
    )


def new(
    claim: int, version: int, alias: str, unit: str, what: str, spans: Sequence[Stretch]
) -> Say:
    """To a reviewer: a claim waits."""
    facts = {"who": alias, "unit": unit, "what": what, "spans": [span(one) for one in spans]}
    return Say("review.new", facts, (verdict_row(claim, version),))


def second(claim: int, version: int, alias: str, unit: str, minutes: int) -> Say:
    """To a second reviewer: the first one approved."""
    facts = {"who": alias, "unit": unit, "minutes": minutes}
    return Say("review.second", facts, (verdict_row(claim, version),))


def approved(what: str, minutes: int) -> Say:
    """To the member: it counts now."""
    return Say(
        "log.approved",
        {"what": what, "minutes": minutes},
        ((Choice("hours.show", "hours.show"),),),
    )


def refused(claim: int, what: str, minutes: int, why: str) -> Say:
    """To the member: it does not count, why, and how to go on."""
    facts = {"what": what, "minutes": minutes, "reason": reason(why)}
    return Say("log.rejected", facts, ((Choice("log.redo", "log.redo", claim),),))
