"""The demo district: made-up people with whom a newcomer tries everything out."""

from services.demo.seeding import invitation, seed

__all__ = ["invitation", "seed"]
