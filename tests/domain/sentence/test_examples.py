"""Some hundred sentences, in both languages, each with the one thing that it must read as."""

from __future__ import annotations

import pytest

from domain.sentence import Purpose, Question, as_json, read
from tests.domain.sentence.moments import SUNDAY, at, rows, shown

CLAIMS = [*rows("claims_chinese"), *rows("claims_asked"), *rows("claims_english")]


@pytest.mark.parametrize(("sentence", "outcome"), CLAIMS)
def test_a_claim_reads_as_the_table_says(sentence: str, outcome: str) -> None:
    assert shown(read(sentence, Purpose.LOG, SUNDAY)) == outcome


@pytest.mark.parametrize(("sentence", "outcome"), rows("activities"))
def test_an_activity_reads_as_the_table_says(sentence: str, outcome: str) -> None:
    assert shown(read(sentence, Purpose.NEW, SUNDAY)) == outcome


def test_the_tables_are_big_enough() -> None:
    assert len({sentence for sentence, _ in CLAIMS}) > 450
    asked = {outcome for _, outcome in CLAIMS + rows("activities") if outcome.startswith("?")}
    missing = {question for question in Question if f"? {question.value}" not in asked}
    assert missing == {Question.TEXT_TOO_LONG}


def test_the_example_of_the_contract() -> None:
    reading = read("上周六下午两点到五点半在社区清扫", Purpose.LOG, SUNDAY)
    assert as_json(reading) == {
        "stretches": [{"date": "2026-11-14", "start": "14:00", "end": "17:30", "minutes": 210}],
        "repeat": None,
        "what": "社区清扫",
        "place": None,
        "capacity": None,
        "question": None,
    }


@pytest.mark.parametrize("question", list(Question))
def test_every_question_is_worded_in_chinese(question: Question) -> None:
    from domain.sentence.questions import ask

    assert ask(question, ()).endswith("。")
    assert ask(question, (("said", "3.333小时"),)).startswith("“3.333小时”：")


def test_a_question_leaves_no_stretch_and_words_itself() -> None:
    body = as_json(read("昨天2点到5点在社区清扫", Purpose.LOG, SUNDAY))
    assert body["stretches"] == []
    assert body["question"] == "是上午、下午还是晚上呢？请写明。"
    assert body["what"] == "社区清扫"


DATED = [
    ("2027-01-10T10:00", Purpose.LOG, "12月31日晚上10点到凌晨2点", "2026-12-31 22:00-02:00 240"),
    ("2027-01-01T00:00", Purpose.LOG, "昨晚10点到12点", "2026-12-31 22:00-00:00 120"),
    ("2027-01-01T00:00", Purpose.LOG, "昨晚10点到今天0点01分", "? future"),
    ("2027-01-01T00:30", Purpose.LOG, "今天0点到0点半", "2027-01-01 00:00-00:30 30"),
    ("2027-01-01T00:30", Purpose.LOG, "1月1日0点到0点半", "2027-01-01 00:00-00:30 30"),
    ("2028-03-01T09:00", Purpose.LOG, "2月29日3小时", "2028-02-29 180"),
    ("2028-03-01T09:00", Purpose.LOG, "2月30日3小时", "? impossible-date"),
    ("2026-11-25T10:00", Purpose.LOG, "last Monday 2pm-4pm", "? ambiguous-date"),
    ("2026-11-23T10:00", Purpose.LOG, "last Saturday 2pm-4pm", "2026-11-21 14:00-16:00 120"),
    ("2026-11-23T10:00", Purpose.NEW, "next Friday 2pm-4pm", "? ambiguous-date"),
    ("2026-11-23T10:00", Purpose.LOG, "周六2小时", "2026-11-21 120"),
    ("2026-11-23T10:00", Purpose.LOG, "这周六2小时", "? future"),
    ("2026-11-23T10:00", Purpose.LOG, "上周六2小时", "2026-11-21 120"),
    ("2026-11-21T20:00", Purpose.LOG, "周六下午2点到4点", "2026-11-21 14:00-16:00 120"),
    ("2026-11-21T10:00", Purpose.LOG, "周六下午2点到4点", "? future"),
    ("2026-11-02T10:00", Purpose.LOG, "30号2小时", "2026-10-30 120"),
    ("2026-12-05T10:00", Purpose.LOG, "31号2小时", "? future"),
    ("2026-11-22T10:00", Purpose.LOG, "31号2小时", "2026-10-31 120"),
    ("2026-11-22T10:00", Purpose.NEW, "31号上午9点到10点", "2026-12-31 09:00-10:00 60"),
    ("2026-11-30T10:00", Purpose.NEW, "1号上午9点到10点", "2026-12-01 09:00-10:00 60"),
    ("2026-12-31T10:00", Purpose.NEW, "明天上午9点到10点", "2027-01-01 09:00-10:00 60"),
    ("2026-11-27T16:30", Purpose.NEW, "周五下午4点到5点", "2026-12-04 16:00-17:00 60"),
    ("2026-11-27T16:00", Purpose.NEW, "周五下午4点到5点", "2026-11-27 16:00-17:00 60"),
    (
        "2026-11-27T16:30", Purpose.NEW, "每周五下午4点到5点",
        "2026-12-04 16:00-17:00 60 | repeat=weekly",
    ),
    ("2026-11-22T00:10", Purpose.LOG, "今天11分钟", "? future"),
    ("2026-11-22T00:10", Purpose.LOG, "今天10分钟", "2026-11-22 10"),
]  # fmt: skip


@pytest.mark.parametrize(("moment", "purpose", "sentence", "outcome"), DATED)
def test_a_day_is_seen_from_now(moment: str, purpose: Purpose, sentence: str, outcome: str) -> None:
    assert shown(read(sentence, purpose, at(moment))) == outcome
