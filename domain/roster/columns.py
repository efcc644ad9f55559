"""Which column of a table holds which field, by the words of its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from domain.roster.values import tidy


class Field(StrEnum):
    """What a column may hold. Everything else, a role for instance, is ignored (QUALITY A39)."""

    NAME = "name"
    NUMBER = "number"
    PHONE = "phone"
    BIRTH_DATE = "birth_date"
    MEMBER_STATUS = "member_status"
    UNIT_CODE = "unit_code"
    UNIT = "unit"
    ID_NUMBER = "id_number"
    ORDINAL = "ordinal"


# The earlier a word stands, the more it is believed when two columns claim one field.
_WORDS = {
    Field.NAME: "姓名 名字 真实姓名 name fullname realname studentname",
    Field.NUMBER: (
        "学号 工号 学籍号 职工号 员工号 教工号 学工号 studentnumber "
        "studentid studentno staffnumber "
        "staffid employeeid number 团员编号 发展团员编号 会员编号 志愿者编号 编号 号码 memberid id"
    ),
    Field.PHONE: (
        "手机 手机号 手机号码 移动电话 mobile mobilephone "
        "cellphone 联系电话 联系手机 电话 电话号码 "
        "联系方式 phone phonenumber telephone tel"
    ),
    Field.BIRTH_DATE: (
        "出生日期 出生年月日 生日 出生年月 出生时间 出生 birthdate dateofbirth birthday dob born"
    ),
    Field.MEMBER_STATUS: "政治面貌 身份 团员身份 政治身份 memberstatus politicalstatus membership",
    Field.UNIT_CODE: "组织代码 组织编码 组织编号 支部代码 支部编号 支部编码 班级代码 unitcode",
    Field.UNIT: (
        "团支部 支部 组织 团组织 支部名称 组织名称 班级 班级名称 行政班 行政班级 单位 部门 "
        "unit branch unitname branchname class classname"
    ),
    Field.ID_NUMBER: (
        "身份证号 身份证 身份证号码 身份证件号码 身份证件号 证件号码 "
        "证件号 公民身份号码 居民身份证号 "
        "idnumber idcard idcardnumber"
    ),
    Field.ORDINAL: "序号 序 行号 顺序 sn index seq no #",
}
_KNOWN = {
    word: (field, rank)
    for field, words in _WORDS.items()
    for rank, word in enumerate(words.split())
}
# 学生姓名, 本人手机号码, 所在团支部: the words of the end decide, unless another person is meant.
_ENDINGS = sorted((w for w in _KNOWN if len(w) > 1 and not w.isascii()), key=len, reverse=True)
_SOMEBODY_ELSE = re.compile(
    r"家长|父|母|监护|紧急|班主任|辅导员|负责|联系人姓名|介绍人|推荐人"
    r"|填|书记|老师|配偶|曾用|入团|入党"
)
_REMARK = re.compile(r"[(\[【<〔].*?[)\]】>〕]|[*:：#_.\s]+")
_PREFIXES = re.compile(
    r"^(?:请?填写|本人|您的|你的|所在|所属|现|学生|团员|员工|成员|个人|人员|your)+"
)
_NEUTRAL = frozenset("本所在属学生团员成人的现任参会与青年志愿者工作就读")
_LONGEST_HEADER = 40
_LONGEST_HINT = 120  # 出生日期（请填写……）; what is longer is no header


def field_of(header: str) -> tuple[Field, int] | None:
    """The field that a header names and how weakly it does (0 is best); None if unknown."""
    text = tidy(header).casefold()
    if not 0 < len(text) <= _LONGEST_HINT:
        return None
    word = _REMARK.sub("", text) or text
    if word in _KNOWN:
        return _KNOWN[word]
    if len(word) > 16 or _SOMEBODY_ELSE.search(word):
        return None
    bare = _PREFIXES.sub("", word)
    if bare in _KNOWN:
        return _KNOWN[bare]
    ending = next((known for known in _ENDINGS if word.endswith(known)), None)
    if ending is None or not set(word[: -len(ending)]) <= _NEUTRAL:
        return None
    field, rank = _KNOWN[ending]
    return field, rank + 100


Block = dict[Field, int]


class Columns:
    """The columns of one header row; side-by-side lists give several blocks."""

    def __init__(self, header: Sequence[str]) -> None:
        """Read a header row; `blocks` is empty if it is none."""
        self.width = max((i + 1 for i, cell in enumerate(header) if tidy(cell)), default=0)
        found = [(i, *known) for i, cell in enumerate(header) if (known := field_of(cell))]
        names = [i for i, field, _ in found if field is Field.NAME]
        fields = {field for _, field, _ in found}
        lonely = sum(bool(tidy(cell)) for cell in header) == 1
        self.is_header = bool(names and (lonely or len(fields) > 1)) or (
            len(fields - {Field.ORDINAL, Field.UNIT, Field.MEMBER_STATUS}) > 1
        )
        self.blocks = self._blocks(found) if self.is_header else []
        used = {i for block in self.blocks for i in block.values()}
        self.ignored = tuple(
            text[:_LONGEST_HEADER]
            for i, cell in enumerate(header)
            if i not in used and (text := tidy(cell))
        )

    @staticmethod
    def _blocks(found: Sequence[tuple[int, Field, int]]) -> list[Block]:
        """学号 姓名 学号 姓名 are two lists side by side; 姓名 手机 联系电话 is one."""
        fields = [field for _, field, _ in found]
        lists = max(1, fields.count(Field.NAME))
        each = len(fields) // lists
        if fields == fields[:each] * lists and len(set(fields[:each])) == each:
            return [
                {field: column for column, field, _ in found[start : start + each]}
                for start in range(0, len(found), each)
            ]
        block: Block = {}
        ranks: dict[Field, int] = {}
        for column, field, rank in found:
            if rank < ranks.get(field, rank + 1):
                block[field], ranks[field] = column, rank
        return [block]
