"""`qingtuan contacts`: what WeCom's address book would change here, and taking it over."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config import Config
    from services.contacts import Directory, Planned

READ, UNREADABLE, CONFIGURATION = 0, 1, 2
_FATES = {
    "same": "不变 · same",
    "new": "新增 · new",
    "linked": "对上已有组织 · linked to a unit that stands",
    "renamed": "改名 · renamed",
    "moved": "换了上级或组织 · moved",
    "ask": "要人定 · somebody has to decide",
    "gone": "通讯录里没有了，只提示，不删 · gone there; only said, nothing is deleted",
    "refused": "不能导入 · refused",
}
_WHY = {
    "renamed_here": "两边都改过名 · renamed on both sides",
    "moved_here": "组织在这边换过上级 · the unit was moved here",
    "closed": "组织已关闭 · the unit is closed",
    "several": "有几个同名组织 · several units of this name",
    "above": "上级部门没有导入 · the department above is not taken over",
    "kind": "上级组织下面不能再设 · nothing may hang below the unit above",
    "depth": "层级太深 · too many levels",
    "cycle": "会成为自己的下级 · it would hang under itself",
    "same": "没有变化 · nothing would change",
    "namesake": "组织里已有同名的人；是本人的话，请本人发“加入” · "
    "somebody there has this name; if it is them, let them send /join",
    "no_unit": "所在部门没有对应的组织 · no unit for their departments",
    "name_differs": "两边名字不一样 · the names differ",
    "registered": "已登记的成员，请在“名单”里转 · registered: move them by /members",
    "left": "本人已退出 · has left",
    "forgotten": "本人已注销 · was forgotten by their own wish",
    "name_empty": "没有名字 · no name",
    "name_too_long": "名字太长 · the name is too long",
    "name_unprintable": "名字里有乱码 · the name cannot be shown",
    "name_without_letter": "名字里没有字 · the name has no letter",
    "name_looks_official": "名字像官方账号 · the name looks official",
    "name_unlike_any": "不像名字 · not like a name",
}
_REMEDY = {
    "errcode 60020": "把本机的公网地址加到“企业可信IP”。Add this machine's address to 企业可信IP. ",
    "errcode 40001": "密钥不对，看 [wecom] secret。The secret is wrong, see [wecom] secret. ",
    "errcode 60011": "应用的可见范围看不到这个部门。The app may not see a department. ",
}


def run(config: Config, *, apply: bool, as_json: bool) -> int:
    """Compare, or with `apply` take over, in one transaction.

    Answers the exit status: 0 read (and taken over), 1 the address book or the store could not be
    read, 2 configuration.
    """
    from storage.migrate import HEAD, revision

    if not config.wecom.corp_id:
        words = "没有配置企业微信，看 [wecom]。WeCom is not configured, see [wecom]."
        return _fail(words, CONFIGURATION)
    if revision(config.database.url.get_secret_value()) != HEAD:
        return _fail("先运行 qingtuan migrate。Run qingtuan migrate first.", CONFIGURATION)
    return _done(config, apply, as_json)


def _done(config: Config, apply: bool, as_json: bool) -> int:
    from bot.channels.wecom.directory import Unread
    from services.contacts import NoRoot
    from storage.connections import Refused, Unavailable

    try:
        with contextlib.redirect_stdout(sys.stderr):  # what is logged: stdout belongs to the result
            planned = asyncio.run(_synced(config, apply))
    except Unread as problem:
        words = f"通讯录没有读全，什么都没改：{problem.kind}。"
        words += _REMEDY.get(problem.kind, "")
        return _fail(f"{words}The address book was not read; nothing was changed.", UNREADABLE)
    except NoRoot:
        words = "还没有组织，请先建最上级组织。There is no unit yet; found the top unit first."
        return _fail(words, CONFIGURATION)
    except Refused:  # somebody registered just now, under an account that was to be bound
        words = "刚才有人改了同样的东西，什么都没写，请再来一次。"
        return _fail(f"{words}Changed meanwhile; nothing was written, try again.", UNREADABLE)
    except Unavailable as problem:
        words = f"数据库现在用不了。The database is not available: {problem}"
        return _fail(words, UNREADABLE)
    if as_json:
        print(json.dumps(planned.as_json(apply), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(planned, apply)))
    return READ


async def _synced(config: Config, apply: bool) -> Planned:
    from bot.channels.wecom.directory import fetch

    book = await fetch(config, lambda: datetime.now(UTC))
    return await _stored(config, book, apply)


async def _stored(config: Config, book: Directory, apply: bool) -> Planned:
    from services.contacts import plan, take_over
    from storage.store import Store
    from storage.tx import Tx
    from storage.vault import Vault

    vault = Vault(config.pii_keyring)
    store = Store(config.database.url.get_secret_value(), vault)

    async def look(tx: Tx) -> Planned:
        return await plan(tx, vault, book)

    async def work(tx: Tx) -> Planned:
        return await take_over(tx, vault, book, datetime.now(UTC))

    try:
        return await (store.turn(work) if apply else store.read(look))
    finally:
        await asyncio.to_thread(store.close)


def _lines(planned: Planned, applied: bool) -> list[str]:
    from services.contacts import worth_telling

    done = "已写入 · taken over" if applied else "试运行，什么都没写 · only looked"
    lines = [done]
    for title, which in (("部门 · departments", "units"), ("成员 · members", "people")):
        lines.append(title)
        counts = planned.counts()[which]
        lines += [f"{counts[fate]:>8}  {words}" for fate, words in _FATES.items() if counts[fate]]
    told = [*worth_telling(planned.units), *worth_telling(planned.people)]
    lines += [_line(one) for one in told]
    if planned.said:
        count = sum(planned.said.values())
        lines.append(f"企业微信在上次写入后说过 {count} 次变动 · changes told since the last sync")
    if not applied and told:
        lines.append("写入：qingtuan contacts --apply · to take it over")
    return lines


def _line(one: object) -> str:
    """One department or member that is not as it was."""
    was = getattr(one, "was", None)
    what = f"{was} → {getattr(one, 'name', '')}" if was else str(getattr(one, "name", ""))
    who = getattr(one, "user", None) or getattr(one, "department", "")
    fate = _FATES[str(getattr(one, "fate", ""))].partition("，")[0].partition(" · ")[0]
    reason = getattr(one, "reason", None)
    why = f"：{_WHY.get(str(reason), str(reason))}" if reason else ""
    return f"  {fate}  {what}（{who}）{why}"


def _fail(words: str, status: int) -> int:
    print(words, file=sys.stderr)
    return status
