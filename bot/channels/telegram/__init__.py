"""The Telegram channel: aiogram as a thin edge, our own route and our own polling."""

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.wiring import wired

__all__ = ["TelegramChannel", "wired"]
