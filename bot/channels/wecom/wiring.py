"""The channel as the configuration wants it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

from bot import renewal
from bot.channels.wecom.channel import App, Parts, WecomChannel
from bot.channels.wecom.directory import noting
from bot.channels.wecom.door import Door, Settings
from bot.channels.wecom.groups import RobotChannel
from bot.channels.wecom.menu import menu_of
from bot.channels.wecom.parts import Labels
from bot.channels.wecom.quota import Operator, Quota
from bot.channels.wecom.receiving import Others, Receiver
from bot.config import Config
from bot.intake import Intake
from bot.router import Command
from bot.tasks import Tasks
from bot.words import LANGUAGES, Words
from services.webhooks import ended as robot_ended
from storage import webhooks
from storage.shared_token import SharedToken
from storage.store import Store


def wired(  # noqa: PLR0913, PLR0917  # what the application has
    config: Config,
    role: str,
    intake: Intake,
    store: Store,
    clock: Callable[[], datetime],
    tasks: Tasks,
    alarm: Operator,
    words: Words,
    commands: Iterable[Command],
    running: Callable[[], Collection[str]],
) -> WecomChannel:
    """Make it; nothing is called yet. A worker only sends. `running`: what runs in the process."""
    wecom = config.wecom
    agent_id, language = wecom.agent_id or 0, config.app.language
    app = App(
        api_base=str(wecom.api_base),
        corp_id=wecom.corp_id,
        agent_id=agent_id,
        secret=lambda: renewed(config),
        cards=wecom.cards,
        receives=role != "worker",
    )
    labels = labels_of(words)
    redis, key = config.redis.url.get_secret_value(), f"{app.api_base} {app.corp_id} {agent_id}"
    shared = SharedToken(redis, store.vault, key) if redis else None
    parts = Parts(clock, tasks, alarm, labels, menu_of(commands, words, language), shared)
    channel = WecomChannel(app, parts)
    quota = Quota(store, clock, tasks, words, language, channel.standing, alarm, running)
    if app.receives:
        noted = noting(store, clock, tasks)
        others = Others(channel.fetch, channel.codes.pressed, noted, quota.meanwhile)
        receiver = Receiver(
            *(intake, clock, app.corp_id, agent_id, alarm, tasks),
            zone=config.app.timezone,
            foreign=_in_all(words, "foreign-code"),
            others=others,
        )
        channel.heard_by(_door(config, receiver).routes)
    return channel


def robots(
    config: Config, store: Store, clock: Callable[[], datetime], tasks: Tasks
) -> RobotChannel:
    """The channel to the robots of groups; their keys stay in the store."""

    async def key(external: str) -> str | None:
        return await store.read(lambda tx: webhooks.key_of(tx, store.vault, external))

    async def ended(external: str) -> None:
        await store.mark(lambda tx: robot_ended(tx, store.vault, external, clock()))

    return RobotChannel(str(config.wecom.api_base), clock, tasks, key, ended)


def _door(config: Config, receiver: Receiver) -> Door:
    wecom = config.wecom
    token, key = wecom.token.get_secret_value(), wecom.encoding_aes_key.get_secret_value()
    agent_id = wecom.agent_id or 0
    return Door(receiver, Settings(wecom.corp_id, agent_id, token, key, wecom.callback_path))


def labels_of(words: Words) -> Labels:
    """Our own words, in each language and in all of them."""

    def made(said: Callable[[str], str], known: Mapping[str, Labels]) -> Labels:
        return Labels(
            said("choose"), said("submit"), said("place"), said("word"), said("ask"), known
        )

    each = {language: made(partial(_in, words, language), {}) for language in LANGUAGES}
    return made(partial(_in_all, words), each)


def _in(words: Words, language: str, name: str) -> str:
    return words.say(language, f"wecom.{name}", {})


def _in_all(words: Words, name: str) -> str:
    """Words of our own for readers whose language is not known."""
    return " · ".join(_in(words, language, name) for language in LANGUAGES)


def renewed(config: Config) -> str:
    """The secret as the file, the environment and the secret file have it now."""
    old = config.wecom.secret.get_secret_value()
    return renewal.renewed(config).wecom.secret.get_secret_value() or old
