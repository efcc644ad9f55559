"""Every conversation of the tables, on every channel; in English where it is cheap."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.words import LANGUAGES
from tests.emulators.telegram.client import Telegram
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom_bot.client import Gateway
from tests.transcripts import catalogue
from tests.transcripts.playing import Otherwise, play
from tests.transcripts.reading import Talk, Unreadable, features, table, talks_of
from tests.transcripts.telegram_stage import telegram_stage
from tests.transcripts.web_stage import web_stage
from tests.transcripts.wecom_bot_stage import wecom_bot_stage
from tests.transcripts.wecom_stage import wecom_stage

pytest_plugins = (
    "tests.emulators.telegram.fixtures",
    "tests.emulators.wecom.fixtures",
    "tests.emulators.wecom_bot.fixtures",
)
_BY_NUMBER = ("cancel", "help", "hours", "join", "lang", "me", "review", "start", "units")
_IN_ENGLISH = ("hours", "log", "members", "start")
_OLD = {"again", "of sec", "of ann"}  # a number means what was said last, an old button cannot


def _pressed_once(talk: Talk) -> bool:
    steps = talk.steps
    return not any(one.does == "taps twice" or one.what.endswith((*_OLD,)) for one in steps)


TALKS = [talk for feature in features() for talk in table(feature)]
BY_NUMBER = [talk for talk in TALKS if talk.feature in _BY_NUMBER and _pressed_once(talk)]
IN_ENGLISH = [talk for talk in TALKS if talk.feature in _IN_ENGLISH]
every_talk = pytest.mark.parametrize("talk", TALKS, ids=str)
some_talks = pytest.mark.parametrize(
    ("talk", "language"),
    [(talk, "zh-CN") for talk in TALKS] + [(talk, "en") for talk in IN_ENGLISH],
    ids=str,
)
in_both = pytest.mark.parametrize("language", LANGUAGES)


@in_both
@every_talk
async def test_on_the_playground(
    talk: Talk, language: str, sqlite_url: str, tmp_path: Path
) -> None:
    async with web_stage(sqlite_url, tmp_path, language) as stage:
        await play(stage, talk, language)


@every_talk
async def test_on_the_playground_with_postgresql(
    talk: Talk, postgres_url: str, tmp_path: Path
) -> None:
    async with web_stage(postgres_url, tmp_path, "zh-CN") as stage:
        await play(stage, talk, "zh-CN")


@in_both
@every_talk
async def test_on_telegram(
    talk: Talk, language: str, sqlite_url: str, tmp_path: Path, telegram: Telegram
) -> None:
    async with telegram_stage(sqlite_url, tmp_path, language, telegram=telegram) as stage:
        await play(stage, talk, language)
    assert not (await telegram.state())["violations"]


@some_talks
async def test_on_wecom(
    talk: Talk, language: str, sqlite_url: str, tmp_path: Path, corp: Wecom
) -> None:
    async with wecom_stage(sqlite_url, tmp_path, language, wecom=corp) as stage:
        await play(stage, talk, language)
    assert not (await corp.state())["violations"]


@pytest.mark.parametrize("talk", BY_NUMBER, ids=str)
async def test_on_wecom_without_cards(
    talk: Talk, sqlite_url: str, tmp_path: Path, corp: Wecom
) -> None:
    async with wecom_stage(sqlite_url, tmp_path, "zh-CN", wecom=corp, cards=False) as stage:
        await play(stage, talk, "zh-CN")
    assert not (await corp.state())["violations"]


@some_talks
async def test_on_the_wecom_bot(
    talk: Talk, language: str, sqlite_url: str, tmp_path: Path, gateway: Gateway
) -> None:
    async with wecom_bot_stage(sqlite_url, tmp_path, language, gateway=gateway) as stage:
        await play(stage, talk, language)
    assert not (await gateway.state())["violations"]


def test_every_command_has_a_table() -> None:
    from bot.app import routes

    groups, _ = routes()
    commands = {command.name for group in groups for command in group.commands}
    assert commands <= set(features())


def test_a_sentence_without_words_of_its_own_is_held_by_a_fragment() -> None:
    loose = [
        (str(talk), step.number, heard.name)
        for talk in TALKS
        for step in talk.steps
        for heard in step.hears
        if not heard.name.startswith('"')
        and catalogue.says_nothing(heard.name)
        and not heard.fragments
    ]
    assert not loose


@pytest.mark.parametrize(
    "wrong",
    [
        "  ann hears hours.view [hours.add] ~ 还差 20 小时",
        "  ann hears hours.empty [hours.show]",
        "  ann hears hours.empty",
        "  ann hears hours.empty [hours.add] ~ 还差 19 小时",
        "  ann hears hours.empty [hours.add] ; file",
        "  ann hears hours.empty [hours.add] ; in place",
        "  bob hears hours.empty [hours.add]",
        "  ann hears hours.empty [hours.add]\n  ann hears hours.empty [hours.add]",
        "",
    ],
)
async def test_what_is_otherwise_is_found(
    wrong: str, sqlite_url: str, tmp_path: Path, telegram: Telegram
) -> None:
    """Negative controls: each of them differs from what is said in one thing."""
    (talk,) = talks_of("hours", f"== Wrong | branch\nann says 时长\n{wrong}\n".splitlines())
    async with telegram_stage(sqlite_url, tmp_path, "zh-CN", telegram=telegram) as stage:
        if wrong.startswith("  ann hears hours.view"):
            await play(stage, talk, "zh-CN")  # it has no words: the fragment alone holds it
            return
        with pytest.raises(Otherwise):
            await play(stage, talk, "zh-CN")


@pytest.mark.parametrize("line", ["ann sings 时长", "  ann hears", "  ann hears a b"])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(Unreadable, match="line 3"):
        talks_of("hours", ["== Wrong | branch", "ann says 时长", line])
