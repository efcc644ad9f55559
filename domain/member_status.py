"""The six kinds of member status (身份) and the words that people write for them."""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class MemberStatus(StrEnum):
    """Values are stored and exported: never rename one."""

    LEAGUE_MEMBER = "league_member"
    ACTIVIST = "activist"
    APPLICANT = "applicant"
    YOUTH = "youth"
    PARTY_MEMBER = "party_member"
    PIONEER = "pioneer"


# 入党积极分子 and 发展对象 are missing on purpose: they say nothing certain about the league.
_WORDS = {
    MemberStatus.LEAGUE_MEMBER: (
        "共青团员 团员 共青团 中国共青团员 中国共产主义青年团团员 leaguemember"
    ),
    MemberStatus.ACTIVIST: "入团积极分子 积极分子 团积极分子 activist",
    MemberStatus.APPLICANT: "入团申请人 申请人 入团申请者 applicant",
    MemberStatus.YOUTH: "青年 群众 普通青年 普通群众 非团员 youth masses",
    MemberStatus.PARTY_MEMBER: (
        "党员 中共党员 正式党员 预备党员 中共预备党员 中国共产党党员 中国共产党预备党员 partymember"
    ),
    MemberStatus.PIONEER: "少先队员 队员 少先队 pioneer youngpioneer",
}
_MEANING = {word: status for status, words in _WORDS.items() for word in words.split()}


def member_status(text: str) -> MemberStatus | None:
    """What a word of a form means (共青团员, 群众, "League member"); None if unsure."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _MEANING.get("".join(plain.replace("_", " ").replace("-", " ").split()))
