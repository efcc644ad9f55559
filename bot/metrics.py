"""What Prometheus may see: counts and times, never a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

EVENTS = Counter(
    "qingtuan_events_total",
    "Events written down, by channel and whether they were known already.",
    ("channel", "known"),
    registry=REGISTRY,
)
TURNS = Counter(
    "qingtuan_turns_total",
    "Turns by their end: done, failed (tried again) or quarantined.",
    ("end",),
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "qingtuan_deliveries_total",
    "Attempts to send by channel and fate.",
    ("channel", "fate"),
    registry=REGISTRY,
)
ANSWER_SECONDS = Histogram(
    "qingtuan_answer_seconds",
    "From the row in the outbox to the platform's acceptance, in seconds, for answers.",
    ("channel",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
    registry=REGISTRY,
)
OUTBOX = Gauge(
    "qingtuan_outbox_messages",
    "Messages in the outbox by state, at the last look.",
    ("state",),
    registry=REGISTRY,
)
INBOX = Gauge(
    "qingtuan_inbox_pending",
    "Events that wait for their turn, at the last look.",
    registry=REGISTRY,
)


def exposition() -> bytes:
    """Everything in Prometheus's text format."""
    return generate_latest(REGISTRY)
