"""Groups that the app makes (appchat) ([D:90244], [D:90245], [D:90248], [D:90312])."""

from __future__ import annotations

import re
import secrets

from tests.emulators.wecom import qyapi_cards as rules
from tests.emulators.wecom.qyapi_corp import Corp
from tests.emulators.wecom.qyapi_faults import Json, Refusal

NAME_LETTERS, LEAST, MOST = 50, 2, 2000
CREATED_A_DAY, CHANGED_AN_HOUR = 1000, 1000
PERSON_TIMES_A_MINUTE, PERSON_TIMES_AN_HOUR = 20_000, 150_000  # the lower ones
MEMBER_A_MINUTE, MEMBER_A_DAY = 200, 10_000  # what is more is dropped unsaid
_CHAT = re.compile(r"[0-9a-zA-Z]{1,32}")
_KINDS = frozenset("text image voice video file textcard news mpnews markdown".split())
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def create(corp: Corp, body: Json) -> Json:
    """A group of the app. A name that is too long is cut; nobody sees it before a message."""
    _ranged(corp)
    members = _ids(body.get("userlist"))
    chat = str(body.get("chatid") or secrets.token_hex(8))
    if not LEAST <= len(members) <= MOST:
        raise Refusal(86006, "invalid number of members")
    _known(corp, members)
    if not _CHAT.fullmatch(chat):
        raise Refusal(86001, "invalid chatid")
    if chat in corp.chats or chat in corp.gone_chats:
        raise Refusal(int(corp.settings["chat_taken"]), "chatid exists")
    owner = str(body.get("owner") or members[0]).lower()
    if owner not in members:
        raise Refusal(86005, "invalid owner")
    _often(corp, "created", _DAY, CREATED_A_DAY)
    name = _named(corp, str(body.get("name", "")))
    made = {"chatid": chat, "name": name, "owner": owner, "userlist": members}
    corp.chats[chat] = {**made, "messages": [], "recent": []}
    return {"chatid": chat}


def get(corp: Corp, args: Json) -> Json:
    """What is known of a group."""
    _ranged(corp)
    found = _chat(corp, args)
    known = {key: found[key] for key in ("chatid", "name", "owner", "userlist")}
    return {"chat_info": known}


def update(corp: Corp, body: Json) -> Json:
    """Name, owner, who comes and who goes. An owner who goes has to be replaced."""
    _ranged(corp)
    found = _chat(corp, body)
    gone, come = _ids(body.get("del_user_list")), _ids(body.get("add_user_list"))
    _known(corp, come)
    left = [one for one in dict.fromkeys([*found["userlist"], *come]) if one not in gone]
    owner = str(body.get("owner") or found["owner"]).lower()
    if owner not in left:
        raise Refusal(86005, "invalid owner")
    if not LEAST <= len(left) <= MOST:
        raise Refusal(86006, "invalid number of members")
    _often(corp, "changed", _HOUR, CHANGED_AN_HOUR)
    name = _named(corp, str(body["name"])) if body.get("name") else found["name"]
    found.update(name=name, owner=owner, userlist=left)
    return {}


def send(corp: Corp, body: Json) -> Json:
    """To everybody in a group: no template cards there."""
    _ranged(corp)
    found = _chat(corp, body)
    if body.get("msgtype") not in _KINDS:
        raise Refusal(40008, "invalid message type")
    rules.content(body)
    if rules.cut(body):
        corp.journal.violation("cut", chat=found["chatid"])
    people = len(found["userlist"])
    _often(corp, "told", _MINUTE, PERSON_TIMES_A_MINUTE, people)
    _often(corp, "told/h", _HOUR, PERSON_TIMES_AN_HOUR, people)
    for user in found["userlist"]:
        _shown(corp, user)
    found["messages"].append(body)
    corp.changed()
    return {}


def dissolve(corp: Corp, chat: str) -> None:
    """Its owner dissolves a group in the client."""
    del corp.chats[chat]
    corp.gone_chats.add(chat)


def _ranged(corp: Corp) -> None:
    if not corp.settings["root"]:
        raise Refusal(60011, "no privilege to access/modify contact/party/agent")


def _chat(corp: Corp, args: Json) -> Json:
    found = corp.chats.get(str(args.get("chatid", "")))
    if found is None:
        raise Refusal(86003, "chatid not found")
    return found


def _ids(listed: object) -> list[str]:
    return list(dict.fromkeys(str(one).lower() for one in listed or []))  # type: ignore[attr-defined]  # JSON


def _known(corp: Corp, users: list[str]) -> None:
    for user in users:
        found = corp.member(user)
        if found is None or found.status == 5:
            raise Refusal(60111, "userid not found")
        if not found.visible:
            raise Refusal(60011, "no privilege to access/modify contact/party/agent")


def _named(corp: Corp, name: str) -> str:
    if len(name) > NAME_LETTERS:
        corp.journal.violation("cut", name=True)
    return name[:NAME_LETTERS]


def _often(corp: Corp, what: str, seconds: float, most: int, much: int = 1) -> None:
    """45009 where it is too much within a span."""
    now = corp.now()
    kept = [one for one in corp.rates.spans.get(what, []) if one[0] > now - seconds]
    if corp.rates.on and sum(one[1] for one in kept) + much > most:
        corp.journal.violation(f"chats {what}")
        raise Refusal(45009, "api freq out of limit")
    corp.rates.spans[what] = [*kept, (now, much)]


def _shown(corp: Corp, user: str) -> None:
    """Count what a member gets from groups of apps."""
    now, name = corp.now(), f"member {user}"
    kept = [one for one in corp.rates.spans.get(name, []) if one[0] > now - _DAY]
    in_a_minute = sum(one[0] > now - _MINUTE for one in kept)
    if corp.rates.on and (in_a_minute >= MEMBER_A_MINUTE or len(kept) >= MEMBER_A_DAY):
        corp.journal.violation("dropped", user=user, chats=True)
        return
    corp.rates.spans[name] = [*kept, (now, 1)]
