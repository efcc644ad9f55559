"""Lines without a header: which piece is what, told by its shape alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from domain.member_status import member_status
from domain.names import COMPOUND_SURNAMES, is_han
from domain.roster.columns import Field, field_of
from domain.roster.line import LineProblem
from domain.roster.person import Values
from domain.roster.values import read_birth_date, read_id_number, read_number, read_phone

# Usual surnames. One that is missing only turns "several people in one line" into a question.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖"
    "田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎"
    "贺顾毛郝龚邵万钱严覃武戴莫孔向汤温"
    "康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘"
    "祝包宁尚符舒阮柯纪梅童凌毕单季裴霍"
    "涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时"
    "穆农司卓古吉缪简车项连芦麦褚娄窦戚"
    "岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙"
    "荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑"
    "迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位"
    "厉伊仝区郜海阚花权强帅屠豆朴盖练廉"
    "禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸"
    "雍辜羊阿母乌裘亓修邰赫杭况那宿鲜印"
    "逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
)
_DUTIES = re.compile(
    r".*(?:班长|书记|委员|组长|主席|部长|干事|老师|同学|请假|完成|已|未|收到|参加|报名|到了)$"
)
_UNIT = re.compile(
    r".*(?:班|支部|团委|总支|学院|社区|村|中队|大队|车间|部门|分公司|中心|年级|系|级)\)?$"
)
_HAN_NAME = re.compile(r"[\u3400-\u9fff〇\U00020000-\U0003fffd]{2,4}")
_SEX = frozenset(("男", "女", "男性", "女性", "male", "female", "m", "f", "性别:男", "性别:女"))
_ORDINAL = re.compile(
    r"(?:\(\d{1,4}\)|\[\d{1,4}\]|第?\d{1,4}(?:[).、:,]|号[:.、\s])"
    r"|\d{1,3}(?=\s*[^\d\s.\-/年月级班届]))\s*"
)
_LONE_ORDINAL = re.compile(r"[(（]?\d{1,3}[)）.．、:]?")
_BRACKETED = re.compile(r"\((?=[^()\d]{0,20}\d{3})([^()]{3,60})\)")
_GLUED = re.compile(r"(?<=[\u3400-\u9fff])(?=\d{5,})")
_SEPARATORS = re.compile(r"[\t,、;|]+")
_LABEL_GAP = re.compile(r" *: *")
_LABEL = re.compile(r"([^:\d]{1,12}):(.+)")


def is_numbered(text: str) -> bool:
    """Whether a line starts like 1. or 1、 or （1）, as those of a 接龙 do."""
    return bool(re.match(r"\(?\d{1,4}[).、:]\s*\D", text))


def without_ordinal(cells: Sequence[str]) -> Sequence[str]:
    """The cells after a first one that only counts."""
    return cells[1:] if len(cells) > 1 and _LONE_ORDINAL.fullmatch(cells[0]) else cells


def pieces(cells: Sequence[str], *, at_spaces: bool) -> list[str]:
    """Tidied cells cut into pieces: without ordinal, brackets around digits, glued numbers.

    Only spaces may have cut a name in two; a comma or a cell of a table separates people.
    """
    text = (" " if at_spaces else "\t").join(without_ordinal(cells))
    text = _LABEL_GAP.sub(":", text)
    if not _UNIT.fullmatch(text.split()[0] if text else ""):
        text = _ORDINAL.sub("", text, count=1) if _ORDINAL.match(text) else text
    text = _GLUED.sub(" ", _BRACKETED.sub(r" \1 ", text))
    text = "".join(char for char in text if unicodedata.category(char) != "So")  # ✅ of a chain
    return [piece for part in _SEPARATORS.split(text) for piece in join_names(part.split())]


def join_names(parts: Sequence[str]) -> list[str]:
    """王 明 and John Smith are one name each, though spaces cut them."""
    joined: list[str] = []
    for part in parts:
        before = joined[-1] if joined else ""
        if len(before) == len(part) == 1 and is_han(before) and is_han(part):
            joined[-1] = before + part
        elif _is_latin(before) and _is_latin(part) and not member_status(part):
            joined[-1] = f"{before} {part}"
        else:
            joined.append(part)
    return joined


def _is_latin(text: str) -> bool:
    bare = re.sub(r"[\s.'’-]", "", text)
    return bare.isalpha() and not any(map(is_han, bare)) and text.casefold() not in _SEX


def names_only(parts: Sequence[str]) -> bool:
    """张三、李四、王五: several people in one line, each with a known surname."""
    return len(parts) > 1 and all(map(is_han_name, parts))


def is_han_name(part: str) -> bool:
    """Two to four characters with a known surname that are no duty, unit or member status."""
    return bool(
        _HAN_NAME.fullmatch(part)
        and (part[0] in _SURNAMES or part[:2] in COMPOUND_SURNAMES)
        and not _DUTIES.fullmatch(part)
        and not _UNIT.fullmatch(part)
        and not member_status(part)
    )


def is_duty(part: str) -> bool:
    """班长, 王老师, 已报名: somebody's part in it, not somebody on the list."""
    return bool(_DUTIES.fullmatch(part))


def guess(parts: Sequence[str], at: date) -> tuple[Values, tuple[str, ...]]:
    """The fields of one person's line, and the pieces that are none of them."""
    values: Values = {}
    unread: list[str] = []
    for part in parts:
        if part.casefold() in _SEX:
            continue
        field, text = _labelled(part) or (_shape(part, values, at), part)
        if field is None or field in values:
            unread.append(part)
        elif field is not Field.ORDINAL:
            values[field] = text
    return values, tuple(unread)


def _labelled(part: str) -> tuple[Field, str] | None:
    found = _LABEL.fullmatch(part)
    known = field_of(found.group(1)) if found else None
    return (known[0], found.group(2)) if found and known else None


def _shape(part: str, values: Values, at: date) -> Field | None:
    if _is(read_phone(part)) or re.fullmatch(r"1\d{10}", part):
        return Field.PHONE
    if _is(read_id_number(part, at)) or re.fullmatch(r"\d{17}[\dXx]", part):
        return Field.ID_NUMBER
    if re.fullmatch(r"[12]\d{3}[-/.年].*", part) or (
        Field.NUMBER in values and isinstance(read_birth_date(part, at), date)
    ):
        return Field.BIRTH_DATE
    if member_status(part):
        return Field.MEMBER_STATUS
    return _word_shape(part, values)


def _word_shape(part: str, values: Values) -> Field | None:
    if len(part) > 2 and _UNIT.fullmatch(part):
        return Field.UNIT
    if len(part) > 2 and _is(read_number(part)) and not any(map(is_han, part)):
        return Field.NUMBER
    if Field.NAME not in values and any(c.isalpha() or is_han(c) for c in part):
        return Field.NAME
    return None


def _is(value: str | LineProblem) -> bool:
    return not isinstance(value, LineProblem)
