"""The control door: what tests do to the network and ask of it. The manual is in __init__.py."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.emulators.telegram import groups, talk, webhook
from tests.emulators.telegram.backlog import Backlog
from tests.emulators.telegram.journal import compact
from tests.emulators.telegram.network import SETTINGS, Network
from tests.emulators.telegram.people import Json, Stored


def behave(net: Network, told: Json) -> Json:
    """Faults for the next calls."""
    net.faults.tell(told)
    return {}


def limits(net: Network, told: Json) -> Json:
    """Switch the rate limits."""
    net.rates.on = bool(told["on"])
    return {}


def settings(net: Network, told: Json) -> Json:
    """Change settings; answers all."""
    unknown = set(told) - set(SETTINGS)
    if unknown:
        raise talk.Misuse(f"unknown settings: {sorted(unknown)}")
    net.settings.update({name: float(value) for name, value in told.items()})
    return dict(net.settings)


def revoke(net: Network, told: Json) -> Json:
    """A token, or every token, becomes invalid."""
    if told.get("token"):
        net.tokens.discard(told["token"])
    else:
        net.tokens.clear()
    return {}


def token(net: Network, told: Json) -> Json:
    """Exactly these tokens are valid."""
    net.tokens = {str(one) for one in told.get("tokens", [told.get("token")]) if one}
    return {}


def next_update_id(net: Network, told: Json) -> Json:
    """The id of the next update; it may be lower than before."""
    net.updates.next_id = int(told["id"])
    return {}


def redeliver(net: Network, told: Json) -> Json:
    """Send an update again."""
    try:
        net.updates.again(int(told["update_id"]))
    except KeyError:
        raise talk.Misuse(f"unknown update {told['update_id']}") from None
    return {}


def users(net: Network, told: Json) -> Json:
    """So many users, from `first` on, have once written to the bot."""
    first = int(told.get("first", 1_000_000))
    net.ranges.append(range(first, first + int(told["count"])))
    return {"first": first}


def batch(net: Network, told: Json) -> Json:
    """A backlog of `users` times `per_user` texts, made when they are fetched."""
    count, per_user = int(told["users"]), int(told.get("per_user", 1))
    first_user = int(told.get("first_user", 1_000_000))
    net.ranges.append(range(first_user, first_user + count))
    first_message, net.last_message = net.last_message + 1, net.last_message + count * per_user
    first_update = net.updates.reserve(count * per_user)
    backlog = Backlog(
        str(told.get("text", "你好 {n}")),
        first_user=first_user,
        users=count,
        per_user=per_user,
        first_update=first_update,
        first_message=first_message,
        date=int(time.time() - float(told.get("age_seconds", 0))),
        lifetime=net.settings["message_seconds"],
        heard=net.heard_from,
    )
    if count and per_user:
        net.updates.add_segment(backlog)
    return {"first_user": first_user, "first_update": first_update, "count": count * per_user}


async def reset(net: Network, told: Json) -> Json:
    """Forget everything but the log, as a new process would."""
    await webhook.stop(net)
    net.webhook_info = {}
    if net.poller is not None and not net.poller.done():
        net.poller.set_result("terminated by other getUpdates request")
    net.journal.forget()
    net.forget()
    return {}


def state(net: Network, told: Json) -> Json:
    """Counts of calls per method and status, violations, what is pending, the webhook."""
    return {
        **net.journal.counts(),
        "pending": len(net.updates),
        "expired": net.updates.expired,
        "next_update_id": net.updates.next_id,
        "in_flight": net.webhook.busy if net.webhook is not None else 0,
        "polling": net.poller is not None,
        "webhook_info": net.webhook_info,
        "commands": {
            f"{scope}|{language}": some for (scope, language), some in net.commands.items()
        },
        "words": {f"{kind}|{language}": words for (kind, language), words in net.words.items()},
        "change": net.change,
    }


def chat(net: Network, told: Json) -> Json:
    """A chat as its people see it now; `all` shows deleted messages too."""
    found = net.chat(int(told["chat"]))
    if found is None:
        return {"messages": [], "status": None, "change": net.change}
    shown = [
        {**stored.seen(), "deleted": stored.deleted}
        for stored in found.messages.values()
        if told.get("all") or not stored.deleted
    ]
    return {"messages": shown, "status": found.status, "view": found.view, "change": net.change}


def news(net: Network, told: Json) -> Json:
    """What the bot has said or changed since `since`, by chat, in the order in which it was."""
    since, found = int(told.get("since", 0)), {}
    for number, chat in net.chats.items():
        new = (one for one in chat.messages.values() if one.change > since and not one.deleted)
        shown = sorted((one for one in new if one.sender is net.me), key=lambda one: one.change)
        if shown:
            found[str(number)] = [one.seen() for one in shown]
    return {"messages": found, "change": net.change}


async def quiet(net: Network, told: Json) -> Json:
    """Wait until nothing is pending; answers whether it came so far."""
    until = time.monotonic() + float(told.get("seconds", 10))
    while len(net.updates) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.001)  # the queue tells only of what comes
    return {"quiet": not len(net.updates)}


async def wait(net: Network, told: Json) -> Json:
    """Until the bot's messages here are `n`: later than message `after`, changed after `since`."""
    number, count = int(told["chat"]), int(told.get("n", 1))
    after, since = int(told.get("after", 0)), int(told.get("since", 0))
    until = time.monotonic() + float(told.get("seconds", 5))

    def wanted(stored: Stored) -> bool:
        new = stored.message_id > after and stored.change > since
        return new and stored.sender is net.me and not stored.deleted

    while True:
        found = net.chat(number)
        shown = [one.seen() for one in found.messages.values() if wanted(one)] if found else []
        left = until - time.monotonic()
        if len(shown) >= count or left <= 0:
            return {"messages": shown, "complete": len(shown) >= count, "change": net.change}
        await net.sleep(number, left)


