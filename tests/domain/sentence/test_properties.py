"""What must hold for any sentence, and for any day and hours written out."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sentence import Purpose, Stretch, as_json, read
from tests.domain.sentence.moments import SHANGHAI, SUNDAY, rows, shown

PIECES = (
    "昨天 前天 上周六 周日 14号 11月14日 2026-11-14 下午 上午 晚上 凌晨 中午 2点 5点半 两 "
    "三 14:00 17:30 24:00 到 至 - 3小时 半 个 小时 90分钟 一个半小时 中间休息半小时 午休 "
    "和 、 ， 。 在 人民公园 社区清扫 每天 各 每周五 共 限20人 20名 地点： 次日 开始 结束 "
    "yesterday Saturday last next Nov 14 2pm to 5:30pm noon 3 hours with a break at park "
    "up people every 1e9 0x10 ٣ -5 , . : / ( ) “ ” ½ 0 25 农历 明天 之前 左右 大概 \ud800 "
    "\x00 \u200b"
).split()
SENTENCES = st.lists(st.sampled_from([*PIECES, " "]), max_size=14).map("".join)
TEXTS = st.one_of(st.text(max_size=60), SENTENCES)
PURPOSES = st.sampled_from(list(Purpose))
# Hypothesis wants naive bounds.
FIRST, LAST = (SUNDAY.replace(tzinfo=None, year=year) for year in (2001, 2099))
MOMENTS = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(tzinfo=SHANGHAI))
DAYS = st.dates(date(2020, 1, 1), date(2026, 11, 20))
CLOCKS = st.integers(0, 1439)
NUMERALS = "零一二三四五六七八九"


def spelled(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else NUMERALS[tens] + "十"
    return head + (NUMERALS[ones] if ones or not tens else "")


def of_day(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@given(text=TEXTS, purpose=PURPOSES, moment=MOMENTS)
@settings(max_examples=600, deadline=None)
def test_any_text_is_read_or_asked_about(text: str, purpose: Purpose, moment: datetime) -> None:
    reading = read(text, purpose, moment)
    assert bool(reading.stretches) == (reading.question is None)
    now = moment.replace(tzinfo=None)
    for stretch in reading.stretches:
        assert (stretch.start is None) == (stretch.end is None)
        assert type(stretch.minutes) is int
        assert 1 <= stretch.minutes <= 1440
        begin = datetime.combine(stretch.date, stretch.start or time())
        if stretch.start and stretch.end:
            gross = (datetime.combine(stretch.date, stretch.end) - begin) % timedelta(days=1)
            assert timedelta(minutes=stretch.minutes) <= (gross or timedelta(days=1))
        if purpose is Purpose.LOG:
            assert begin + timedelta(minutes=stretch.minutes) <= now
        else:
            assert stretch.start is not None
            assert begin >= now
    assert isinstance(as_json(reading)["what"], str)


@given(text=SENTENCES, purpose=PURPOSES)
@settings(max_examples=300, deadline=None)
def test_width_of_letters_and_figures_makes_no_difference(text: str, purpose: Purpose) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert shown(read(wide, purpose, SUNDAY)) == shown(read(text, purpose, SUNDAY))


@given(text=SENTENCES, moment=MOMENTS)
@settings(max_examples=200, deadline=None)
def test_the_same_wall_clock_reads_the_same_in_any_zone(text: str, moment: datetime) -> None:
    elsewhere = moment.replace(tzinfo=ZoneInfo("America/New_York"))
    assert read(text, Purpose.LOG, moment) == read(text, Purpose.LOG, elsewhere)


@given(day=DAYS, start=CLOCKS, end=CLOCKS)
@settings(max_examples=300, deadline=None)
def test_figures_read_back_exactly(day: date, start: int, end: int) -> None:
    start, end = sorted((start, end))
    text = f"{day} {of_day(start):%H:%M}-{of_day(end):%H:%M} 社区清扫"
    reading = read(text, Purpose.LOG, SUNDAY)
    if start == end:
        assert reading.question is not None
        return
    assert reading.stretches == (Stretch(day, of_day(start), of_day(end), end - start),)
    assert reading.what == "社区清扫"


@given(day=DAYS, hour=st.integers(1, 11), more=st.integers(1, 10), pause=st.integers(0, 59))
@settings(max_examples=300, deadline=None)
def test_chinese_words_read_back_exactly(day: date, hour: int, more: int, pause: int) -> None:
    last = min(hour + more, 11)
    if last == hour:
        return
    text = f"{day.year}年{spelled(day.month)}月{spelled(day.day)}日"
    text += f"下午{spelled(hour)}点到{spelled(last)}点半"
    text += f"，中间休息{spelled(pause)}分钟" if pause else ""
    (stretch,) = read(text, Purpose.LOG, SUNDAY).stretches
    assert stretch == Stretch(
        day, time(hour + 12), time(last + 12, 30), (last - hour) * 60 + 30 - pause
    )


@given(back=st.integers(1, 400), minutes=st.integers(1, 1440), form=st.sampled_from("abc"))
@settings(max_examples=200, deadline=None)
def test_lengths_read_back_exactly(back: int, minutes: int, form: str) -> None:
    hours, rest = divmod(minutes, 60)
    length = f"{minutes}分钟" if form == "a" or not hours else f"{hours}小时{rest}分"
    text = f"{back}天前{length}" if form != "c" else f"{back} days ago {minutes} minutes"
    day = (SUNDAY - timedelta(days=back)).date()
    assert read(text, Purpose.LOG, SUNDAY).stretches == (Stretch(day, None, None, minutes),)


@given(moment=MOMENTS, weekday=st.integers(0, 6), start=st.integers(0, 22))
@settings(max_examples=200, deadline=None)
def test_a_weekday_to_come_is_the_next_one(moment: datetime, weekday: int, start: int) -> None:
    text = f"周{'一二三四五六日'[weekday]}{start:02}:00-{start + 1:02}:00"
    (stretch,) = read(text, Purpose.NEW, moment).stretches
    begin = datetime.combine(stretch.date, time(start))
    now = moment.replace(tzinfo=None)
    assert stretch.date.weekday() == weekday
    assert timedelta() <= begin - now < timedelta(days=7)


def test_the_zone_of_the_process_makes_no_difference() -> None:
    code = (
        "from tests.domain.sentence.moments import *; from domain.sentence import *;"
        "print([shown(read(s, Purpose.LOG, SUNDAY)) for s, _ in rows('claims_chinese')])"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "TZ": zone, "PYTHONPATH": str(Path.cwd())},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles")
    }
    assert seen == {str([outcome for _, outcome in rows("claims_chinese")]) + "\n"}
