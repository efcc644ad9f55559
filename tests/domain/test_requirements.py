"""Rule files: what they may say, what is complained about, and whom a requirement is for."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.requirements import (
    ClaimRules,
    Item,
    ItemKind,
    Progress,
    RuleProblem,
    Window,
    together,
)
from domain.rule_files import parse
from services.requirements import load

GOOD = """
[[requirement]]
code = "service-20"
name = { zh-CN = "年度志愿服务", en = "Service" }
valid_from = 2026-01-01
valid_until = 2027-01-01
applies_to = ["league_member", "unknown"]
window = "natural-year"
item = [{ kind = "service-hours", hours = 20 }, { kind = "course-hours", course = "团课", credits = 8 }]
"""  # noqa: E501  # TOML wants an inline table on one line
SHIPPED = Path(__file__).parents[2] / "rules"


def parsed(text: str) -> Any:
    return parse(tomllib.loads(text), "a.toml")


def test_a_requirement_is_dated_data() -> None:
    (one,) = parsed(GOOD).requirements
    assert one.items == (Item(ItemKind.SERVICE, 1200), Item(ItemKind.COURSE, 8, "团课"))
    assert one.window is Window.YEAR
    assert one.applies("league_member", date(2026, 1, 1))
    assert one.applies(None, date(2026, 12, 31))
    assert not one.applies("pioneer", date(2026, 6, 1))
    assert not one.applies("league_member", date(2025, 12, 31))
    assert not one.applies("league_member", date(2027, 1, 1))


def test_left_out_it_is_for_everybody() -> None:
    (one,) = parsed(GOOD.replace('applies_to = ["league_member", "unknown"]', "")).requirements
    assert one.applies("pioneer", date(2026, 6, 1))
    assert one.applies(None, date(2026, 6, 1))


@pytest.mark.parametrize(
    ("window", "today", "days"),
    [
        ("natural-year", date(2026, 12, 31), (date(2026, 1, 1), date(2027, 1, 1))),
        ("school-year", date(2026, 8, 31), (date(2025, 9, 1), date(2026, 9, 1))),
        ("school-year", date(2026, 9, 1), (date(2026, 9, 1), date(2027, 9, 1))),
        ("since-joining", date(2026, 9, 1), (date(2024, 2, 29), date.max)),
    ],
)
def test_windows_are_local_days(window: str, today: date, days: tuple[date, date]) -> None:
    (one,) = parsed(GOOD.replace("natural-year", window)).requirements
    assert one.days(today, date(2024, 2, 29)) == days


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('code = "service-20"', "", "requirement[1].code"),
        ('code = "service-20"', "code = 20", "requirement[1].code"),
        ('en = "Service"', 'en = ""', "requirement[1].name.en"),
        (', en = "Service"', "", "requirement[1].name.en"),
        ('en = "Service"', 'en = "S", fr = "S"', "requirement[1].name.fr"),
        ("valid_from = 2026-01-01", "", "requirement[1].valid_from"),
        ("valid_from = 2026-01-01", 'valid_from = "2026-01-01"', "requirement[1].valid_from"),
        ("valid_until = 2027-01-01", "valid_until = 2026-01-01", "requirement[1].valid_until"),
        ('"league_member"', '"member"', "requirement[1].applies_to"),
        ('["league_member", "unknown"]', '"league_member"', "requirement[1].applies_to"),
        ("natural-year", "year", "requirement[1].window"),
        ("hours = 20", "hours = 20.5", "requirement[1].item[1].hours"),
        ("hours = 20", "hours = true", "requirement[1].item[1].hours"),
        ("hours = 20", "hours = 0", "requirement[1].item[1].hours"),
        ("hours = 20", "hours = -1", "requirement[1].item[1].hours"),
        ("hours = 20", "credits = 20", "requirement[1].item[1].hours"),
        ("service-hours", "hours", "requirement[1].item[1].kind"),
        ('course = "团课", ', "", "requirement[1].item[2].course"),
        ("window =", "windows = 1\nwindow =", "requirement[1].windows"),
        ("[[requirement]]", "[[requirements]]", "requirements"),
        ("[[requirement]]", "[requirement]", "requirement"),
    ],
)
def test_a_wrong_rule_names_the_file_and_the_key(old: str, new: str, key: str) -> None:
    assert old in GOOD
    with pytest.raises(RuleProblem) as caught:
        parsed(GOOD.replace(old, new))
    assert (caught.value.source, caught.value.key) == ("a.toml", key)
    assert str(caught.value).startswith(f"a.toml: {key}: ")


def test_a_requirement_without_items_is_none() -> None:
    text = GOOD.split("item =", maxsplit=1)[0]
    with pytest.raises(RuleProblem, match=r"requirement\[1\]\.item"):
        parsed(text)


def test_the_rules_of_claims() -> None:
    assert parsed("[claims]\ndays_back = 30").claims == ClaimRules(days_back=30)
    for wrong in ("days_back = -1", 'days_back = "30"', "days_back = 1.0", "days = 3"):
        with pytest.raises(RuleProblem, match=r"claims\.days"):
            parsed(f"[claims]\n{wrong}")
    with pytest.raises(RuleProblem, match="claims"):
        parsed("claims = 3")


def test_nothing_stands_twice() -> None:
    with pytest.raises(RuleProblem, match=r"b\.toml: requirement\.code"):
        together([("a.toml", parsed(GOOD)), ("b.toml", parsed(GOOD))])
    claims = parsed("[claims]")
    with pytest.raises(RuleProblem, match=r"b\.toml: claims"):
        together([("a.toml", claims), ("b.toml", claims)])


def test_the_shipped_rules_are_read() -> None:
    rules = load(SHIPPED)
    (service,) = [one for one in rules.requirements if one.code == "service-20"]
    assert service.items == (Item(ItemKind.SERVICE, 1200),)
    assert service.applies(None, date(2026, 11, 22))
    assert rules.claims.minutes_a_day_before_second == 480  # SPEC section 4


def test_a_folder_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    assert len(load(tmp_path).requirements) == 1
    (tmp_path / "b.toml").write_text("[claims", encoding="utf-8")
    with pytest.raises(RuleProblem, match=r"^b\.toml: file: is not TOML"):
        load(tmp_path)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RuleProblem, match=r"^b\.toml: file: cannot be read"):
        load(tmp_path)
    with pytest.raises(RuleProblem, match=r"rules\.dir"):
        load(tmp_path / "none")


def test_what_is_missing_is_never_negative() -> None:
    assert Progress(attended=100, claimed=50, needed=1200).missing == 1050
    assert Progress(attended=1200, claimed=50, needed=1200).missing == 0
    assert Progress(attended=1200, claimed=50, needed=1200).done == 1250
