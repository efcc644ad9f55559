"""Encryption of columns with key versions, and the keyed index by which they are found."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import os
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
# Half a surrogate pair and numbers of more than 64 bits are no JSON for orjson, but a platform may
# have sent them: the standard library keeps them.
_NONCE = 12  # bytes
_PREFIX = 8  # of them
_SHORTEST = 2 + _NONCE + 16  # version, nonce and the tag of an empty text


class Sealed(Exception):
    """A value that none of our keys opens: a key is missing or the bytes were changed."""


class Vault:
    """AES-256-GCM under the first key; every key still opens what it sealed.

    A sealed value is the key's version (2 bytes), the nonce (12) and the ciphertext, bound to
    its column's name. The index of a value is a keyed hash under every key, so that a lookup
    finds rows of every key version.
    """

    def __init__(self, keys: Sequence[tuple[int, bytes]]) -> None:
        """Take (version, 32 bytes) pairs, the current one first. ValueError if there is none."""
        if not keys:
            raise ValueError("at least one key is needed")
        self._current = keys[0][0]
        self._ciphers = {version: AESGCM(_derived(key, b"seal")) for version, key in keys}
        # No nonce is used twice under a key: 64 bits of chance for this instance, then a count.
        self._prefix = os.urandom(_PREFIX)
        self._count = itertools.count()
        self._indexers = [(version, _derived(key, b"index")) for version, key in keys]

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> Vault:
        """Make it from `VERSION:BASE64` texts as the configuration has them."""
        pairs = (text.split(":", 1) for text in texts)
        return cls([(int(version), base64.b64decode(key)) for version, key in pairs])

    def seal(self, column: str, value: str) -> bytes:
        """Encrypt a text."""
        return self._sealed(column, value.encode("utf-8", "surrogatepass"))

    def _sealed(self, column: str, plain: bytes) -> bytes:
        nonce = self._prefix + next(self._count).to_bytes(_NONCE - _PREFIX, "big")
        cipher = self._ciphers[self._current]
        body = cipher.encrypt(nonce, plain, column.encode())
        return self._current.to_bytes(2, "big") + nonce + body

    def open(self, column: str, sealed: bytes) -> str:
        """Decrypt. Sealed if it cannot be."""
        return self._opened(column, sealed).decode("utf-8", "surrogatepass")

    def _opened(self, column: str, sealed: bytes) -> bytes:
        sealed = bytes(sealed)
        if len(sealed) < _SHORTEST:
            raise Sealed(f"{column}: too short to be a sealed value")
        cipher = self._ciphers.get(int.from_bytes(sealed[:2], "big"))
        if cipher is None:
            raise Sealed(f"{column}: its key is not configured")
        try:
            return cipher.decrypt(sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], column.encode())
        except InvalidTag:
            raise Sealed(f"{column}: the bytes were changed") from None

    def seal_json(self, column: str, value: Any) -> bytes:
        """Encrypt a JSON value."""
        try:
            return self._sealed(column, orjson.dumps(value))
        except TypeError:
            return self.seal(column, _JSON(value))

    def open_json(self, column: str, sealed: bytes) -> Any:
        """Decrypt a JSON value."""
        plain = self._opened(column, sealed)
        try:
            return orjson.loads(plain)
        except orjson.JSONDecodeError:
            return json.loads(plain.decode("utf-8", "surrogatepass"))

    def index(self, column: str, value: str) -> str:
        """The keyed hash of a value under the current key, for storing."""
        return self.lookups(column, value)[0]

    def lookups(self, column: str, value: str) -> list[str]:
        """The keyed hashes under every key, for finding; the current one first."""
        message = f"{column}\0{value}".encode("utf-8", "surrogatepass")
        return [
            f"{version}:{hmac.new(key, message, hashlib.sha256).hexdigest()[:40]}"
            for version, key in self._indexers
        ]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"qingtuan/" + purpose, hashlib.sha256).digest()
