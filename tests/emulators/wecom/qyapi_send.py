"""message/send, update_template_card and recall."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from tests.emulators.wecom import qyapi_cards as rules
from tests.emulators.wecom.qyapi_corp import Code, Corp, Member, Message
from tests.emulators.wecom.qyapi_faults import Json, Refusal

_CHECK = ("enable_duplicate_check", "duplicate_check_interval")
CODE_SECONDS = 72 * 3600.0
RECALL_SECONDS = 24 * 3600.0


def send(corp: Corp, body: Json) -> Json:
    """[D:90236]."""
    if body.get("agentid") is None:
        raise Refusal(41011, "missing agentid")
    to, answer = _receivers(corp, body)
    made = rules.content(body)
    kind = body["msgtype"]
    if kind == "template_card":
        rules.card(made, None, callback=bool(corp.settings["callback"]))
    elif kind == "textcard":
        rules.text_card(made)
    elif kind == "news":
        rules.news(made)
    elif kind in ("image", "voice", "video", "file"):
        _media(corp, made)
    before = _repeated(corp, body)
    if before is not None:
        corp.journal.note("duplicate", msgid=before)
        return {**answer, "msgid": before}
    if kind == "template_card":
        rules.card(made, corp.tasks, callback=True)
    corp.rates.spend(len(to))
    return {**answer, **_deliver(corp, body, to)}


def _receivers(corp: Corp, body: Json) -> tuple[list[Member], Json]:
    names, parties, tags = _named(body)
    to: dict[str, Member] = {}
    invalid, unlicensed = [], []
    if names == ["@all"]:
        names, parties, tags = [], [], []
        to = {one.userid: one for one in corp.all_members() if _reachable(one)}
    for name in names:
        member = corp.member(name)
        if member is None or not _reachable(member):
            invalid.append(name.lower())
        elif not member.licensed:
            unlicensed.append(name.lower())
        else:
            to[member.userid] = member
    unknown = [one for one in parties if int(one) not in corp.departments]
    if parties:
        wanted = {int(one) for one in parties}
        found = (one for one in corp.all_members() if wanted & set(one.departments))
        to.update({one.userid: one for one in found if _reachable(one)})
    said = {
        "invaliduser": "|".join(invalid),
        "invalidparty": "|".join(unknown),
        "invalidtag": "|".join(tags),
        "unlicenseduser": "|".join(unlicensed),
    }
    if not to:
        raise Refusal(81013, "user & party & tag all invalid", **said)
    return list(to.values()), said


def _named(body: Json) -> list[list[str]]:
    named = [
        [one for one in str(body.get(field) or "").split("|") if one]
        for field in ("touser", "toparty", "totag")
    ]
    if not any(named):
        raise Refusal(82001, "all touser & toparty & totag empty")
    if len(named[0]) > 1000:
        raise Refusal(82002, "too many users")
    if len(named[1]) > 100 or len(named[2]) > 100:
        raise Refusal(82003, "too many parties or tags")
    return named


def _reachable(member: Member) -> bool:
    return member.visible and member.status in (1, 4)


def _media(corp: Corp, made: Json) -> None:
    kept = corp.media.get(str(made.get("media_id", "")))
    if kept is None or kept["until"] < corp.now():
        raise Refusal(40007, "invalid media_id")


def _repeated(corp: Corp, body: Json) -> str | None:
    """The msgid of an earlier equal request, if both asked for the check.

    What is compared is not said: the content alone, or (setting literal_duplicates) the body.
    """
    if not body.get("enable_duplicate_check"):
        return None
    interval = float(body.get("duplicate_check_interval", 1800))
    if interval > 4 * 3600:
        raise Refusal(40058, "invalid Request Parameter: duplicate_check_interval")
    literal = corp.settings["literal_duplicates"]
    what = {key: value for key, value in body.items() if literal or key not in _CHECK}
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    until, msgid = corp.checked.get(digest, (0.0, ""))
    if until > corp.now():
        return msgid
    body["_check"] = digest, corp.now() + interval  # it counts once it is delivered
    return None


def _deliver(corp: Corp, body: Json, to: list[Member]) -> Json:
    digest, until = body.pop("_check", (None, 0.0))
    if rules.cut(body):
        corp.journal.violation("cut", users=len(to))
    reached = [member for member in to if corp.rates.reaches(member)]
    _seen_by_all(corp, body["msgtype"], reached)
    number = corp.next()
    msgid = secrets.token_urlsafe(24)
    message = Message(number, msgid, body, corp.now(), [one.userid for one in reached])
    for member in reached:
        member.messages.append(message)
    corp.messages[msgid] = message
    if digest is not None:
        corp.checked[digest] = until, msgid
    corp.journal.note("delivered", msgid=msgid, users=len(reached), type=body["msgtype"])
    corp.changed()
    answer: Json = {"msgid": msgid}
    made = body.get("template_card")
    if made:
        corp.tasks.add(str(made.get("task_id")))
        if made["card_type"] in rules.INTERACTIVE or "action_menu" in made:
            answer["response_code"] = code(corp, message)
    return answer


def _seen_by_all(corp: Corp, kind: str, reached: list[Member]) -> None:
    """The WeChat plugin says of the others that it does not know them ([D:90236])."""
    blind = 0 if kind in rules.SHOWN else sum(member.plugin for member in reached)
    if blind:
        corp.journal.violation("unseen", users=blind, type=kind)


def code(corp: Corp, message: Message) -> str:
    """A fresh response code."""
    made = secrets.token_urlsafe(24)
    corp.codes[made] = Code(message, corp.now() + CODE_SECONDS)
    return made


def update(corp: Corp, body: Json) -> Json:
    """[D:94888]."""
    found = corp.codes.get(str(body.get("response_code", "")))
    if found is None or found.used or found.until < corp.now():
        raise Refusal(60140, "response_code invalid, expired or used")
    users = _updated(found, body)
    replaced = body.get("template_card")
    if replaced is not None:
        rules.card(dict(replaced), None, callback=bool(corp.settings["callback"]))
    elif not (body.get("button") or {}).get("replace_name"):
        raise Refusal(40058, "invalid Request Parameter: missing template_card or button")
    found.used = True
    invalid = [user for user in users if user not in found.message.members]
    for user in set(users) - set(invalid):
        if replaced is not None:
            found.message.cards[user] = replaced
            found.message.greyed.pop(user, None)
        else:
            found.message.greyed[user] = body["button"]["replace_name"]
    corp.changed()
    return {"invaliduser": invalid}


def _updated(found: Code, body: Json) -> list[str]:
    users = [str(one).lower() for one in body.get("userids") or []]
    if len(users) > 1000:
        raise Refusal(82002, "too many users")
    if body.get("atall"):
        users = found.message.members
    if not users:
        raise Refusal(82001, "nobody to update for")
    return users


def recall(corp: Corp, body: Json) -> Json:
    """[D:94867]: within 24 h."""
    found = corp.messages.get(str(body.get("msgid", "")))
    if found is None:
        raise Refusal(40058, "invalid Request Parameter: msgid")
    if corp.now() - found.at > RECALL_SECONDS:
        raise Refusal(42052, "message is too old to be recalled")
    found.recalled = True
    corp.changed()
    return {}


def press(corp: Corp, member: Member, told: Json) -> dict[str, Any]:
    """A member presses a button: what the platform's callback would say.

    A tap on a `task` may have left before its card was changed: then nothing need be seen.
    """
    for message in reversed(member.messages):
        made = message.card(member.userid)
        if told.get("task") not in (None, made.get("task_id")):
            continue
        for button in message.seen(member.userid).get("buttons") or []:
            fits = told.get("label") == button["text"] or told.get("key") == button.get("key")
            if fits and button.get("type", 0) == 0:
                selected = _selected(made, told.get("options") or {})
                return _pressed(corp, message, made, told, button["key"], selected)
        if told.get("task"):
            options = dict(told.get("options") or {})
            selected = [{"QuestionKey": key, "OptionIds": ids} for key, ids in options.items()]
            return _pressed(corp, message, made, told, told["key"], selected)
    raise KeyError(f"{member.userid} sees no such button")


def _pressed(
    corp: Corp, message: Message, made: Json, told: Json, key: str, selected: list[Json]
) -> Json:
    return {
        "ToUserName": told["corp"],
        "FromUserName": told["user"],
        "CreateTime": int(corp.now()),
        "MsgType": "event",
        "Event": "template_card_event",
        "AgentID": message.body["agentid"],
        "EventKey": key,
        "TaskId": made.get("task_id", ""),
        "CardType": made["card_type"],
        "ResponseCode": code(corp, message),
        "SelectedItems": selected,
    }


def _standing(made: Json, question: Json) -> list[str]:
    """What a list that nobody opened shows, and submits: `selected_id`, else its first option."""
    if not made.get("select_list"):
        return []
    ids = [one["id"] for one in question["option_list"]]
    chosen = str(question.get("selected_id", ""))
    return [chosen if chosen in ids else str(ids[0])]


def _selected(made: Json, options: Json) -> list[Json]:
    """By question key: the texts or ids of the options that were chosen."""
    asked = [made["checkbox"]] if made.get("checkbox") else list(made.get("select_list") or [])
    selected = []
    for question in asked:
        wanted = options.get(question["question_key"]) or options.get("*") or []
        chosen = [
            one["id"]
            for one in question["option_list"]
            if one["id"] in wanted or one["text"] in wanted
        ] or _standing(made, question)
        selected.append({"QuestionKey": question["question_key"], "OptionIds": chosen})
    return selected
