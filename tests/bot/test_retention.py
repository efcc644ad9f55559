"""`qingtuan retention`: counts, exit codes, and beside a running program."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from storage.schema import inbox
from tests.joining import rows, school_class
from tests.world import KEY, World


def _config(folder: Path, url: str) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'[app]\nsecret_key = "{"s" * 40}"\n[database]\nurl = "{url}"\n'
        f'[privacy]\npii_keys = ["{KEY}"]\n',
        encoding="utf-8",
    )
    return path


def _call(config: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "retention", "--config", str(config), *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_command_beside_a_running_program(world: World, tmp_path: Path) -> None:
    """A dry run changes nothing; a run does it while the store is in use; counts are printed."""
    world.clock.put(datetime(2020, 1, 1, tzinfo=UTC))  # the command's own clock is years later
    await school_class(world)
    for _ in range(3):
        await world.said("sec", "帮助")
    config = _config(tmp_path, world.app.config.database.url.get_secret_value())
    looked = await asyncio.to_thread(_call, config, "--dry-run", "--json")
    assert looked.returncode == 0, looked.stderr
    said = json.loads(looked.stdout)
    assert (said["dry_run"], said["rows"]["inbox-words"], said["old_lines"]) == (True, 3, 0)
    assert all(row.payload is not None for row in await rows(world, select(inbox)))
    done, _ = await asyncio.gather(asyncio.to_thread(_call, config), world.said("sec", "帮助"))
    assert done.returncode == 0, done.stderr
    assert "words that went out" in done.stdout
    again = await asyncio.to_thread(_call, config, "--json")
    rest = json.loads(again.stdout)
    assert again.returncode == 0
    assert rest["rows"]["inbox-words"] <= 1  # what was said meanwhile, in 2020


def test_a_store_that_is_not_there_is_said(tmp_path: Path) -> None:
    config = _config(tmp_path, f"sqlite:///{tmp_path}/no/such/folder/x.db")
    found = _call(config, "--json")
    assert found.returncode == 1
    assert "not available" in found.stderr
    assert "Traceback" not in found.stderr
    (tmp_path / "empty.db").touch()
    found = _call(_config(tmp_path, f"sqlite:///{tmp_path}/empty.db"))
    assert found.returncode == 1
    assert "not migrated" in found.stderr
    assert _call(tmp_path / "missing.toml").returncode == 2
