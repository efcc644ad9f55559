"""From the fields of a callback to what they mean to us. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from bot.channels.wecom import happening
from bot.channels.wecom.contents import contents
from bot.channels.wecom.crypto import Forged
from bot.channels.wecom.envelope import Node
from bot.channels.wecom.heard import CHANNEL, Heard
from bot.channels.wecom.keys import message_key
from bot.chat import Event


def read(fields: Node, agent_id: int, zone: tzinfo, now: datetime) -> tuple[Heard, ...]:
    """What a callback means: mostly one thing, sometimes nothing that is ours to keep.

    `now` stands in where it has no time. Forged if it is about another app; what WeCom may say in
    the future is nothing.
    """
    account, at = fields.one("FromUserName").lower(), _time(fields.one("CreateTime"), now)
    agent, kind = fields.one("AgentID"), fields.one("MsgType")
    of_system = account == "sys" and kind == "event"
    if not account or not kind or (agent != str(agent_id) and (agent or not of_system)):
        raise Forged
    if kind == "event":
        return happening.read(fields, account, at, zone)
    found = contents(kind, fields)
    if found is None:
        return ()
    what, payload = found
    if fields.one("MsgId"):
        payload["message"] = fields.one("MsgId")
    return (Event(CHANNEL, account, message_key(fields), what, payload, at),)


def _time(seconds: str, now: datetime) -> datetime:
    """WeCom's time, in whole seconds."""
    if not re.fullmatch(r"[0-9]{1,11}", seconds):
        return now
    return datetime.fromtimestamp(int(seconds), UTC)
