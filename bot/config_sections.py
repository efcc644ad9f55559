"""The sections of the configuration: every key, its kind and its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.config_values import (
    Admin,
    AesKey,
    BotToken,
    Clock,
    DatabaseUrl,
    EmptyIsNone,
    Host,
    HttpUrl,
    HttpUrlOrEmpty,
    MigrateUrl,
    PiiKey,
    RedisUrl,
    SecretKey,
    SocketUrl,
    Timezone,
    UrlPath,
    WebhookSecret,
    Whole,
)

Port = Annotated[Whole, Field(ge=1, le=65535)]
Days = Annotated[Whole, Field(ge=1, le=3650)]

_EMPTY = SecretStr("")


class Section(BaseModel):
    """A table of the file: unknown keys refused, nothing changed after the start."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        validate_default=True,
    )


class App(Section):
    """What concerns the whole program."""

    language: Literal["zh-CN", "en"] = "zh-CN"
    timezone: Timezone = Field(default="Asia/Shanghai")  # type: ignore[assignment]  # validated default
    base_url: HttpUrlOrEmpty = ""
    secret_key: SecretKey = _EMPTY
    admins: tuple[Admin, ...] = ()


class Database(Section):
    """Where everything is kept. Both URLs may hold a password and are therefore secret."""

    url: DatabaseUrl = SecretStr("sqlite:///data/qingtuan.db")
    migrate_url: MigrateUrl = _EMPTY

    @property
    def kind(self) -> Literal["sqlite", "postgresql"]:
        """Which of the two implementations is used."""
        embedded = self.url.get_secret_value().startswith("sqlite:")
        return "sqlite" if embedded else "postgresql"

    @property
    def sqlite_path(self) -> Path | None:
        """The file of the embedded database, or None with PostgreSQL."""
        if self.kind != "sqlite":
            return None
        return Path(self.url.get_secret_value().removeprefix("sqlite:///"))

    def resolved(self, folder: Path) -> Database:
        """The same with a relative SQLite file placed under `folder`."""
        if self.sqlite_path is None:
            return self
        path = folder / self.sqlite_path
        return self.model_copy(update={"url": SecretStr(f"sqlite:///{path}")})


class Redis(Section):
    """Shared limits and wake-ups; empty: everything in process."""

    url: RedisUrl = _EMPTY


class Web(Section):
    """The HTTP server."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    playground: Literal["auto", "on", "off"] = "auto"
    metrics_port: Annotated[Port | None, EmptyIsNone] = None


class Telegram(Section):
    """The Telegram channel; runs when `token` is set."""

    token: BotToken = _EMPTY
    api_base: HttpUrl = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: WebhookSecret = _EMPTY
    webhook_path: UrlPath = "/telegram/webhook"


class Wecom(Section):
    """The self-built WeCom app; runs when its five credentials are set."""

    corp_id: str = ""
    agent_id: Annotated[Annotated[Whole, Field(ge=1)] | None, EmptyIsNone] = None
    secret: SecretStr = _EMPTY
    token: SecretStr = _EMPTY
    encoding_aes_key: AesKey = _EMPTY
    api_base: HttpUrl = "https://qyapi.weixin.qq.com"
    callback_path: UrlPath = "/wecom/callback"
    cards: bool = True


class WecomBot(Section):
    """The WeCom bot on its long connection; runs when both credentials are set."""

    bot_id: str = ""
    secret: SecretStr = _EMPTY
    ws_url: SocketUrl = "wss://openws.work.weixin.qq.com"


class Privacy(Section):
    """Keys of the encrypted columns, and how long things are kept (days, years)."""

    pii_keys: tuple[PiiKey, ...] = ()
    telegram_personal_data: bool = False
    location_days: Days = 30
    photo_days: Days = 90
    inbox_days: Days = 7
    record_years: Annotated[Whole, Field(ge=1, le=100)] = 10


class Quiet(Section):
    """When reminders keep silent (local time; `begins` may be later than `ends`)."""

    begins: Clock = Field(default="22:00", alias="from")  # type: ignore[assignment]  # validated default
    ends: Clock = Field(default="07:00", alias="to")  # type: ignore[assignment]  # validated default
    nudges_per_day: Annotated[Whole, Field(ge=0, le=10)] = 2


class Rules(Section):
    """Where the dated rule files are."""

    dir: Path = Path("rules/")
