"""WeCom 企业微信: the self-built app."""

from bot.channels.wecom.channel import WecomChannel
from bot.channels.wecom.chatwiring import chats
from bot.channels.wecom.wiring import robots, wired

__all__ = ["WecomChannel", "chats", "robots", "wired"]
