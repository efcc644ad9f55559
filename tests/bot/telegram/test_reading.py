"""Every kind of update: what event it is, and which are nobody's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram.contents import Nameless
from bot.channels.telegram.reading import read
from bot.chat import Event, Kind
from tests.bot.telegram.raw import ANN, DATE, GROUP, PRIVATE, US, message, parsed, update

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
_FORWARD = {"type": "hidden_user", "sender_user_name": "x", "date": 1}
_PHOTO = [
    {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 90},
    {"file_id": "large", "file_unique_id": "l", "width": 900, "height": 900},
]
_DOCUMENT = {"file_id": "d", "file_unique_id": "u", "file_name": "名单.xlsx", "file_size": 9}
_PLACE = {"latitude": 31.2, "longitude": 121.4}
_THERE = {"latitude": 31.2, "longitude": 121.4, "forwarded": False, "venue": False, "live": False}
_FILE = {"media": "d", "name": "名单.xlsx", "media_type": "application/octet-stream", "text": ""}
_CONTACT = {"phone_number": "1", "first_name": "x"}
_OURS = {"chat": "-1005", "title": "青年之家"}


def heard(raw: dict[str, Any], username: str | None = "OurBot") -> Event | Nameless | None:
    """What an update means."""
    return read(parsed(raw), username, NOW)


def event(raw: dict[str, Any], username: str | None = "OurBot") -> Event:
    """What an update means that means something."""
    found = heard(raw, username)
    assert isinstance(found, Event)
    return found


SAID: list[tuple[dict[str, Any], Kind, dict[str, Any]]] = [
    ({"text": "我的时长"}, Kind.TEXT, {"text": "我的时长"}),
    ({"text": "/hours"}, Kind.COMMAND, {"name": "hours", "text": ""}),
    ({"text": "/HOURS@ourbot"}, Kind.COMMAND, {"name": "hours", "text": ""}),
    ({"text": "/log 昨天\n三小时"}, Kind.COMMAND, {"name": "log", "text": "昨天\n三小时"}),
    ({"text": "/start abc_-9"}, Kind.COMMAND, {"name": "start", "text": "abc_-9"}),
    ({"text": "/start " + "x" * 65}, Kind.COMMAND, {"name": "start", "text": "x" * 65}),
    ({"text": "/start 青\0团"}, Kind.COMMAND, {"name": "start", "text": "青\0团"}),
    ({"text": "/时长"}, Kind.TEXT, {"text": "/时长"}),
    ({"text": "/补录@OurBot 昨天"}, Kind.TEXT, {"text": "/补录 昨天"}),
    ({"text": "/"}, Kind.TEXT, {"text": "/"}),
    ({"text": "/hours@OtherBot"}, Kind.COMMAND, {"name": "hours", "text": ""}),
    ({"text": "x", "forward_origin": _FORWARD}, Kind.TEXT, {"text": "x", "forwarded": True}),
    (
        {"text": "/log 9", "forward_origin": _FORWARD},
        Kind.COMMAND,
        {"name": "log", "text": "9", "forwarded": True},
    ),
    (
        {"photo": _PHOTO, "caption": "合影"},
        Kind.PHOTO,
        {"media": "large", "name": "photo.jpg", "text": "合影"},
    ),
    ({"document": _DOCUMENT}, Kind.FILE, _FILE),
    (
        {"document": {**_DOCUMENT, "file_size": 6_000_000}},
        Kind.FILE,
        {**_FILE, "too_big": True},
    ),
    (
        {"document": {**_DOCUMENT, "file_name": "../a\\b.csv"}},
        Kind.FILE,
        {**_FILE, "name": "b.csv"},
    ),
    ({"document": {"file_id": "d", "file_unique_id": "u"}}, Kind.FILE, {**_FILE, "name": "file"}),
    ({"location": _PLACE}, Kind.LOCATION, _THERE),
    ({"location": {**_PLACE, "live_period": 60}}, Kind.LOCATION, {**_THERE, "live": True}),
    (
        {"location": _PLACE, "venue": {"location": _PLACE, "title": "t", "address": "a"}},
        Kind.LOCATION,
        {**_THERE, "venue": True},
    ),
    (
        {"location": _PLACE, "forward_origin": _FORWARD},
        Kind.LOCATION,
        {**_THERE, "forwarded": True},
    ),
    ({"contact": {**_CONTACT, "user_id": 1001}}, Kind.CONTACT, {"phone": "1", "own": True}),
    ({"contact": {**_CONTACT, "user_id": 1002}}, Kind.CONTACT, {"phone": "1", "own": False}),
    ({"contact": _CONTACT}, Kind.CONTACT, {"phone": "1", "own": False}),
    ({"dice": {"emoji": "🎲", "value": 3}}, Kind.TEXT, {"text": ""}),
]


@pytest.mark.parametrize(("said", "kind", "payload"), SAID)
def test_what_is_said_in_private(said: dict[str, Any], kind: Kind, payload: dict[str, Any]) -> None:
    at = datetime.fromtimestamp(DATE, UTC)
    found = event(update(message=message(**said)))
    assert found == Event(
        "telegram", "1001", "m/1001/5", kind, {**payload, "message": "5"}, at, private=True
    )


def test_in_a_group_the_group_is_named() -> None:
    found = event(update(message=message(chat=GROUP, text="/bind@OurBot")))
    assert (found.kind, found.private, found.account) == (Kind.COMMAND, False, "1001")
    assert found.payload == {"name": "bind", "text": "", "message": "5", **_OURS}
    assert found.key == "m/-1005/5"


def test_a_command_with_a_name_waits_until_we_know_ours() -> None:
    raw = update(message=message(chat=GROUP, text="/hours@OurBot"))
    assert isinstance(heard(raw, None), Nameless)
    assert event(raw).kind is Kind.COMMAND
    assert event(update(message=message(text="/hours@OurBot")), None).kind is Kind.COMMAND


NOBODYS: list[dict[str, Any]] = [
    update(message=message(chat=GROUP, text="/hours@OtherBot")),
    update(message=message(chat=GROUP, text="/时长@OtherBot")),
    update(message=message(chat=GROUP, sender_chat=GROUP, text="/roll")),  # an anonymous admin
    update(message=message(chat=GROUP, sender_chat={"id": -1, "type": "channel"}, text="/roll")),
    update(message=message(**{"from": None}, text="/roll")),
    update(message=message(**{"from": {**ANN, "is_bot": True}}, text="/roll")),
    update(message=message(via_bot=US, text="/roll")),
    update(message=message(**{"from": {**ANN, "id": -5}}, text="x")),
    update(message=message(**{"from": {**ANN, "id": 2**60}}, text="x")),
    update(message=message(chat=GROUP, dice={"emoji": "🎲", "value": 3})),
    update(message=message(chat=GROUP, text="我们几点集合？")),  # not ours to keep
    update(message=message(chat=GROUP, text="/时长")),
    update(message=message(chat=GROUP, location=_PLACE)),
    update(message=message(chat=GROUP, contact={**_CONTACT, "user_id": 1001})),
    update(message=message(chat=GROUP, document=_DOCUMENT)),
    update(edited_message=message(chat=GROUP, text="八点", edit_date=DATE)),
    update(message=message(chat=GROUP, new_chat_members=[ANN])),
    update(message=message(chat=GROUP, left_chat_member=ANN)),
    update(message=message(chat=GROUP, new_chat_title="x")),
    update(message=message(location={"latitude": 91.0, "longitude": 0.0})),
    update(edited_message=message(location=_PLACE, edit_date=DATE)),  # it wanders
    update(edited_message=message(sender_chat=GROUP, text="x", edit_date=DATE)),
    update(channel_post=message(text="x")),
    update(callback_query={"id": "1", "from": ANN, "chat_instance": "1", "data": "x"}),  # inline
    update(callback_query={"id": "1", "from": ANN, "chat_instance": "1", "message": message()}),
    update(inline_query={"id": "1", "from": ANN, "query": "x", "offset": ""}),
    update(
        poll_answer={"poll_id": "1", "user": ANN, "option_ids": [1], "option_persistent_ids": []}
    ),
    update(of_the_future={"x": 1}),
    update(),
]


@pytest.mark.parametrize("raw", NOBODYS)
def test_what_is_nobodys(raw: dict[str, Any]) -> None:
    assert heard(raw) is None


def _press(**more: Any) -> dict[str, Any]:
    return update(
        callback_query={
            "id": "77",
            "from": ANN,
            "chat_instance": "1",
            "data": "token",
            "message": message(**{"from": US}),
            **more,
        }
    )


def test_a_press() -> None:
    found = event(_press())
    payload = {"token": "token", "message": "5"}
    assert found == Event("telegram", "1001", "c/77", Kind.BUTTON, payload, NOW, private=True)


def test_a_press_below_a_message_that_nobody_can_see_any_more() -> None:
    found = event(_press(message={"chat": PRIVATE, "message_id": 5, "date": 0}))
    assert found.payload == {"token": "token", "message": "5"}


def test_a_press_in_a_group() -> None:
    found = event(_press(message=message(chat=GROUP, **{"from": US})))
    assert not found.private
    assert found.payload == {"token": "token", "message": "5", **_OURS}


def test_an_edit_names_what_it_changes() -> None:
    raw = update(edited_message=message(text="改了", edit_date=DATE + 60))
    found = event(raw)
    assert (found.kind, found.key) == (Kind.EDITED, f"e/1001/5/{raw['update_id']}")
    assert found.payload == {"text": "改了", "of": "m/1001/5", "message": "5"}
    assert found.at == datetime.fromtimestamp(DATE + 60, UTC)


def _member(status: str) -> dict[str, Any]:
    return {"status": status, "user": US, "until_date": 0} | (
        {"is_member": True} | dict.fromkeys(_RIGHTS, False) if status == "restricted" else {}
    )


_RIGHTS = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos"),
    *("can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls"),
    *("can_send_other_messages", "can_add_web_page_previews", "can_change_info"),
    *("can_invite_users", "can_pin_messages", "can_manage_topics", "can_edit_tag"),
    "can_react_to_messages",
)


def _membership(old: str, new: str, chat: dict[str, Any], who: dict[str, Any] = ANN) -> Any:
    return update(
        my_chat_member={
            "chat": chat,
            "from": who,
            "date": DATE,
            "old_chat_member": _member(old),
            "new_chat_member": _member(new),
        }
    )


@pytest.mark.parametrize(
    ("old", "new", "chat", "kind"),
    [
        ("member", "kicked", PRIVATE, Kind.LEFT),
        ("kicked", "member", PRIVATE, Kind.JOINED),
        ("left", "member", GROUP, Kind.JOINED),
        ("left", "restricted", GROUP, Kind.JOINED),
        ("member", "left", GROUP, Kind.LEFT),
        ("member", "kicked", GROUP, Kind.LEFT),
    ],
)
def test_who_lets_us_in_and_who_throws_us_out(
    old: str, new: str, chat: dict[str, Any], kind: Kind
) -> None:
    raw = _membership(old, new, chat)
    found = event(raw)
    assert (found.kind, found.account) == (kind, "1001")
    assert found.private is (chat is PRIVATE)
    assert found.payload == ({} if chat is PRIVATE else _OURS)
    assert found.key == f"s/{raw['update_id']}/{DATE}"


def test_a_promotion_changes_nothing_and_a_channel_is_not_ours() -> None:
    assert heard(_membership("member", "left", {"id": -9, "type": "channel", "title": "c"})) is None
    assert heard(_membership("member", "restricted", GROUP)) is None


def test_an_anonymous_admin_who_puts_us_into_a_group_is_nobody() -> None:
    found = event(_membership("left", "member", GROUP, {**ANN, "is_bot": True, "id": 1087968824}))
    assert found.account == "-1005"


def test_both_service_messages_of_a_migration_are_one_event() -> None:
    old = {"id": -5, "type": "group", "title": "g"}
    first = event(update(message=message(chat=old, migrate_to_chat_id=-1005)))
    other = event(update(message=message(chat=GROUP, migrate_from_chat_id=-5, **{"from": None})))
    assert (first.kind, first.account, first.payload) == (Kind.MOVED, "-5", {"to": "-1005"})
    assert (first.key, first.account, first.payload) == (other.key, other.account, other.payload)


def test_numbers_of_updates_that_begin_anew_make_no_old_keys() -> None:
    """F21: the same update_id twice, about two things."""
    one, two = (update(message=message(message_id=number, text="x")) for number in (5, 6))
    assert event({**one, "update_id": 1}).key != event({**two, "update_id": 1}).key
    edits = [update(edited_message=message(message_id=n, text="x", edit_date=1)) for n in (5, 6)]
    assert event({**edits[0], "update_id": 1}).key != event({**edits[1], "update_id": 1}).key
