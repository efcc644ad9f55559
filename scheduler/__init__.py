"""When we act alone: the dispatcher that drains the outbox, the clock and its run keys."""
