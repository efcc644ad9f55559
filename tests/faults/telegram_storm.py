"""Members who log hours and confirm them on Telegram, and what became of each of these updates."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from tests.emulators.telegram.client import Json, Telegram
from tests.faults import town
from tests.faults.rig import until
from tests.faults.telegram_rig import is_settled

LOG, CONFIRM = "/log 昨天3小时 图书馆整理", "确认"


@dataclass(frozen=True, slots=True)
class Fates:
    """Effects that are missing and effects that are too many, over all members."""

    lost: int
    doubled: int
    unanswered: int


@dataclass
class Storm:
    """`pace` updates a second. `patience`: seconds that the question back is waited for."""

    url: str
    telegram: Telegram
    pace: float = 60.0
    patience: float = 30.0

    async def rages(self, members: list[int]) -> Fates:
        """Each says one sentence and confirms it; then judge when nothing is in hand."""
        for member in members:
            await self.telegram.say(member, LOG)
            await asyncio.sleep(1 / self.pace)
        asked: list[int] = []

        def all_asked() -> bool:
            heard = self._asked()
            asked[:] = [chat for chat in members if chat in heard]
            return len(asked) == len(members)

        with suppress(TimeoutError):  # what was lost is judged afterwards
            await until(all_asked, self.patience, 0.3)
        for member in asked:
            await self.telegram.press(member, CONFIRM)
            await asyncio.sleep(1 / self.pace)
        with suppress(TimeoutError):
            await self.telegram.quiet(self.patience)
        await until(lambda: is_settled(self.url), max(30.0, self.patience), 0.2)
        return self._judged(members, asked)

    def _asked(self) -> set[int]:
        return {
            line["chat"]
            for line in self.telegram.calls("sendMessage")
            if CONFIRM in str(line["args"].get("reply_markup", ""))
        }

    def _judged(self, members: list[int], asked: list[int]) -> Fates:
        people = {row["person_id"]: int(row["external"]) for row in town.rows(self.url, "accounts")}
        claims = Counter(people[row["person_id"]] for row in town.rows(self.url, "claims"))
        accounts = {row["id"]: int(row["external"]) for row in town.rows(self.url, "accounts")}
        answers = Counter(
            accounts[row["account_id"]]
            for row in town.rows(self.url, "outbox")
            if row["inbox_id"] and row["key"].startswith("answer/")
        )
        lost = sum(claims[one] < 1 for one in members)
        doubled = sum(max(0, claims[one] - 1) + max(0, answers[one] - 2) for one in members)
        shown = _answered(self.telegram.lines())
        return Fates(lost, doubled, sum(shown[one] < 2 for one in members))


def _answered(lines: list[Json]) -> Counter[int]:
    """How many messages or edits each chat saw."""
    return Counter(
        line["chat"]
        for line in lines
        if line["what"] == "call"
        and line["method"] in ("sendMessage", "editMessageText")
        and line["status"] == 200
    )


def given(telegram: Telegram) -> tuple[int, int]:
    """How many updates there were, and how many were answered with 200 or confirmed."""
    made = {line["update"] for line in telegram.lines("update")}
    taken = {line["update"] for line in telegram.lines("webhook") if line["status"] == 200}
    return len(made), len(made & taken)
