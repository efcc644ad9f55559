"""`qingtuan import roster`: the same reading and the same writing as in the chat."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.roster import Roster, RosterLine, read_roster

if TYPE_CHECKING:
    from bot.config import Config
    from services.roster_plan import Planned
    from storage.tx import Tx
    from storage.vault import Vault

READ, UNREADABLE, CONFIGURATION = 0, 1, 2
_SHOWN = 8  # line numbers of skipped lines
WHY = {
    "empty": ("文件是空的。", "The file is empty."),
    "too_big": ("文件太大了（最多 20 MB）。", "The file is too big (20 MB at most)."),
    "too_many_rows": ("行数太多（最多 50000 行）。", "It has too many rows (50,000 at most)."),
    "too_many_columns": ("列数太多（最多 50 列）。", "It has too many columns (50 at most)."),
    "encrypted": ("文件加了密码，请先去掉。", "The file has a password; remove it first."),
    "macros": ("文件里有宏，请另存为 xlsx。", "The file has macros; save it as xlsx."),
    "html": (
        "这是网页，请另存为 xlsx 或 CSV。",
        "This is a web page; save it as xlsx or CSV.",
    ),
    "unknown_kind": (
        "这种文件读不了，请用 Excel、CSV、Word 或文本。",
        "This kind of file cannot be read; use Excel, CSV, Word or text.",
    ),
    "not_a_table": ("文件里没有工作表。", "There is no worksheet in the file."),
    "damaged": ("文件坏了，打不开。", "The file is damaged and cannot be opened."),
}


@dataclass(frozen=True, slots=True)
class _Task:
    lines: Sequence[RosterLine]
    code: str | None
    dry_run: bool
    at: datetime
    day: date


class _NoUnit(LookupError):
    """The store has no such unit, or none at all."""


def run(config: Config, file: Path, unit: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Read FILE and write its people at or below a unit (the root without one).

    All or nothing. Answers the exit status: 0 read, 1 unreadable, 2 configuration. A dry run
    writes nothing at all, and takes everybody for new where there is no database yet.
    """
    from services.sheets import Unreadable, rows

    try:
        sheet = rows(file.read_bytes(), file.name)
    except OSError:
        words = (
            f"没有这个文件，或者不能读：{file.name}。There is no such file, or it may not be read."
        )
        return _fail(words, UNREADABLE)
    if isinstance(sheet, Unreadable):
        return _fail("".join(WHY[sheet.reason]), UNREADABLE)
    at = datetime.now(UTC)
    day = at.astimezone(config.app.timezone).date()
    found = read_roster(sheet.rows, day)
    _warn(found, sheet.left_out)
    task = _Task(found.lines, unit, dry_run, at, day)
    if dry_run and not _stands(config):
        from services.roster_plan import without_store

        _say(config, without_store(task.lines), as_json, dry_run)
        return READ
    return _in_store(config, task, as_json)


def _stands(config: Config) -> bool:
    from storage.migrate import revision

    return revision(config.database.url.get_secret_value()) is not None


def _in_store(config: Config, task: _Task, as_json: bool) -> int:
    from bot.config import ConfigProblem, with_secrets
    from storage.connections import Unavailable
    from storage.migrate import HEAD, revision

    if revision(config.database.url.get_secret_value()) != HEAD:
        return _fail("先运行 qingtuan migrate。Run qingtuan migrate first.", CONFIGURATION)
    try:
        planned = asyncio.run(_stored(with_secrets(config), task))
    except ConfigProblem as problem:
        return _fail(problem.said(), CONFIGURATION)
    except _NoUnit:
        return _fail("没有这个组织。There is no such unit.", CONFIGURATION)
    except Unavailable as problem:
        return _fail(f"数据库现在用不了。The database is not available: {problem}", CONFIGURATION)
    _say(config, planned, as_json, task.dry_run)
    return READ


async def _stored(config: Config, task: _Task) -> list[Planned]:
    from storage.store import Store
    from storage.vault import Vault

    vault = Vault(config.pii_keyring)
    store = Store(config.database.url.get_secret_value(), vault)

    async def work(tx: Tx) -> list[Planned]:
        return await _done(tx, vault, task)

    try:
        return await (store.read(work) if task.dry_run else store.turn(work))
    finally:
        await asyncio.to_thread(store.close)


async def _done(tx: Tx, vault: Vault, task: _Task) -> list[Planned]:
    from services.roster_plan import carry_out, plan
    from storage import audit, tree
    from storage.audit import Line

    found: Any = (
        await tree.root(tx)
        if task.code is None
        else await tree.unit_by_code(tx, task.code.strip().upper())
    )
    if found is None or found.closed_at is not None:
        raise _NoUnit
    planned = await plan(tx, vault, task.lines, found.id)
    if task.dry_run:
        return planned
    done = await carry_out(tx, vault, planned, None, (task.at, task.day))
    first = done.made[0] if done.made else 0
    facts = {"made": list(done.made), "changed": done.changed}
    line = Line("roster-import", "done", "persons", first, found.id, facts)
    await audit.add(tx, line, None, None, task.at)
    return planned


def _warn(found: Roster, left_out: int) -> None:
    """What of the file was not read as people, on stderr: stdout belongs to the result."""
    if not found.lines:
        print("没有看到人名。No names were found.", file=sys.stderr)
    if found.remarks:
        numbers = "、".join(map(str, found.remarks[:_SHOWN]))
        count = len(found.remarks)
        print(
            f"跳过 {count} 行：标题、说明（第 {numbers} 行）。"
            f"Lines skipped as titles and notes: {count}.",
            file=sys.stderr,
        )
    if left_out:
        print(
            f"文件里还有 {left_out} 张有内容的表没有读。"
            f"Filled tables of the file that were not read: {left_out}.",
            file=sys.stderr,
        )


def _say(config: Config, planned: Sequence[Planned], as_json: bool, dry_run: bool) -> None:
    from bot.words import Words
    from services.roster_plan import counts

    if as_json:
        print(json.dumps([one.as_json() for one in planned], ensure_ascii=False, indent=1))
        return
    found = counts(planned)
    kept = sum(one.kept for one in planned)
    print(
        f"新增 {found['new']}，变更 {found['change']}，相同 {found['same']}，"
        f"需要确认 {found['ask']}，有问题 {found['refused']}"
    )
    words = Words(config.app.timezone)
    for one in planned:
        if one.reason is not None:
            fate = words.say("zh-CN", f"import.fate.{one.fate}", {})
            why = words.say("zh-CN", f"import.why.{one.reason}", {})
            who = f" {one.line.name}" if one.line.name else ""
            print(f"  第 {one.line.line} 行{who}：{fate}，{why}")
    tried, written = "试运行，什么都没写，会写入", "写入"
    print(f"{tried if dry_run else written} {kept}")


def _fail(words: str, status: int) -> int:
    print(words, file=sys.stderr)
    return status
