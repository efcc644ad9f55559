"""What WeCom says about its address book is counted for the next sync, and is over after it."""

from __future__ import annotations

from pathlib import Path

from services.contacts import Directory, Planned, take_over
from storage import tree
from storage.tx import Tx
from tests.bot.wecom.outbound import until
from tests.bot.wecom.test_living import town
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import rows


async def test_changes_are_counted_until_the_book_is_taken_over(
    database_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(database_url, tmp_path, wecom) as here:
        told = {"FromUserName": "sys", "MsgType": "event", "Event": "change_contact"}
        await here.posted(**told, CreateTime=1, ChangeType="create_party", Id="7", Name="新部门")
        await here.posted(**told, CreateTime=2, ChangeType="create_party", Id="8", Name="新部门")
        await here.posted(**told, CreateTime=3, ChangeType="delete_user", UserID="nobody")
        wanted = {"create_party": 2, "delete_user": 1}

        def found() -> dict[str, int]:
            return {row["kind"]: row["count"] for row in rows(database_url, "contact_changes")}

        await until(lambda: found() == wanted)
        vault, clock = here.app.house.vault, here.app.clock

        async def work(tx: Tx) -> Planned:
            values = {"parent_id": None, "code": "QU", "kind": "district", "name": "青山区团委"}
            await tree.founded(tx, {**values, "approval": False}, clock())
            return await take_over(tx, vault, Directory((), ()), clock())

        planned = await here.app.store.turn(work)
        assert planned.as_json(applied=True)["said"] == wanted
        assert found() == {}
