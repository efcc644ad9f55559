"""The web channel: the playground's page, for one person at this very machine."""

from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]
