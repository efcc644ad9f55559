"""`qingtuan read`: how the grammar reads a sentence, without configuration or database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from domain.sentence import Purpose, as_json, read

_USUAL = "Asia/Shanghai"
_YEARS = range(1970, 2200)


def run(text: str, purpose: str, at: str | None, zone: ZoneInfo, *, json_only: bool) -> int:
    """Print the reading of `text`; the exit status is 0, or 2 for a bad `at`."""
    moment = moment_of(at, zone)
    if moment is None:
        typer.echo(
            "--at 读不懂，要写成 2026-11-22T10:00，可以带时区 +08:00\n"
            "--at cannot be read: write it like 2026-11-22T10:00, with an offset if you like",
            err=True,
        )
        return 2
    reading = as_json(read(text, Purpose(purpose), moment))
    typer.echo(json.dumps(reading, ensure_ascii=False) if json_only else _plain(reading))
    return 0


def moment_of(at: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment meant by `--at`, in `zone`; now without it; None if it cannot be read."""
    if at is None:
        return datetime.now(zone)
    try:
        moment = datetime.fromisoformat(at.strip())
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def usual_zone(environ: Mapping[str, str]) -> ZoneInfo:
    """`app.timezone`, or Asia/Shanghai where no configuration is or a broken one."""
    from bot.config_sources import PREFIX

    file = Path("config.toml")
    if not file.is_file() and not any(name.startswith(PREFIX) for name in environ):
        return ZoneInfo(_USUAL)
    from bot.config import ConfigProblem, load

    try:
        return load(file if file.is_file() else None, environ).app.timezone
    except ConfigProblem:
        return ZoneInfo(_USUAL)


def _plain(reading: Mapping[str, Any]) -> str:
    if reading["question"]:
        return f"要问一句 · a question: {reading['question']}"
    lines = [_stretch(stretch) for stretch in reading["stretches"]]
    names = {"what": "内容", "place": "地点", "capacity": "人数", "repeat": "重复"}
    lines += [f"{word}：{reading[key]}" for key, word in names.items() if reading[key] is not None]
    return "\n".join(lines)


def _stretch(stretch: Mapping[str, Any]) -> str:
    clock = f" {stretch['start']}-{stretch['end']}" if stretch["start"] else ""
    return f"{stretch['date']}{clock}（{stretch['minutes']} 分钟）"
