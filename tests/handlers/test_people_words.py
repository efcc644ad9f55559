"""Every sentence whose name is put together from a value exists for every value."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest

from bot.words import LANGUAGES, Words
from domain.joining import FIELDS, FieldProblem
from domain.member_status import MemberStatus
from domain.people import Ask, Band, Standing
from domain.rights import Role
from domain.roster import Fate, FateReason, LineProblem
from services import members, registrations
from services.consents import Purpose
from services.joining import JoinRefusal
from services.languages import LANGUAGES as SPOKEN
from services.members import MembersRefusal
from services.people import ContactRefusal
from services.registrations import RegistrationRefusal
from services.roster import ImportRefusal
from services.roster_plan import UnitProblem

_SHARED = {"missing", "changed"}
_KINDS = ("join", "move", "transfer")
FAMILIES: dict[str, Iterable[str]] = {
    "common": [*_SHARED, *ContactRefusal],
    "import.why": [*LineProblem, *FateReason, *UnitProblem],
    "import.fate": Fate,
    "import.see": Fate,
    "import.no": set(ImportRefusal) - _SHARED,
    "join": FIELDS,
    "join.line": FIELDS,
    "join.field": FIELDS,
    "join.wrong": FieldProblem,
    "join.refused": JoinRefusal,
    "members.no": set(MembersRefusal) - _SHARED,
    "members.why": members.REASONS,
    "reg.no": set(RegistrationRefusal) - _SHARED,
    "reg.ask": Ask,
    "reg.reason": registrations.REASONS,
    "reg.kind": _KINDS,
    "reg.card": _KINDS,
    "reg.approved.told": _KINDS,
    "reg.refused.told": _KINDS,
    "privacy.purpose": Purpose,
    "me.channel": ("telegram", "wecom", "wecom-bot", "web"),
    "lang": SPOKEN,
    "word": [*MemberStatus, *Role, *Standing, *Band],
}


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("family", FAMILIES)
def test_no_value_is_without_its_sentence(words: Words, family: str) -> None:
    wanted = {f"{family}.{value}" for value in FAMILIES[family]}
    for language in LANGUAGES:
        assert wanted - words.names(language) == set()
