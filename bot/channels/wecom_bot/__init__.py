"""The WeCom bot 智能机器人 on its long connection: a client of our own, on aiohttp's WebSocket."""

from bot.channels.wecom_bot.channel import WecomBotChannel
from bot.channels.wecom_bot.wiring import wired

__all__ = ["WecomBotChannel", "wired"]
