"""WeCom's signature and encryption: wechatpy's cipher behind guards that it does not have."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from wechatpy.enterprise.crypto import PrpCrypto

_BLOCK = 16  # bytes, of AES
_MOST_PADDING = 32  # bytes: PKCS#7 to multiples of 32
_HEAD = 20  # bytes: 16 at random, then the length of the message


class Forged(Exception):
    """What came in is not a callback of WeCom's to us. Who sent it learns nothing more."""


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's, with randomness that nobody can guess."""

    def get_random_string(self) -> str:
        """16 letters."""
        return secrets.token_hex(8)


class Crypto:
    """Signs, opens and seals (https://developer.work.weixin.qq.com/document/path/90968)."""

    def __init__(self, token: str, encoding_aes_key: str, corp_id: str) -> None:
        key = base64.b64decode(encoding_aes_key + "=")  # its last letter need not be canonical
        self._cipher = _Cipher(key)
        self._token = token
        self._corp_id = corp_id

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """What WeCom signs with: 40 letters."""
        parts = sorted((self._token, timestamp, nonce, encrypted))
        return hashlib.sha1("".join(parts).encode("utf-8", "replace")).hexdigest()  # noqa: S324  # theirs

    def proves(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> bool:
        """Whether the signature is right, in a time that does not tell how nearly."""
        right = self.signature(timestamp, nonce, encrypted)
        return hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace"))

    def opened(self, encrypted: str) -> str:
        """The message inside, meant for our corporation. Forged for everything else.

        wechatpy's own `decrypt` believes the padding and the length that it finds: it is not used.
        """
        try:
            sealed = base64.b64decode(encrypted.encode("ascii"), validate=True)
        except ValueError:
            raise Forged from None
        if not sealed or len(sealed) % _BLOCK:
            raise Forged
        plain: bytes = self._cipher.cipher.decrypt(sealed)
        return self._message(_unpadded(plain))

    def sealed(self, text: str) -> str:
        """A message from our corporation, in Base64."""
        made: bytes = self._cipher.encrypt(text, self._corp_id)
        return made.decode("ascii")

    def _message(self, content: bytes) -> str:
        length = int.from_bytes(content[_BLOCK:_HEAD], "big")
        end = _HEAD + length
        if len(content) < _HEAD or end > len(content):
            raise Forged
        if not hmac.compare_digest(content[end:], self._corp_id.encode()):
            raise Forged
        try:
            return content[_HEAD:end].decode("utf-8")
        except UnicodeDecodeError:
            raise Forged from None


def _unpadded(plain: bytes) -> bytes:
    padding = plain[-1]
    if not 1 <= padding <= _MOST_PADDING or len(plain) < padding:
        raise Forged
    if plain[-padding:] != bytes((padding,)) * padding:
        raise Forged
    return plain[:-padding]
