"""Passive replies: what may be answered to a callback in the same breath, in XML that holds.

They are not acknowledged, so nothing that was promised goes this way (see the decision 0011).
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.channels.wecom.crypto import Crypto

TEXT_BYTES = 2048
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def text_reply(corp_id: str, account: str, text: str, at: datetime) -> str:
    """A text of at most 2048 bytes, cut between letters.

    See https://developer.work.weixin.qq.com/document/path/90241.
    """
    short = _UNFIT.sub("\ufffd", text).encode()[:TEXT_BYTES].decode("utf-8", "ignore")
    return (
        f"<xml><ToUserName>{_cdata(account)}</ToUserName>"
        f"<FromUserName>{_cdata(corp_id)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime>"
        f"<MsgType>{_cdata('text')}</MsgType><Content>{_cdata(short)}</Content></xml>"
    )


def enveloped(crypto: Crypto, reply: str, nonce: str, at: datetime) -> str:
    """A reply as it goes out: sealed and signed."""
    sealed, timestamp = crypto.sealed(reply), str(int(at.timestamp()))
    signature = crypto.signature(timestamp, nonce, sealed)
    return (
        f"<xml><Encrypt>{_cdata(sealed)}</Encrypt>"
        f"<MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )


def _cdata(text: str) -> str:
    """A section that `]]>` does not end; a carriage return, which XML changes, stands outside."""
    fit = _UNFIT.sub("\ufffd", text).replace("]]>", "]]]]><![CDATA[>")
    return "<![CDATA[" + fit.replace("\r", "]]>&#13;<![CDATA[") + "]]>"
