"""When we act alone: the clock, its run keys and the dispatcher of the outbox."""
