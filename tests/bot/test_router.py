"""The router: commands, words, buttons and dialogs find their handler, and nobody else's (A10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.chat import Event, Kind, Reply
from bot.router import Command, Router, Routes
from domain.tokens import Press, sign_button
from tests.engine import Engine, rows, running, sentence, words
from tests.world import Spoken

DONE, MISSING = sentence("common.done"), sentence("common.missing")
ASKED, CANCELLED = sentence("dialog.nothing"), sentence("dialog.cancelled")
STALE, EDITED, PRIVATE = (sentence(f"router.{name}") for name in ("stale", "edited", "private"))
PRESSED = sentence("common.done_by", name="7/3")


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[Engine]:
    async with running(sqlite_url) as made:
        yield made


async def _send(
    engine: Engine, account: str, kind: Kind, private: bool = True, **payload: Any
) -> list[str]:
    event = engine.event(account, "")
    before = len(engine.told(account))
    await engine.intake.accept(
        Event(event.channel, account, event.key, kind, payload, event.at, private)
    )
    await engine.settle()
    return [spoken.text for spoken in engine.told(account)[before:]]


async def _say(engine: Engine, account: str, text: str) -> list[str]:
    return [spoken.text for spoken in await engine.hear(account, text)]


async def _offered(engine: Engine, account: str = "ann") -> Spoken:
    (spoken,) = await engine.hear(account, "/note")
    assert list(spoken.buttons) == ["确认"]
    return spoken


@pytest.mark.parametrize(
    "text",
    [
        "/note",
        "／note",
        "/NOTE",
        "/note@qingtuan_bot",
        "  /note  ",
        "/note 1 2",
        "记下",
        "记下 今天的事",
    ],
)
async def test_a_command_has_many_spellings(engine: Engine, text: str) -> None:
    assert await _say(engine, "ann", text) == [DONE]


async def test_a_command_may_come_as_a_command(engine: Engine) -> None:
    assert await _send(engine, "ann", Kind.COMMAND, name="note", text="x") == [DONE]
    assert await _send(engine, "ann", Kind.COMMAND, name="nothing") == [MISSING]


@pytest.mark.parametrize("text", ["", "你好", "/nothing", "/", "记下来吧", "note"])
async def test_what_is_not_understood(engine: Engine, text: str) -> None:
    assert await _say(engine, "ann", text) == [MISSING]


@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.FILE, Kind.LOCATION])
async def test_what_nobody_asked_for(engine: Engine, kind: Kind) -> None:
    assert await _send(engine, "ann", kind, media="x") == [MISSING]


async def test_a_change_is_explained_and_a_farewell_is_not_answered(engine: Engine) -> None:
    assert await _send(engine, "ann", Kind.EDITED, text="/note", of="k0") == [EDITED]
    assert await _send(engine, "ann", Kind.LEFT) == []


async def test_two_sentences_are_two_messages_in_order(engine: Engine) -> None:
    assert await _say(engine, "ann", "/twice") == [DONE, sentence("common.changed")]


# ------------------------------------------------------------------ buttons


async def test_a_button_says_what_its_reader_saw(engine: Engine) -> None:
    token = (await _offered(engine)).buttons["确认"]
    assert await _send(engine, "ann", Kind.BUTTON, token=token) == [PRESSED]


@pytest.mark.parametrize("text", ["确认", "Confirm", "CONFIRM", " 确认 "])
async def test_its_label_typed_does_the_same(engine: Engine, text: str) -> None:
    await _offered(engine)
    assert await _say(engine, "ann", text) == [PRESSED]


async def test_a_number_decides_nothing(engine: Engine) -> None:
    """The same button is offered again, to be tapped or said; 1 presses it neither time."""
    await _offered(engine)
    for _ in range(2):
        (spoken,) = await engine.hear("ann", "1")
        assert spoken.text == sentence("router.say_it")
        assert list(spoken.buttons) == ["确认"]
    assert await _say(engine, "ann", "确认") == [PRESSED]


async def test_a_number_of_a_list_looks(engine: Engine) -> None:
    (spoken,) = await engine.hear("ann", "/list")
    assert list(spoken.buttons) == ["修改后再报", "绑定"]
    assert await _say(engine, "ann", "2") == [sentence("log.note.unit", unit="9/2")]
    assert await _say(engine, "ann", "3") == [MISSING]


async def test_a_number_means_the_newest_list_and_words_the_open_question(engine: Engine) -> None:
    await _say(engine, "ann", "/ask 一")
    await _say(engine, "ann", "/list")
    assert await _say(engine, "ann", "1") == [sentence("log.note.unit", unit="9/1")]
    await _say(engine, "ann", "/note")
    assert await _say(engine, "ann", "1") == [sentence("router.say_it")]
    assert await _say(engine, "ann", "二") == [sentence("common.done_by", name="一 二")]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("绑定 K7M29QXD", DONE),
        ("link K7M2 9QXD", DONE),
        ("绑定 aBcDeFgH-_0123456789abcdefghijkl", DONE),
        ("绑定 明天再说", sentence("common.done_by", name="一 绑定 明天再说")),
        ("link tomorrow", sentence("common.done_by", name="一 link tomorrow")),
    ],
)
async def test_a_code_after_its_word_answers_no_question(
    engine: Engine, text: str, answer: str
) -> None:
    await _say(engine, "ann", "/ask 一")
    assert await _say(engine, "ann", text) == [answer]


@pytest.mark.parametrize("purpose", ["test.page", "test.late"])
async def test_what_comes_too_late_takes_no_place(engine: Engine, purpose: str) -> None:
    """The message that was pressed may say by now that all went well."""
    press = Press(purpose, 9, 1)
    token = sign_button(engine.house.key, "account:1", press, engine.clock() + timedelta(hours=1))
    await _say(engine, "ann", "/list")
    await _send(engine, "ann", Kind.BUTTON, token=token, message="77")
    over = "77" if purpose == "test.page" else None
    assert engine.platform.attempts[-1].replaces == over


async def test_a_button_is_its_readers_alone(engine: Engine, sqlite_url: str) -> None:
    token = (await _offered(engine)).buttons["确认"]
    await engine.hear("bob", "/ask")
    assert await _send(engine, "bob", Kind.BUTTON, token=token) == [STALE]
    assert "test.press" not in {row["action"] for row in rows(sqlite_url, "audit")}


async def test_a_button_ends(engine: Engine) -> None:
    token = (await _offered(engine)).buttons["确认"]
    engine.clock.forward(hours=24, minutes=1)
    assert await _send(engine, "ann", Kind.BUTTON, token=token) == [STALE]


@pytest.mark.parametrize("token", ["", "x", "test.ok", "test.ok.AAAA", "dialog.cancel." + "A" * 34])
async def test_a_forged_button_is_stale(engine: Engine, token: str) -> None:
    await _offered(engine)
    assert await _send(engine, "ann", Kind.BUTTON, token=token) == [STALE]


async def test_a_purpose_that_is_gone_is_stale(engine: Engine) -> None:
    """An earlier release made the button."""
    await _offered(engine)
    key, end = engine.house.key, engine.clock() + timedelta(hours=1)
    token = sign_button(key, "account:1", Press("gone.now"), end)
    assert await _send(engine, "ann", Kind.BUTTON, token=token) == [STALE]


async def test_the_buttons_of_the_last_three_messages_are_there_to_be_typed(
    engine: Engine,
) -> None:
    """What comes in between, such as a notice, takes no label away; three messages do."""
    await _offered(engine)
    for _ in range(2):
        await engine.hear("ann", "/ask")  # its message has another button
    assert await _say(engine, "ann", "确认") == [PRESSED]
    await _offered(engine)
    for _ in range(3):
        await engine.hear("ann", "/ask")
    assert await _say(engine, "ann", "确认") != [PRESSED]


# ------------------------------------------------------------------ dialogs


async def test_a_dialog_takes_the_next_words(engine: Engine) -> None:
    assert await _say(engine, "ann", "/ask 一") == [ASKED]
    assert await _say(engine, "ann", "二") == [sentence("common.done_by", name="一 二")]
    assert await _say(engine, "ann", "三") == [MISSING]  # it is closed


async def test_a_dialog_takes_a_photo_too(engine: Engine) -> None:
    await _say(engine, "ann", "/ask 一")
    assert await _send(engine, "ann", Kind.PHOTO, media="x", text="图") == [
        sentence("common.done_by", name="一 图")
    ]


async def test_a_dialog_is_ones_own(engine: Engine) -> None:
    await _say(engine, "ann", "/ask 一")
    assert await _say(engine, "bob", "二") == [MISSING]


async def test_a_dialog_survives_a_restart(sqlite_url: str) -> None:
    async with running(sqlite_url) as before:
        await _say(before, "ann", "/ask 一")
        clock = before.clock
    async with running(sqlite_url, clock, "two") as after:
        assert await _say(after, "ann", "二") == [sentence("common.done_by", name="一 二")]


async def test_a_dialog_forgets_itself(engine: Engine) -> None:
    await _say(engine, "ann", "/ask 一")
    engine.clock.forward(minutes=31)
    assert await _say(engine, "ann", "二") == [MISSING]


async def test_a_command_leaves_a_dialog_open(engine: Engine) -> None:
    """Looking something up must not lose what was begun."""
    await _say(engine, "ann", "/ask 一")
    assert await _say(engine, "ann", "记下") == [DONE]
    assert await _say(engine, "ann", "二") == [sentence("common.done_by", name="一 二")]


@pytest.mark.parametrize("way", ["取消", "Cancel"])
async def test_a_dialog_is_cancelled_by_its_word(engine: Engine, way: str) -> None:
    await _say(engine, "ann", "/ask 一")
    assert await _say(engine, "ann", way) == [CANCELLED]
    assert await _say(engine, "ann", "二") == [MISSING]


async def test_a_number_in_a_dialog_is_an_answer_and_no_button(engine: Engine) -> None:
    await _say(engine, "ann", "/ask 一")
    assert await _say(engine, "ann", "1") == [sentence("common.done_by", name="一 1")]


# ------------------------------------------------------------------ privacy and wiring


async def test_personal_things_are_answered_in_private_only(engine: Engine) -> None:
    """SPEC section 3, QUALITY A45."""
    assert await _send(engine, "ann", Kind.TEXT, private=False, text="/note") == [PRIVATE]
    assert await _send(engine, "ann", Kind.TEXT, private=False, text="/open") == [DONE]


async def _nothing(turn: Any, said: Any) -> Reply:
    return Reply()


@pytest.mark.parametrize(
    "again",
    [
        Routes(commands=(Command("log", (), _nothing, "all"),)),
        Routes(commands=(Command("other", ("补录",), _nothing, "all"),)),
        Routes(presses={"claim.ok": (_nothing, ())}),
        Routes(steps={"log.step": (_nothing, ())}),
    ],
)
def test_two_handlers_of_one_name_do_not_start(again: Routes) -> None:
    first = Routes(
        (Command("log", ("补录",), _nothing, "all"),),
        {"claim.ok": (_nothing, ())},
        {"log.step": (_nothing, ())},
    )
    with pytest.raises(ValueError, match="two handlers"):
        Router((first, again), words(), _nothing)
