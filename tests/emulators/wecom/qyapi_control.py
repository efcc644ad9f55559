"""The control door of the fake qyapi; the manual is in __init__.py."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

from aiohttp import web

from tests.emulators.wecom import qyapi_more as more
from tests.emulators.wecom import qyapi_send as sending
from tests.emulators.wecom.qyapi_chats import dissolve as dissolved
from tests.emulators.wecom.qyapi_corp import CORP, SETTINGS, Corp, Member
from tests.emulators.wecom.qyapi_faults import Json
from tests.emulators.wecom.qyapi_log import compact


class Misuse(Exception):
    """The test asked for what cannot be."""


def member(corp: Corp, told: Json) -> Json:
    """Make or change a member."""
    userid = str(told["user"])
    found = corp.member(userid)
    if found is None:
        found = corp.members[userid.lower()] = Member(userid.lower(), f"成员{userid}")
    for name in ("name", "departments", "status", "visible", "licensed", "plugin"):
        if name in told:
            setattr(found, name, told[name])
    if "to" in told:
        found.userid = str(told["to"]).lower()
        corp.members[found.userid] = corp.members.pop(userid.lower())
    return {"user": found.userid}


def members(corp: Corp, told: Json) -> Json:
    """Members prefix0 to prefix(count-1)."""
    corp.ranges.append((str(told.get("prefix", "m")).lower(), int(told["count"])))
    return {}


def department(corp: Corp, told: Json) -> Json:
    """Make or change a department."""
    number = int(told["id"])
    made = {"id": number, "name": str(number), "name_en": "", "parentid": 1, "order": number}
    corp.departments[number] = {**made, **corp.departments.get(number, {}), **told}
    return {}


def behave(corp: Corp, told: Json) -> Json:
    """Faults for the next calls."""
    corp.faults.tell(told)
    return {}


def settings(corp: Corp, told: Json) -> Json:
    """Change settings; answers all."""
    unknown = set(told) - set(SETTINGS)
    if unknown:
        raise Misuse(f"unknown settings: {sorted(unknown)}")
    corp.settings.update({name: float(value) for name, value in told.items()})
    return dict(corp.settings)


def limits(corp: Corp, told: Json) -> Json:
    """Switch the limits."""
    corp.rates.on = bool(told["on"])
    return {}


def clock(corp: Corp, told: Json) -> Json:
    """Put the corp's clock forward, or so that it shows `at` (seconds since 1970)."""
    if "at" in told:
        corp.offset += float(told["at"]) - corp.now()
    corp.offset += float(told.get("forward", 0))
    return {"now": corp.now()}


def tokens(corp: Corp, told: Json) -> Json:
    """Invalidate what was given out; for ever: new ones are refused too, until `clear`."""
    corp.refuses_all = int(told.get("code", 40014)) if told.get("for_ever") else None
    if told.get("code") == 42001:
        corp.tokens = {token: (secret, 0.0) for token, (secret, _) in corp.tokens.items()}
    elif not told.get("clear"):
        corp.tokens = {}
    return {}


def secret(corp: Corp, told: Json) -> Json:
    """Exactly this is the app's secret."""
    corp.secrets = {str(told["secret"]): "app"}
    return {}


def chat(corp: Corp, told: Json) -> Json:
    """What a member sees now."""
    found = corp.member(str(told["user"]))
    if found is None:
        raise Misuse(f"nobody is {told['user']}")
    return {"messages": found.seen(), "change": corp.change}


def chats(corp: Corp, told: Json) -> Json:
    """What some members see now."""
    seen = {user: chat(corp, {"user": user})["messages"] for user in told["users"]}
    return {"messages": seen, "change": corp.change}


def press(corp: Corp, told: Json) -> Json:
    """A member presses: the fields of the callback."""
    found = corp.member(str(told["user"]))
    if found is None:
        raise Misuse(f"nobody is {told['user']}")
    try:
        return sending.press(corp, found, {"corp": CORP, **told})
    except KeyError as error:
        raise Misuse(str(error)) from None


def media(corp: Corp, told: Json) -> Json:
    """What was uploaded."""
    kept = corp.media.get(str(told["media_id"]))
    if kept is None:
        raise Misuse("no such medium")
    return {"name": kept["name"], "type": kept["type"], "bytes": kept["content"].hex()}


def hand(corp: Corp, told: Json) -> Json:
    """A file of a member's: the medium of a callback."""
    made = {"media": base64.b64decode(told["bytes"]), "name": told["name"], "type": "file"}
    return more.upload(corp, made)


def state(corp: Corp, _: Json) -> Json:
    """Counts."""
    return corp.state()


def group(corp: Corp, told: Json) -> Json:
    """What stands in a group of the app."""
    return dict(corp.chats[str(told["chatid"])])


def dissolve(corp: Corp, told: Json) -> Json:
    """The owner of a group of the app dissolves it."""
    dissolved(corp, str(told["chatid"]))
    return {}


def reset(corp: Corp, _: Json) -> Json:
    """Forget everything but the log."""
    corp.journal.forget()
    corp.forget()
    return {}


async def wait(corp: Corp, told: Json) -> Json:
    """Until a member sees `n` messages, or something has changed after `since`."""
    found = corp.member(str(told["user"]))
    if found is None:
        raise Misuse(f"nobody is {told['user']}")
    end = asyncio.get_running_loop().time() + float(told.get("seconds", 10))
    while True:
        seen = found.seen()
        enough = len(seen) >= int(told.get("n", 1)) and corp.change > int(told.get("since", -1))
        if enough or asyncio.get_running_loop().time() > end:
            return {"messages": seen, "complete": enough, "change": corp.change}
        await asyncio.sleep(0.01)


_CALLS: dict[str, Callable[[Corp, Json], Json]] = {
    "member": member,
    "members": members,
    "department": department,
    "behave": behave,
    "settings": settings,
    "limits": limits,
    "clock": clock,
    "tokens": tokens,
    "secret": secret,
    "chat": chat,
    "chats": chats,
    "press": press,
    "hand": hand,
    "media": media,
    "state": state,
    "group": group,
    "dissolve": dissolve,
    "reset": reset,
}


async def answer(corp: Corp, request: web.Request, name: str) -> web.Response:
    """One call of the control door."""
    told = dict(request.query)
    if request.body_exists:
        told.update(await request.json())
    try:
        if name == "wait":
            found = await wait(corp, told)
        else:
            found = _CALLS[name](corp, told)
    except (Misuse, KeyError, ValueError) as error:
        body = compact({"error": f"{type(error).__name__}: {error}"})
        return web.Response(status=400, text=body, content_type="application/json")
    return web.Response(text=compact(found), content_type="application/json")
