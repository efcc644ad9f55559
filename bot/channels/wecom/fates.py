"""What an errcode of WeCom means for a message. Reasons are ours: theirs may quote people.

The numbers: https://developer.work.weixin.qq.com/document/path/90313.
"""

from __future__ import annotations

from bot.channel import Fate, Sent

STALE_TOKEN = frozenset({40014, 42001})
TOO_MANY, NO_CALLBACK, TASK_USED, WRONG_ADDRESS = 45009, 43012, 42014, 60020
BAD_MEDIA = frozenset({40007, 40145, 44001})
CODE_USED = 60140
_OF_CONTENT = frozenset({40008, 40058, 40066, 45002, 45008})  # its type, a field, its size
_GONE = frozenset({81013, 40003, 40031, 60111, 46004})
_SOON = {-1: 5.0, 45033: 5.0}  # busy; too much at once
_OPERATOR = {  # the app itself may not: somebody has to do something
    "wecom_ip": (WRONG_ADDRESS,),
    "wecom_secret": (40001, 40013, 40056, 41002, 41004),
    "wecom_app": (48001, 48002, 48006, 50003, 60031, 301002),
}
BARRED = {code: kind for kind, codes in _OPERATOR.items() for code in codes}
SOON = 2.0  # seconds until a platform that did not answer is tried again


def is_other_kind(kind: str, code: int) -> bool:
    """Whether a message of this kind was not taken because of its kind, and may go as text."""
    if kind == "template_card":
        return code == NO_CALLBACK or (42014 < code <= 42051)
    return code in _OF_CONTENT


def fate_of(code: int) -> Sent:
    """The fate of a message that was answered so, where nothing else is known."""
    if code in _GONE:
        return Sent(Fate.UNREACHABLE, f"errcode {code}")
    if code in _SOON:
        return Sent(Fate.LATER, f"errcode {code}", _SOON[code])
    return Sent(Fate.REFUSED, f"errcode {code}")