async def answer_of(net: Network, told: Json) -> Json:
    """The answers to a press; waits until there is one."""
    query = net.queries.get(str(told["query"]))
    if query is None:
        raise talk.Misuse("unknown query")
    until = time.monotonic() + float(told.get("seconds", 5))
    while not query.answers and time.monotonic() < until:
        await net.sleep(f"query {told['query']}", until - time.monotonic())
    return {"answers": query.answers}


def file(net: Network, told: Json) -> Json:
    """The bytes of a file, whoever uploaded it."""
    kept = net.files[str(told["file_id"])]
    content = base64.b64encode(kept["content"]).decode()
    return {"bytes": content, "name": kept["name"], "type": kept["type"]}


DOOR: dict[str, Callable[[Network, Json], Any]] = {
    "say": talk.say,
    "press": talk.press,
    "photo": talk.photo,
    "document": talk.document,
    "location": talk.location,
    "contact": talk.contact,
    "edit": talk.edit,
    "group": groups.group,
    "member": groups.member,
    "migrate": groups.migrate,
    "behave": behave,
    "limits": limits,
    "settings": settings,
    "revoke": revoke,
    "token": token,
    "next_update_id": next_update_id,
    "redeliver": redeliver,
    "users": users,
    "batch": batch,
    "reset": reset,
    "state": state,
    "chat": chat,
    "news": news,
    "quiet": quiet,
    "wait": wait,
    "answer": answer_of,
    "file": file,
}


async def answer(net: Network, request: web.BaseRequest, name: str, query: str) -> web.Response:
    """One call of the door: arguments in the query or a JSON body; 400 says what was wrong."""
    told: Json = dict(parse_qsl(query))
    try:
        body = await request.read()
        if body:
            told.update(json.loads(body))
        result = DOOR[name](net, told)
        if asyncio.iscoroutine(result):
            result = await result
    except (talk.Misuse, KeyError, TypeError, ValueError) as error:
        status, result = 400, {"error": f"{type(error).__name__}: {error}"}
    else:
        status = 200
    return web.Response(
        status=status, body=compact(result).encode(), content_type="application/json"
    )
