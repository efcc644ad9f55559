"""The channel as the configuration wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot import renewal
from bot.channels.telegram.channel import Parts, Settings, TelegramChannel
from bot.channels.telegram.menu import Menu
from bot.channels.telegram.standing import Alarm
from bot.config import Config
from bot.intake import Intake
from bot.router import Command
from bot.tasks import Tasks
from bot.words import LANGUAGES, Words
from storage.holding import Holding
from storage.store import Store


def wired(  # noqa: PLR0913, PLR0917  # what the application has
    config: Config,
    role: str,
    intake: Intake,
    store: Store,
    clock: Callable[[], datetime],
    tasks: Tasks,
    alarm: Alarm,
    words: Words,
    commands: Iterable[Command],
) -> TelegramChannel:
    """Make it; nothing is called yet. A worker only sends."""
    telegram = config.telegram
    hook = ""
    if telegram.mode == "webhook":
        hook = str(config.app.base_url).rstrip("/") + telegram.webhook_path
    settings = Settings(
        api_base=str(telegram.api_base),
        token=telegram.token.get_secret_value(),
        renewed=lambda: renewed(config),
        hook=hook,
        hook_path=telegram.webhook_path,
        hook_secret=telegram.webhook_secret.get_secret_value(),
        receives=role != "worker",
    )
    label = " · ".join(words.say(language, "telegram.place", {}) for language in LANGUAGES)
    holding = Holding(config.database.url.get_secret_value(), "telegram")
    menu = Menu(words, commands, store, clock)
    parts = Parts(intake, clock, tasks, alarm, holding, menu, label)
    return TelegramChannel(settings, parts)


def renewed(config: Config) -> str:
    """The token as the file, the environment and the secret file have it now."""
    old = config.telegram.token.get_secret_value()
    return renewal.renewed(config).telegram.token.get_secret_value() or old
