"""A corp with departments and members, and a product that is compared with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.commands.contacts import run
from bot.config import Config
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET
from tests.engine import rows
from tests.world import KEY, World

Capture = pytest.CaptureFixture[str]
Json = dict[str, Any]


class Town:
    """A corp and a product. `branch` and `township` stand before anything is synced."""

    def __init__(self, world: World, wecom: Wecom, url: str, folder: Path, capsys: Capture) -> None:
        self.world, self.wecom, self.url = world, wecom, url
        self.folder, self._capsys = folder, capsys
        self.root = self.township = self.branch = 0

    async def build(self) -> None:
        self.root = await self.world.unit("QU", "青山区团委", "district")
        self.township = await self.world.unit("ZHEN", "东河镇", "township", self.root)
        self.branch = await self.world.unit("BN", "青松社区团支部", "branch", self.township)
        for number, name, parent in ((2, "东河镇", 1), (3, "青松社区团支部", 2), (4, "西河镇", 1)):
            await self.wecom.control("department", id=number, name=name, parentid=parent)
        await self.wecom.control("department", id=5, name="西河中学", parentid=4)
        await self.wecom.member("ming", name="王小明", departments=[3])
        await self.wecom.member("hua", name="李华", departments=[5])

    def config(self, **wecom: Any) -> Config:
        told = {"corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "token": "t" * 16}
        told |= {"encoding_aes_key": "a" * 43, "api_base": self.wecom.api_base}
        sections = {
            "app": {"secret_key": "s" * 40, "admins": ["web:root"]},
            "database": {"url": self.url},
            "privacy": {"pii_keys": [KEY]},
            "wecom": {**told, **wecom} if wecom.get("corp_id") != "" else {},
        }
        return Config.of((sections,), self.folder)

    async def sync(self, *, apply: bool = False, **wecom: Any) -> tuple[int, str, str]:
        self._capsys.readouterr()
        config = self.config(**wecom)
        status = await asyncio.to_thread(run, config, apply=apply, as_json=True)
        return status, *self._capsys.readouterr()

    async def report(self, *, apply: bool = False) -> Json:
        status, out, _ = await self.sync(apply=apply)
        assert status == 0
        start = out.index('{\n "applied"')  # the world of this process says things too
        found: Json = json.JSONDecoder().raw_decode(out[start:])[0]
        assert found["applied"] is apply
        return found

    def rows(self, table: str, **where: Any) -> list[Any]:
        return rows(self.url, table, **where)
