"""Where the app shows words instead of cards, a typed number is the press of its line."""

from __future__ import annotations

from pathlib import Path

from tests.bot.wecom.test_living import town
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import rows, sentence


async def test_a_number_answers_a_question_and_decides(
    database_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(database_url, tmp_path, wecom, cards=False) as here:
        asked = (await here.said("ming", "注销"))["content"].split("\n")
        more = next(line for line in asked if "继续注销" in line)
        last = (await here.said("ming", more.split(".")[0]))["content"].split("\n")
        assert "1. 确定注销" in last
        await here.said("ming", "1")
    assert len(rows(database_url, "audit", action="own-delete")) == 1


async def test_a_number_may_be_typed_in_many_ways_and_miss(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom, cards=False) as here:
        offered = (await here.said("ming", "帮助"))["content"].split("\n")
        missed = (await here.said("ming", "99"))["content"].split("\n")
        assert missed == [sentence("router.no_such", number=99), *offered[1 - len(missed) :]]
        assert len(missed) > 3
        asked = (await here.said("ming", "注销"))["content"].split("\n")
        number = next(line for line in asked if "继续注销" in line).split(".")[0]
        last = (await here.said("ming", f"{number}。"))["content"]
        assert "1. 确定注销" in last
        await here.said("ming", "１、")
    assert len(rows(sqlite_url, "audit", action="own-delete")) == 1


async def test_with_cards_a_number_answers_no_open_question(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    """Who saw buttons did not see their numbers: 1 may be an answer."""
    async with town(sqlite_url, tmp_path, wecom) as here:
        assert (await here.said("ming", "注销"))["type"] == "template_card"
        for number in "21":
            await here.said("ming", number)
    assert not rows(sqlite_url, "audit", action="own-delete")
