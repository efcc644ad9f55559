"""What a sentence is read for: a claim of what was done, or an activity to come."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """`LOG` speaks of the past, `NEW` of the future; a month and day without a year follow it."""

    LOG = "log"
    NEW = "new"
