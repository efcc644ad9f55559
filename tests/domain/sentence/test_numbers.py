"""Tricks with numbers (QUALITY A27): an integer of minutes from 1 to 1,440, or a question."""

from __future__ import annotations

import pytest

from domain.sentence import Purpose, Question, read
from tests.domain.sentence.moments import SUNDAY

TRICKS = (
    "-5 －5 −5 —5 负5 负五 +5 ＋5 ±5 0 00 000 0.0 0.00 零 〇 25 25.0 二十五 99 100 1000 "
    "9999 999999 1e9 1E9 1e1 1e-1 2e0 0e0 nan NaN NAN inf -inf Infinity ∞ 3.333 3.3333 "
    "0.01 1.07 2.999 1.0001 3.3333333333 ٣ ۳ ३ ৩ ௩ ៣ 𝟑 𝟛 ㊂ ① ③ Ⅲ ³ ½ ¼ 3½ 0x10 0X1F 0b11 "
    "0o7 x3 3x 5,5 5，5 5.5.5 1,000 1_000 1'0 3;5 3:30 .5 5. ．5 03 007 3..5 3.-5 3+2 3-2 "
    "3*2 3×2 3/2 3÷2 3%2 3% 3^2 3=3 3! #3 $3 ￥3 @3 ~3 ≈3 <3 >3 ≤3 ≥3 3~4 3-4 3到4 3至4 "
    "3或4 三四 两三 五六七 十五六 十几 几 几十 好几 数 多 若干 三3 3三 十5 5十 一百 一千 "
    "一万 一亿 百 千 万 三百六十五 第3 第三 叁 伍 拾 真 None null True [3] {3} (-3) '3' "
    "`3` \\3 3\\ |3 &3 3& 3<b> <3> ${3} {{3}} %d 1441e0 ９９ ２５ －３ ３．３３３ ３，５ "
    "1٣ ٣1 3\u0660 大概3 大约3 约3 差不多3 将近3 至少3 最多3 不到3 超过3 可能3 快3 3.5.0 "
    "3。5 3、5 1..2 --3 ++3 -0 +0 -0.5"
).split()
TEMPLATES = ("昨天{}小时", "昨天做了{}个小时，社区清扫", "yesterday {} hours", "{}小时 昨天")
ENDLESS = [
    "9" * 400,
    "1" + "0" * 450,
    "1" + "0" * 10_000,
    "9" * 4000 + ".5",
    "一" * 400,
    "３" * 450,
]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_asked_about(trick: str, template: str) -> None:
    reading = read(template.format(trick), Purpose.LOG, SUNDAY)
    assert reading.question is not None
    assert reading.stretches == ()


@pytest.mark.parametrize("digits", ENDLESS)
def test_endless_digits_are_asked_about(digits: str) -> None:
    assert read(f"昨天{digits}小时", Purpose.LOG, SUNDAY).question in {
        Question.TEXT_TOO_LONG,
        Question.UNCLEAR_NUMBER,
        Question.OVER_A_DAY,
    }


def test_there_are_more_than_two_hundred_cases() -> None:
    assert len(set(TRICKS)) * len(TEMPLATES) > 600


HONEST = {
    "3": 180, "３": 180, "三": 180, "两": 120, "十二": 720, "二十四": 1440, "廿四": 1440,
    "24": 1440,
    "0.5": 30, "０．５": 30, "1.5": 90, "一点五": 90, "2.25": 135, "3.3": 198, "0.1": 6, "半": 30,
    "23.9": 1434, "8.0": 480, "2.50": 150,
}  # fmt: skip


@pytest.mark.parametrize(("number", "minutes"), HONEST.items())
def test_an_honest_number_is_whole_minutes(number: str, minutes: int) -> None:
    reading = read(f"昨天{number}个小时", Purpose.LOG, SUNDAY)
    assert [stretch.minutes for stretch in reading.stretches] == [minutes]


@pytest.mark.parametrize("minutes", [1, 59, 60, 61, 90, 1439, 1440])
def test_minutes_are_read_to_the_minute(minutes: int) -> None:
    reading = read(f"昨天{minutes}分钟", Purpose.LOG, SUNDAY)
    assert [stretch.minutes for stretch in reading.stretches] == [minutes]


def test_every_chinese_number_of_minutes_up_to_a_day_of_hours() -> None:
    from domain.sentence.numerals import whole

    tens = "零一二三四五六七八九"
    for number in range(1, 100):
        high, low = divmod(number, 10)
        text = (tens[high] if high > 1 else "") + "十" * bool(high) + (tens[low] if low else "")
        assert whole(text) == number
        reading = read(f"昨天{text}分钟", Purpose.LOG, SUNDAY)
        assert [stretch.minutes for stretch in reading.stretches] == [number]


@pytest.mark.parametrize("count", ["0", "00", "-5", "1e3", "5,5", "3.5", "10-20", "٣", "0x10"])
def test_an_unclear_capacity_is_asked_about(count: str) -> None:
    reading = read(f"明天下午2点到4点社区清扫，限{count}人", Purpose.NEW, SUNDAY)
    assert reading.question in {Question.CAPACITY_UNCLEAR, Question.UNCLEAR_NUMBER}
