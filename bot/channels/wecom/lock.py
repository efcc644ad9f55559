"""The guards of a callback, in their order: parameters, freshness, signature, then what is inside.

Pure: nothing here waits, and every refusal is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.channels.wecom.crypto import Crypto, Forged
from bot.channels.wecom.envelope import Envelope, envelope

FRESH = timedelta(seconds=300)  # either way
_PROOF = ("msg_signature", "timestamp", "nonce")
_SECONDS = re.compile(r"[0-9]{1,12}")
_LONGEST = 128  # letters of a nonce; WeCom's have about ten
_SIGNATURE = 40  # letters

Pairs = Iterable[tuple[str, str]]


class Late(Forged):
    """It is not of now. `genuine`: WeCom did sign it, so one of the two clocks may be wrong."""

    def __init__(self, genuine: bool) -> None:
        super().__init__()
        self.genuine = genuine


class Lock:
    """Opens what WeCom sends to one app of one corporation."""

    def __init__(self, crypto: Crypto, corp_id: str, agent_id: int) -> None:
        self._crypto = crypto
        self._corp_id = corp_id.lower()
        self._agent_id = str(agent_id)

    def echo(self, query: Pairs, at: datetime) -> str:
        """What WeCom wants to hear when the address is set. Forged if it is not WeCom that asks."""
        given = _once(query, (*_PROOF, "echostr"))
        self._prove(given, given["echostr"], at)
        return self._crypto.opened(given["echostr"])

    def proof(self, query: Pairs) -> Mapping[str, str]:
        """The parameters of a callback, each given once: before anything of the body is read."""
        return _once(query, _PROOF)

    def opened(self, proof: Mapping[str, str], body: bytes, at: datetime) -> str:
        """The XML inside a callback. Forged for everything that is not WeCom's, to us, of now."""
        if not _is_of(proof, at):
            raise Late(self._is_genuine(proof, body))
        outside = envelope(body)
        self._prove(proof, outside.encrypted, at)
        if not self._is_ours(outside):
            raise Forged
        return self._crypto.opened(outside.encrypted)

    def _prove(self, given: Mapping[str, str], encrypted: str, at: datetime) -> None:
        if not _is_of(given, at):
            raise Late(self._is_signed(given, encrypted))
        if not self._is_signed(given, encrypted):
            raise Forged

    def _is_signed(self, given: Mapping[str, str], encrypted: str) -> bool:
        signature, timestamp, nonce = (given[name] for name in _PROOF)
        return self._crypto.proves(signature, timestamp, nonce, encrypted)

    def _is_genuine(self, proof: Mapping[str, str], body: bytes) -> bool:
        """Only what is signed may tell us that our clock is wrong: anybody can be late."""
        try:
            return self._is_signed(proof, envelope(body).encrypted)
        except Forged:
            return False

    def _is_ours(self, outside: Envelope) -> bool:
        """The app is named only where a callback is about an app."""
        return outside.to.lower() == self._corp_id and outside.agent in {"", self._agent_id}


def _once(query: Pairs, wanted: Iterable[str]) -> Mapping[str, str]:
    """Each of the wanted parameters exactly once, as far as they can be parameters at all."""
    given: dict[str, str] = {}
    for name, value in query:
        if name in given:
            raise Forged
        given[name] = value
    if any(name not in given for name in wanted):
        raise Forged
    if len(given["msg_signature"]) != _SIGNATURE or len(given["nonce"]) > _LONGEST:
        raise Forged
    if not _SECONDS.fullmatch(given["timestamp"]):
        raise Forged
    return given


def _is_of(given: Mapping[str, str], at: datetime) -> bool:
    return abs(int(given["timestamp"]) - at.timestamp()) <= FRESH.total_seconds()
