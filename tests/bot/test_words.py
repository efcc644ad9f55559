"""The catalogue: a name and its facts become words, in each language's own way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import Say
from bot.words import LANGUAGES, Missing, Words, tenths
from services.turn import plain
from tests.engine import ZONE, words

_HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: {}\\n"\n{}\n\n'
)
_PLURALS = {
    "zh-CN": '"Plural-Forms: nplurals=1; plural=0;\\n"',
    "en": '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"',
}
_SENTENCES = {
    "word.list": ("、", ", "),
    "word.day": ("{year}年{month}月{day}日（{weekday}）", "{weekday} {year}-{month}-{day}"),
    **{f"word.weekday.{n}": (f"周{n}", f"D{n}") for n in range(1, 8)},
    "word.youth": ("青年", "young person"),
    "t.plain": ("好", "Good"),
    "t.hours": ("{minutes:hours} 小时", "{minutes:hours} h"),
    "t.missing": ("还差 {minutes:hours_up} 小时", "{minutes:hours_up} h missing"),
    "t.when": ("{at:when}", "{at:when}"),
    "t.day": ("{on:day}", "{on:day}"),
    "t.clock": ("{at:clock}", "{at:clock}"),
    "t.word": ("{status:word}", "{status:word}"),
    "t.list": ("{items:list}", "{items:list}"),
    "t.lines": ("{items}", "{items}"),
    "t.person": ("{who}", "{who}"),
    "t.apart": ("{there:apart}上的账号，在{there:apart}上", "on {there}, on {there}"),
    "t.attribute": ("{who.__class__}", "{who.__class__}"),
    "t.item": ("{who[0]}", "{who[0]}"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Words:
    folder: Path = tmp_path_factory.mktemp("locale")
    for place, language in enumerate(LANGUAGES):
        (folder / language).mkdir()
        text = _HEAD.format(language.replace("-", "_"), _PLURALS[language])
        for name, said in _SENTENCES.items():
            text += f'msgid "{name}"\nmsgstr "{said[place]}"\n\n'
        forms = (["{count} 人"], ["one person", "{count} people"])[place]
        text += 'msgid "t.count"\nmsgid_plural "t.count.many"\n'
        text += "".join(f'msgstr[{n}] "{form}"\n' for n, form in enumerate(forms))
        (folder / language / "t.po").write_text(text, encoding="utf-8")
    return Words(ZONE, folder)


MIDNIGHT = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)  # Sunday 00:05 in Shanghai


@pytest.mark.parametrize(
    ("name", "facts", "chinese", "english"),
    [
        ("t.plain", {}, "好", "Good"),
        (
            "t.apart",
            {"there": "Telegram"},
            "Telegram 上的账号，在 Telegram 上",
            "on Telegram, on Telegram",
        ),
        ("t.apart", {"there": "网页"}, "网页上的账号，在网页上", "on 网页, on 网页"),
        ("t.hours", {"minutes": 89}, "1.4 小时", "1.4 h"),
        ("t.hours", {"minutes": 120}, "2 小时", "2 h"),
        ("t.missing", {"minutes": 1}, "还差 0.1 小时", "0.1 h missing"),
        ("t.when", {"at": MIDNIGHT}, "2026年11月22日（周7） 00:05", "D7 2026-11-22 00:05"),
        (
            "t.when",
            {"at": MIDNIGHT.isoformat()},
            "2026年11月22日（周7） 00:05",
            "D7 2026-11-22 00:05",
        ),
        ("t.day", {"on": date(2026, 11, 23)}, "2026年11月23日（周1）", "D1 2026-11-23"),
        ("t.day", {"on": "2026-11-23"}, "2026年11月23日（周1）", "D1 2026-11-23"),
        ("t.clock", {"at": time(9, 5)}, "09:05", "09:05"),
        ("t.clock", {"at": "09:05:00"}, "09:05", "09:05"),
        ("t.clock", {"at": MIDNIGHT.isoformat()}, "00:05", "00:05"),
        ("t.word", {"status": "youth"}, "青年", "young person"),
        ("t.list", {"items": ["甲", "乙"]}, "甲、乙", "甲, 乙"),
        ("t.lines", {"items": ["甲", "乙"]}, "甲\n乙", "甲\n乙"),
        ("t.lines", {"items": []}, "", ""),
        ("t.person", {"who": plain(Say("t.plain"))}, "好", "Good"),
        ("t.lines", {"items": [plain(Say("t.hours", {"minutes": 60}))]}, "1 小时", "1 h"),
        ("t.count", {"count": 1}, "1 人", "one person"),
        ("t.count", {"count": 5}, "5 人", "5 people"),
        ("t.count", {"count": 0}, "0 人", "0 people"),
        ("t.plain", {"count": 3}, "好", "Good"),
    ],
)
def test_a_sentence_in_both_languages(
    made: Words, name: str, facts: dict[str, Any], chinese: str, english: str
) -> None:
    assert (made.say("zh-CN", name, facts), made.say("en", name, facts)) == (chinese, english)


def test_an_unknown_language_reads_the_first(made: Words) -> None:
    assert made.say("fr", "t.plain", {}) == "好"


@pytest.mark.parametrize("name", ["t.nothing", "plain"])
def test_a_missing_sentence_is_said_to_be(made: Words, name: str) -> None:
    with pytest.raises(Missing):
        made.say("zh-CN", name, {})


def test_a_missing_fact_is_said_to_be(made: Words) -> None:
    with pytest.raises(KeyError):
        made.say("zh-CN", "t.hours", {})


@pytest.mark.parametrize("name", ["t.attribute", "t.item"])
def test_a_field_is_a_name_and_nothing_more(made: Words, name: str) -> None:
    with pytest.raises(KeyError):
        made.say("zh-CN", name, {"who": "x"})


@given(st.text())
def test_what_people_wrote_is_never_a_sentence(text: str) -> None:
    """QUALITY A30: braces, names of sentences and percent signs are only letters."""
    around = words().say("zh-CN", "common.done_by", {"name": "|"}).split("|")
    assert words().say("zh-CN", "common.done_by", {"name": text}) == text.join(around)


def test_labels_are_folded_in_every_language(made: Words) -> None:
    assert made.labels("t.plain", {}) == {"好", "good"}


def test_the_names_are_those_of_the_files(made: Words) -> None:
    assert made.names("en") == {*_SENTENCES, "t.count"}


@given(st.integers(0, 10**6))
def test_tenths(amount: int) -> None:
    text = tenths(amount)
    assert round(float(text) * 10) == amount
    assert not text.endswith(".0")
