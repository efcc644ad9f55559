"""`qingtuan seed-demo`: fills what is empty, leaves alone what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands import seed_demo
from bot.config import Config
from services.demo import district


def test_it_seeds_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sections = {
        "app": {"secret_key": "s" * 40},
        "database": {"url": f"sqlite:///{tmp_path / 'new.db'}"},
        "privacy": {"pii_keys": ["1:" + "A" * 43 + "="]},
    }
    config = Config.of((sections,), tmp_path)
    assert seed_demo.run(config) == 0
    assert f"{len(district.PEOPLE)} 人" in capsys.readouterr().out
    assert seed_demo.run(config) == 0
    assert "什么都没有改" in capsys.readouterr().out
