"""gettoken, media, the app menu, contacts, group robots, callback addresses."""

from __future__ import annotations

import secrets

from tests.emulators.wecom import qyapi_cards as rules
from tests.emulators.wecom.qyapi_corp import CORP, Corp
from tests.emulators.wecom.qyapi_faults import Json, Refusal

MEDIA_SECONDS = 3 * 86_400.0
_LARGEST = {"image": 10, "voice": 2, "video": 10, "file": 20}  # MB
_BUTTONS = frozenset(
    "click view scancode_push scancode_waitmsg pic_sysphoto pic_photo_or_album pic_weixin "
    "location_select view_miniprogram".split()
)


def gettoken(corp: Corp, args: Json) -> Json:
    """[D:91039]: a new token; the old ones stay good until their end."""
    corp.fetched += 1
    if args.get("corpid") != CORP:
        raise Refusal(40013, "invalid corpid")
    secret = str(args.get("corpsecret", ""))
    if secret not in corp.secrets:
        corp.journal.violation("secret")
        raise Refusal(40001, "invalid credential")
    token = secrets.token_urlsafe(96)
    seconds = corp.settings["token_seconds"]
    corp.tokens[token] = (secret, corp.now() + seconds)
    return {"access_token": token, "expires_in": int(seconds)}


def upload(corp: Corp, args: Json) -> Json:
    """A temporary medium, good for three days."""
    kind = str(args.get("type", ""))
    if kind not in _LARGEST:
        raise Refusal(40004, "invalid media type")
    content: bytes | None = args.get("media")
    if not content or len(content) <= 5:
        raise Refusal(44001, "empty media data")
    if len(content) > _LARGEST[kind] * 2**20:
        raise Refusal(45001, "media size out of limit")
    number = f"3{secrets.token_urlsafe(32)}"
    corp.media[number] = {
        "type": kind,
        "content": content,
        "name": args.get("name", ""),
        "until": corp.now() + MEDIA_SECONDS,
    }
    return {"type": kind, "media_id": number, "created_at": str(int(corp.now()))}


def menu_create(corp: Corp, body: Json) -> Json:
    """1 to 3 buttons with 1 to 5 below each ([E] 40016-40027)."""
    buttons = body.get("button") or []
    if not 1 <= len(buttons) <= 3:
        raise Refusal(40016, "invalid button size")
    for button in buttons:
        below = button.get("sub_button")
        if below is None:
            _entry(button)
            continue
        if not 1 <= len(below) <= 5:
            raise Refusal(40023, "invalid sub button size")
        if not button.get("name") or rules.size(button["name"]) > 16:
            raise Refusal(40018, "invalid button name size")
        for entry in below:
            _entry(entry)
    corp.menu = body
    return {}


def _entry(entry: Json) -> None:
    if not entry.get("name") or rules.size(entry["name"]) > 16:
        raise Refusal(40025, "invalid sub button name size")
    if entry.get("type") not in _BUTTONS:
        raise Refusal(40024, "invalid sub button type")
    if entry["type"] == "view":
        if not entry.get("url") or rules.size(entry["url"]) > 1024:
            raise Refusal(40027, "invalid sub button url size")
    elif not entry.get("key") or rules.size(entry["key"]) > 128:
        raise Refusal(40026, "invalid sub button key size")


def menu_get(corp: Corp, _: Json) -> Json:
    """The menu as it was created."""
    if corp.menu is None:
        raise Refusal(46003, "menu no exist")
    return corp.menu


def menu_delete(corp: Corp, _: Json) -> Json:
    """No menu."""
    corp.menu = None
    return {}


def departments(corp: Corp, args: Json) -> Json:
    """department/simplelist."""
    found = _below(corp, int(args["id"])) if args.get("id") else list(corp.departments.values())
    ids = [{key: one[key] for key in ("id", "parentid", "order")} for one in found]
    return {"department_id": ids}


def department_list(corp: Corp, args: Json) -> Json:
    """department/list: slow, with names."""
    found = _below(corp, int(args["id"])) if args.get("id") else list(corp.departments.values())
    return {"department": found}


def department(corp: Corp, args: Json) -> Json:
    """department/get."""
    found = corp.departments.get(int(args.get("id", 0)))
    if found is None:
        raise Refusal(60003, "department not found")
    return {"department": found}


def _below(corp: Corp, root: int) -> list[Json]:
    if root not in corp.departments:
        raise Refusal(60003, "department not found")
    wanted, found = {root}, []
    for one in sorted(corp.departments.values(), key=lambda each: int(each["id"])):
        if one["id"] in wanted or one["parentid"] in wanted:
            wanted.add(one["id"])
            found.append(one)
    return found


def users(corp: Corp, args: Json) -> Json:
    """user/simplelist: those of one department, or with fetch_child those below too."""
    number = int(args.get("department_id", 0))
    wanted = {one["id"] for one in _below(corp, number)} if args.get("fetch_child") else {number}
    if number not in corp.departments:
        raise Refusal(60003, "department not found")
    found = [
        {"userid": one.userid, "name": one.name, "department": one.departments}
        for one in corp.all_members()
        if one.visible and one.status != 5 and wanted & set(one.departments)
    ]
    return {"userlist": found}


def user(corp: Corp, args: Json) -> Json:
    """user/get: no phone and no avatar for apps made since 2022-06-20."""
    found = corp.member(str(args.get("userid", "")))
    if found is None:
        raise Refusal(60111, "userid not found")
    if not found.visible:
        raise Refusal(60011, "no privilege to access/modify contact/party/agent")
    return {
        "userid": found.userid,
        "name": found.name,
        "department": found.departments,
        "status": found.status,
        "position": "",
        "main_department": found.departments[0],
        "is_leader_in_dept": [0 for _ in found.departments],
    }


def user_ids(corp: Corp, body: Json) -> Json:
    """user/list_id, with the secret of the contact sync only."""
    start, limit = int(body.get("cursor") or 0), int(body.get("limit") or 10_000)
    if limit > 10_000:
        raise Refusal(40058, "invalid Request Parameter: limit")
    pairs = [
        {"userid": one.userid, "department": number}
        for one in corp.all_members()
        if one.status != 5
        for number in one.departments
    ]
    end = start + limit
    return {
        "dept_user": pairs[start:end],
        "next_cursor": str(end) if end < len(pairs) else "",
    }


def hook_send(corp: Corp, args: Json) -> Json:
    """A group robot: its key is its only secret; 20 a minute."""
    heard = corp.hooks.get(str(args.get("key", "")))
    if heard is None:
        raise Refusal(93000, "invalid webhook url")
    recent = [one for one in heard if one["at"] > corp.now() - 60]
    if corp.rates.on and len(recent) >= 20:
        corp.journal.violation("hook")
        raise Refusal(45009, "api freq out of limit")
    body = {key: value for key, value in args.items() if key != "key"}
    made = rules.content(body, "markdown_v2")
    if body["msgtype"] == "template_card" and made.get("card_type") in rules.INTERACTIVE:
        raise Refusal(42015, "template_card: invalid card_type")
    if rules.cut(body, 4096 if "markdown" in body["msgtype"] else 2048):
        corp.journal.violation("cut", hook=True)
    heard.append({"at": corp.now(), **body})
    corp.changed()
    return {}


def addresses(corp: Corp, _: Json) -> Json:
    """Whence callbacks come."""
    return {"ip_list": ["127.0.0.1"]}
