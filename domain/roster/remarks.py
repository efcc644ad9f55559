"""Rows of a roster that are about nobody: titles, chain headers, sums, footnotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.roster.line import SkipReason

_TITLE = re.compile(
    r"名单|花名册|名册|统计表|登记表|一览表|信息表|汇总表|报名表|签到表|接龙|roster|list of",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[(【]?(?:注|备注|说明|注意|附|提示|填表说明|填写说明)[)】]?\s*(?:\d*[:.、]|$)"
    r"|(?:合计|总计|小计|共计|总共|人数|总人数|合计人数|total)\s*(?:[:=]|\d|人|$)"
    r"|共\s*\d+\s*(?:人|名)"
    r"|(?:填表人?|制表人?|审核人?|审批人?|经办人?|统计人|负责人|联系人|盖章|page"
    r"|(?:填报|填表|报送)?单位(?:\(?盖章\)?)?"
    r"|(?:填表|制表|填报|统计|上报)?(?:日期|时间)|截[止至](?:日期|时间)?)\s*(?::|$)"
    r"|以[上下](?:为|是|名单|内容|人员|同学|无正文)|(?:名单|如下).*:$|.+(?:如下|名单):?$",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\(?(?:例|示例|样例|范例|举例|例如|example)\)?[:.]?", re.IGNORECASE)
_CHAIN = re.compile(r"#|\[?接龙\]?\s*$")


def opens_chain(text: str) -> bool:
    """The first line of a 接龙 in a group chat."""
    return bool(_CHAIN.match(text))


def is_title(text: str) -> bool:
    """Whether a line speaks of a list instead of a person."""
    return bool(_TITLE.search(text))


def is_example(cells: Sequence[str]) -> bool:
    """A line that only shows how to fill in the others."""
    return any(_EXAMPLE.fullmatch(cell) for cell in cells) or bool(
        cells and re.match(r"例[:\s]|\(?示?例\)|示例[:\s]", cells[0])
    )


def remark(cells: Sequence[str]) -> SkipReason | None:
    """Why a row of tidied, filled cells is no line about a person; None if it may be one."""
    if not cells:
        return SkipReason.BLANK
    if opens_chain(cells[0]):
        return SkipReason.TITLE
    if is_example(cells) or _NOTE.match(cells[0]):
        return SkipReason.NOTE
    if len(cells) == 1 and _TITLE.search(cells[0]):
        return SkipReason.TITLE
    return None
