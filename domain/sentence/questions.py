"""Why a sentence cannot be read without asking, and the Chinese sentence that asks."""

from __future__ import annotations

from enum import StrEnum

Facts = tuple[tuple[str, str], ...]


class Question(StrEnum):
    """What is missing or unclear. A door words it by this name; `ask` is the Chinese wording."""

    NO_TIME = "no-time"
    NO_DATE = "no-date"
    NO_START = "no-start"
    NO_END = "no-end"
    AMBIGUOUS_HALF = "ambiguous-half"
    AMBIGUOUS_DATE = "ambiguous-date"
    SEVERAL_READINGS = "several-readings"
    FUTURE = "future"
    PAST = "past"
    IMPOSSIBLE_DATE = "impossible-date"
    IMPOSSIBLE_TIME = "impossible-time"
    END_BEFORE_START = "end-before-start"
    OVER_A_DAY = "over-a-day"
    NOT_POSITIVE = "not-positive"
    WEEKDAY_CONTRADICTS = "weekday-contradicts"
    DATES_CONTRADICT = "dates-contradict"
    LENGTH_CONTRADICTS = "length-contradicts"
    EACH_OR_TOTAL = "each-or-total"
    OVERLAP = "overlap"
    APPROXIMATE = "approximate"
    UNCLEAR_NUMBER = "unclear-number"
    BREAK_UNCLEAR = "break-unclear"
    REPEAT_UNCLEAR = "repeat-unclear"
    CAPACITY_UNCLEAR = "capacity-unclear"
    TEXT_TOO_LONG = "text-too-long"


_CHINESE = {
    Question.NO_TIME: "没有看到时间，请写明几点到几点，或者一共多久。",
    Question.NO_DATE: "是哪一天呢？请写明日期，比如“11月14日”或“上周六”。",
    Question.NO_START: "几点开始呢？请写明几点到几点。",
    Question.NO_END: "几点结束呢？请写明结束时间，或者一共多久。",
    Question.AMBIGUOUS_HALF: "是上午、下午还是晚上呢？请写明。",
    Question.AMBIGUOUS_DATE: "不能确定是哪一天，请写明几月几日。",
    Question.SEVERAL_READINGS: "这句话有几种读法，请写成“几月几日几点到几点”。",
    Question.FUTURE: "这个时间还没有到，请写已经过去的时间，必要时写明年份。",
    Question.PAST: "这个时间已经过去了，请写以后的时间，必要时写明年份。",
    Question.IMPOSSIBLE_DATE: "没有这一天，请再看一下日期。",
    Question.IMPOSSIBLE_TIME: "没有这个钟点，请再看一下几点到几点。",
    Question.END_BEFORE_START: "结束早于开始，请再看一下几点到几点。",
    Question.OVER_A_DAY: "一段时间不能超过24小时，请再看一下。",
    Question.NOT_POSITIVE: "时长要多于0分钟，请再看一下。",
    Question.WEEKDAY_CONTRADICTS: "日期和星期对不上，请写明是哪一天。",
    Question.DATES_CONTRADICT: "两个日期对不上，请写明是哪一天。",
    Question.LENGTH_CONTRADICTS: "起止时间和时长对不上，请再看一下。",
    Question.EACH_OR_TOTAL: "是每天这么多，还是一共这么多？请写明“每天”，或者分开写。",
    Question.OVERLAP: "有两段时间重叠了，请再看一下。",
    Question.APPROXIMATE: "请写准确的时间，不用“大约”“左右”“多”。",
    Question.UNCLEAR_NUMBER: "数字没有看明白，请写成“3小时”“2.5小时”或“90分钟”这样。",
    Question.BREAK_UNCLEAR: "中间休息了多久？请写明，比如“中间休息30分钟”。",
    Question.REPEAT_UNCLEAR: "重复的时间没有看明白，补录请写具体日期，发布请写“每周五”这样。",
    Question.CAPACITY_UNCLEAR: "人数没有看明白，请写成“限20人”这样。",
    Question.TEXT_TOO_LONG: "这段话太长了，请用500字以内说明。",
}


def ask(question: Question, facts: Facts) -> str:
    """Word the question in Chinese; the fact `said` quotes the piece that it is about."""
    said = dict(facts).get("said", "")
    quoted = f"“{said}”：" if said else ""
    return quoted + _CHINESE[question]
