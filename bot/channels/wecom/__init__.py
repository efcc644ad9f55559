"""WeCom 企业微信: the self-built app."""

from bot.channels.wecom.channel import WecomChannel
from bot.channels.wecom.wiring import wired

__all__ = ["WecomChannel", "wired"]
