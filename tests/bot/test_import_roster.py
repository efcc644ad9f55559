"""`qingtuan import roster`: JSON of SPEC section 2, exit codes, and what a dry run leaves alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from bot.commands.import_roster import WHY, run
from bot.config import Config
from services.sheets import UnreadableReason
from storage import tree
from storage.schema import audit, persons
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault

AT = datetime(2026, 11, 22, tzinfo=UTC)
KEY = "1:" + "A" * 43 + "="
CSV = (
    "姓名,学号,手机,政治面貌,出生日期,职务\n"
    "王小明,20230101,13800138000,共青团员,2000-03-05,书记\n"
    "李华,20230102,12,,,\n"
    "赵小雷,20230103,13900139000,,2015-01-01,\n"
)
Capture = pytest.CaptureFixture[str]


def _config(folder: Path, url: str) -> Config:
    sections = {
        "app": {"secret_key": "s" * 40},
        "database": {"url": url},
        "privacy": {"pii_keys": [KEY]},
    }
    return Config.of((sections,), folder)


def _roster(folder: Path, text: str = CSV) -> Path:
    path = folder / "名单.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _stored(url: str, work: Callable[[Tx], Any]) -> Any:
    async def done() -> Any:
        store = Store(url, Vault.from_texts([KEY]))
        try:
            return await store.turn(work)
        finally:
            await asyncio.to_thread(store.close)

    return asyncio.run(done())


def _founded(url: str) -> None:
    async def work(tx: Tx) -> None:
        values = {"kind": "district", "name": "青禾区团委", "approval": False}
        root = await tree.founded(tx, {**values, "parent_id": None, "code": "ROOT"}, AT)
        branch = {"kind": "branch", "name": "一班团支部", "approval": False, "code": "B1"}
        await tree.founded(tx, {**branch, "parent_id": root}, AT)

    _stored(url, work)


def _people(url: str) -> list[Any]:
    async def work(tx: Tx) -> list[Any]:
        return await tx.query(select(persons).order_by(persons.c.id))

    found: list[Any] = _stored(url, work)
    return found


def test_a_dry_run_without_a_database_takes_everybody_for_new(
    tmp_path: Path, capsys: Capture
) -> None:
    url = f"sqlite:///{tmp_path}/data/none.db"
    config = Config.of(({"database": {"url": url}},), tmp_path)
    assert run(config, _roster(tmp_path), None, dry_run=True, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0] == {
        "line": 2,
        "fields": {
            "name": "王小明",
            "number": "20230101",
            "phone": "13800138000",
            "birth_date": "2000-03-05",
            "member_status": "league_member",
        },
        "fate": "new",
        "reason": None,
    }
    assert (found[1]["fate"], found[1]["reason"]) == ("refused", "phone_unreadable")
    # under 14: name and number alone, until a guardian agrees
    assert found[2]["fields"] == {"name": "赵小雷", "number": "20230103"}
    assert (found[2]["fate"], found[2]["reason"]) == ("ask", "under_14")
    assert not (tmp_path / "data").exists()


def test_it_writes_once_and_then_finds_the_same(
    tmp_path: Path, capsys: Capture, database_url: str
) -> None:
    _founded(database_url)
    config, file = _config(tmp_path, database_url), _roster(tmp_path)
    assert run(config, file, "b1", dry_run=True, as_json=False) == 0
    assert _people(database_url) == []
    assert run(config, file, "b1", dry_run=False, as_json=False) == 0
    assert "新增 1" in capsys.readouterr().out
    found = _people(database_url)
    assert [(row.name, row.status) for row in found] == [
        ("王小明", "roster"),
        ("赵小雷", "roster"),
    ]
    assert found[1].birth_sealed is None
    assert run(config, file, "B1", dry_run=False, as_json=True) == 0
    again = json.loads(capsys.readouterr().out)
    assert [one["fate"] for one in again] == ["same", "refused", "same"]
    assert len(_people(database_url)) == 2

    async def lines(tx: Tx) -> list[Any]:
        return await tx.query(select(audit).where(audit.c.action == "roster-import"))

    written = _stored(database_url, lines)
    assert [row.actor_id for row in written] == [None, None]
    assert "王小明" not in str([row.facts for row in written])


@pytest.mark.parametrize(
    ("content", "chinese", "english"),
    [
        (b"%PDF-1.7", "这种文件读不了", "This kind of file cannot be read"),
        (b" \n", "文件是空的", "The file is empty"),
        (b"<html><body>", "这是网页", "This is a web page"),
        (b"PK\x03\x04broken", "文件坏了", "The file is damaged"),
    ],
)
def test_what_cannot_be_read_is_told_in_sentences(
    tmp_path: Path, capsys: Capture, content: bytes, chinese: str, english: str
) -> None:
    file = tmp_path / "x.bin"
    file.write_bytes(content)
    config = Config.of(({"database": {"url": f"sqlite:///{tmp_path}/none.db"}},), tmp_path)
    assert run(config, file, None, dry_run=True, as_json=True) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(chinese)
    assert english in said.err
    assert "_" not in said.err


def test_every_reason_has_its_sentence() -> None:
    assert set(WHY) == set(UnreadableReason)


def test_what_is_left_out_goes_to_stderr_and_everybody_read_has_an_object(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "名单.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        people = [("王小明", "20230101"), ("姓名", "学号"), *[("张三", "20230103")] * 2]
        more = [("张三", ""), ("系统管理员", "20230104")]
        for row, cells in enumerate([("一班名单",), *people, *more]):
            sheet.write_row(row, 0, cells)
        book.add_worksheet().write_row(0, 0, ("姓名", "学号"))
    config = Config.of(({"database": {"url": f"sqlite:///{tmp_path}/none.db"}},), tmp_path)
    assert run(config, file, None, dry_run=True, as_json=True) == 0
    said = capsys.readouterr()
    assert "跳过 1 行：标题、说明（第 1 行）" in said.err
    assert "还有 1 张有内容的表没有读" in said.err
    assert [(one["line"], one["fate"], one["reason"]) for one in json.loads(said.out)] == [
        (2, "new", None),
        (4, "new", None),
        (5, "same", "repeated"),
        (6, "ask", "same_name_twice"),
        (7, "refused", "name_looks_official"),
    ]
    assert run(config, file, None, dry_run=True, as_json=False) == 0
    assert "第 7 行：有问题，姓名像官方账号" in capsys.readouterr().out


def test_exit_codes(tmp_path: Path, capsys: Capture, sqlite_url: str) -> None:
    _founded(sqlite_url)
    config = _config(tmp_path, sqlite_url)
    missing = tmp_path / "none.csv"
    assert run(config, missing, None, dry_run=True, as_json=True) == 1
    broken = tmp_path / "x.pdf"
    broken.write_bytes(b"%PDF-1.7")
    assert run(config, broken, None, dry_run=True, as_json=True) == 1
    assert run(config, _roster(tmp_path), "NOPE", dry_run=True, as_json=True) == 2
    empty = _config(tmp_path, f"sqlite:///{tmp_path}/empty.db")
    assert run(empty, _roster(tmp_path), None, dry_run=False, as_json=True) == 2
    assert capsys.readouterr().out == ""
