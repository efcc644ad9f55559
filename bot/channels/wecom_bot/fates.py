"""What an error code of the long connection means for a message."""

from __future__ import annotations

from bot.channel import Fate, Sent

COLD = "never wrote to the bot"
NOT_CONNECTED = "not connected"
UNSUBSCRIBED = 846609  # our connection is not the one that counts
TAKEN = 42014  # task_id: ours are always well formed, so it has been there already
# The conversation is none of those that the bot may write to: nobody has written to it there.
_COLD = frozenset({93006, 40003, 40031, 40050, 46004, 60111, 86001, 86003, 81013})
_ILL = frozenset({-1, 6000, 45033, 45035})
_FULL = frozenset({45009, 846607})
_LARGE = frozenset({45001, 45002})
FULL_SECONDS = 60.0  # 45009 is by the minute
_ILL_SECONDS = 5.0


def fate_of(code: int) -> Sent:
    """The fate of a message that was answered with this code; errmsg may quote people."""
    if code in {0, TAKEN}:
        return Sent(Fate.SENT)
    if code in _COLD:
        return Sent(Fate.UNREACHABLE, COLD)
    if code in _FULL:
        return Sent(Fate.LATER, "too many messages", FULL_SECONDS)
    if code in _ILL:
        return Sent(Fate.LATER, "platform is busy", _ILL_SECONDS)
    if code == UNSUBSCRIBED:
        return Sent(Fate.LATER, NOT_CONNECTED, _ILL_SECONDS)
    if code in _LARGE:
        return Sent(Fate.REFUSED, "too large")
    return Sent(Fate.REFUSED, f"code {code}")


def is_lost(code: int) -> bool:
    """Whether a new message may say what this answer could not.

    The callback is too old (846604, 846605, 846608 are seen for that), or whatever WeCom has
    against answering it: only what is wrong with every message is not tried again.
    """
    fate = fate_of(code).fate
    return code not in _LARGE and fate in {Fate.REFUSED, Fate.UNREACHABLE}
