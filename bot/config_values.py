"""The kinds of value a configuration may hold, read strictly and refused without being shown."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import time
from typing import Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.config_problems import BadValue, Fault

_ADMIN = re.compile(r"telegram:[1-9][0-9]{0,19}|(?:wecom|wecom-bot|web):[^\s:]{1,64}")
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_BOT_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,128}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PII_KEY = re.compile(r"([1-9][0-9]{0,4}):([A-Za-z0-9+/_-]{43}=?)")
_URL_PATH = re.compile(r"/[A-Za-z0-9/._~-]{0,200}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

SECRET_KEY_LENGTH = 32
"""The fewest characters of `app.secret_key`."""


def _timezone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (LookupError, OSError, ValueError):
        raise BadValue(Fault.TIMEZONE) from None


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadValue(Fault.CLOCK)
    return time(int(found[1]), int(found[2]))


def _has_host(url: str, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or parts.username or parts.password)
    return bare and parts.scheme in schemes and bool(parts.hostname) and port != 0


def _http_url(url: str) -> str:
    if not _has_host(url, frozenset({"http", "https"})):
        raise BadValue(Fault.HTTP_URL)
    return url.rstrip("/")


def _http_url_or_empty(url: str) -> str:
    return _http_url(url) if url else url


def _socket_url(url: str) -> str:
    if not _has_host(url, frozenset({"ws", "wss"})):
        raise BadValue(Fault.SOCKET_URL)
    return url


def is_postgresql(url: str) -> bool:
    """Whether a database URL names a PostgreSQL server and can be taken apart."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "postgresql" and len(parts.path) > 1 and port != 0


def is_sqlite(url: str) -> bool:
    """Whether a database URL names a SQLite file (never memory: it would forget everything)."""
    name = url.removeprefix("sqlite:///")
    return name != url and bool(name.strip("/")) and ":memory:" not in name and "?" not in name


def forms_of_secret(value: str) -> set[str]:
    """A secret and what is secret within it: a URL's password, what follows "NUMBER:"."""
    if not value or is_sqlite(value):
        return set()
    if "://" not in value:
        return {value, value.partition(":")[2]} - {""}
    password = urlsplit(value).password or ""
    return {value, password, unquote(password)} - {""}


def _database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if not (is_sqlite(url) or is_postgresql(url)):
        raise BadValue(Fault.DATABASE_URL)
    return value


def _migrate_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url and not is_postgresql(url):
        raise BadValue(Fault.MIGRATE_URL)
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadValue(Fault.REDIS_URL) from None
    far = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and port != 0
    near = parts.scheme == "unix" and len(parts.path) > 1
    if url and not (far or near):
        raise BadValue(Fault.REDIS_URL)
    return value


def _host(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not _HOST_NAME.fullmatch(host) or host.replace(".", "").isdigit():
            raise BadValue(Fault.HOST) from None
    return host


def _url_path(path: str) -> str:
    if not _URL_PATH.fullmatch(path):
        raise BadValue(Fault.URL_PATH)
    return path


def _admin(account: str) -> str:
    if not _ADMIN.fullmatch(account):
        raise BadValue(Fault.ADMIN)
    # WeCom writes one id in any case (its documents on sending, path 90236): ours are lower
    return account.lower() if account.startswith("wecom:") else account


def _no_yes_no(value: object) -> object:
    if isinstance(value, bool):
        raise BadValue(Fault.NOT_WHOLE_NUMBER)
    return value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _secret(pattern: re.Pattern[str], fault: Fault) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not pattern.fullmatch(text):
            raise BadValue(fault)
        return value

    return AfterValidator(check)


def _secret_key(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < SECRET_KEY_LENGTH:
        raise BadValue(Fault.SECRET_KEY)
    return value


def pii_key(text: str) -> tuple[int, bytes]:
    """Take "VERSION:BASE64" apart into version and 32 bytes; raises `BadValue`."""
    found = _PII_KEY.fullmatch(text)
    if found is None:
        raise BadValue(Fault.PII_KEY)
    padded = found[2].rstrip("=") + "="
    try:
        key = base64.b64decode(padded.translate(str.maketrans("-_", "+/")), validate=True)
    except binascii.Error:
        raise BadValue(Fault.PII_KEY) from None
    return int(found[1]), key


def _pii_key(value: SecretStr) -> SecretStr:
    pii_key(value.get_secret_value())
    return value


Timezone = Annotated[ZoneInfo, BeforeValidator(_timezone)]
Clock = Annotated[time, BeforeValidator(_clock)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
HttpUrlOrEmpty = Annotated[str, AfterValidator(_http_url_or_empty)]
SocketUrl = Annotated[str, AfterValidator(_socket_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
MigrateUrl = Annotated[SecretStr, AfterValidator(_migrate_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
Host = Annotated[str, AfterValidator(_host)]
UrlPath = Annotated[str, AfterValidator(_url_path)]
Admin = Annotated[str, AfterValidator(_admin)]
Whole = Annotated[int, BeforeValidator(_no_yes_no)]
EmptyIsNone = BeforeValidator(_empty_is_none)
SecretKey = Annotated[SecretStr, AfterValidator(_secret_key)]
BotToken = Annotated[SecretStr, _secret(_BOT_TOKEN, Fault.BOT_TOKEN)]
WebhookSecret = Annotated[SecretStr, _secret(_WEBHOOK_SECRET, Fault.WEBHOOK_SECRET)]
AesKey = Annotated[SecretStr, _secret(_AES_KEY, Fault.AES_KEY)]
PiiKey = Annotated[SecretStr, AfterValidator(_pii_key)]
