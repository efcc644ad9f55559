"""The channel as the configuration wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot import renewal
from bot.channels.wecom_bot.channel import Parts, Settings, WecomBotChannel
from bot.channels.wecom_bot.connection import Times
from bot.channels.wecom_bot.presence import Alarm, Credentials
from bot.config import Config
from bot.intake import Intake
from bot.router import Command
from bot.tasks import Tasks
from bot.words import LANGUAGES, Words
from storage.holding import Holding

TIMES = Times()
WECOM = "https://work.weixin.qq.com/"  # where cards lead that must, if we have no address


def wired(  # noqa: PLR0913, PLR0917  # what the application has
    config: Config,
    role: str,
    intake: Intake,
    clock: Callable[[], datetime],
    tasks: Tasks,
    alarm: Alarm,
    words: Words,
    commands: Iterable[Command],
) -> WecomBotChannel:
    """Make it; nothing is called yet. Of `web` and `worker` the worker connects."""
    said: dict[str | None, str] = {
        language: words.say(language, "wecom_bot.elsewhere", {}) for language in LANGUAGES
    }
    base = str(config.app.base_url)
    settings = Settings(
        credentials=credentials(config),
        renewed=lambda: renewed(config),
        zone=config.app.timezone,
        spoken=spoken(commands),
        elsewhere=said | {None: "\n".join(said.values())},
        home=base if base.startswith("https://") else WECOM,
        times=TIMES,
        connects=role != "web",
    )
    holding = Holding(config.database.url.get_secret_value(), "wecom-bot")
    return WecomBotChannel(settings, Parts(intake, clock, tasks, alarm, holding))


def spoken(commands: Iterable[Command]) -> dict[str, str]:
    """What people call the commands, and the names of those."""
    found: dict[str, str] = {}
    for command in commands:
        for word in (command.name, *command.words):
            found[word.casefold()] = command.name
    return found


def credentials(config: Config) -> Credentials:
    """Who we are, as it is configured."""
    bot = config.wecom_bot
    return Credentials(str(bot.ws_url), bot.bot_id, bot.secret.get_secret_value())


def renewed(config: Config) -> Credentials:
    """The same as the file, the environment and the secret file have it now."""
    found = credentials(renewal.renewed(config))
    return found if found.bot and found.secret else credentials(config)
