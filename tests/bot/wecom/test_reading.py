"""Every message and event of PLATFORMS section 2 and what it means to us; F19."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.wecom.happening import KNOWN
from bot.channels.wecom.heard import SUBMIT, Change, Foreign, Idle, Notice
from bot.chat import Event, Kind
from tests.bot.wecom.inbound import AT, event_of, heard, opened
from tests.emulators.wecom.letters import NOW, change, event, message

ME = "zhangsan"
CODE = "A" * 20


def _message(kind: str, **fields: Any) -> tuple[Kind, dict[str, Any]]:
    found = event_of(opened(message(kind, MsgId=7, CreateTime=NOW, **fields)))
    assert (found.channel, found.account, found.key) == ("wecom", ME, "m/7")
    assert (found.at, found.private) == (AT, True)
    payload = dict(found.payload)
    assert payload.pop("message") == "7"
    return found.kind, payload


def test_messages() -> None:
    assert _message("text", Content="  上周六三小时 \n") == (Kind.TEXT, {"text": "上周六三小时"})
    assert _message("text", Content="") == (Kind.TEXT, {"text": ""})
    image = _message("image", PicUrl="https://example.org/x", MediaId="M1")
    assert image == (Kind.PHOTO, {"media": "M1", "name": "photo.jpg", "text": ""})
    assert _message("voice", MediaId="M2", Format="amr") == (Kind.TEXT, {"text": "", "media": "M2"})
    video = _message("video", MediaId="M3", ThumbMediaId="M4")
    assert video == (Kind.TEXT, {"text": "", "media": "M3"})
    link = _message("link", Title="t", Description="d", Url="https://a.b/", PicUrl="p")
    assert link == (Kind.TEXT, {"text": "", "url": "https://a.b/", "title": "t"})
    file = _message("file", MediaId="M5", FileName="..\\a/名单.xlsx")
    assert file == (Kind.FILE, {"media": "M5", "name": "名单.xlsx", "text": ""})


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/help", "help", ""),
        ("/LOG 昨天\n三小时", "log", "昨天\n三小时"),
        ("/start ABC", "start", "ABC"),
    ],
)
def test_commands(text: str, name: str, rest: str) -> None:
    assert _message("text", Content=text) == (Kind.COMMAND, {"name": name, "text": rest})


def test_a_word_with_a_slash_is_a_word() -> None:
    assert _message("text", Content="/时长") == (Kind.TEXT, {"text": "/时长"})


def test_a_place_on_a_chinese_map_is_one_on_the_globe() -> None:
    fields = {"Location_X": 31.2285, "Location_Y": "121.4755", "Scale": 15, "Label": "人民广场"}
    kind, payload = _message("location", **fields)
    assert kind is Kind.LOCATION
    assert payload["latitude"] == pytest.approx(31.2304, abs=0.0005)
    assert payload["longitude"] == pytest.approx(121.4710, abs=0.0005)
    assert (payload["venue"], payload["forwarded"], payload["live"]) == (False, False, False)
    for bad in ("", "x", "nan", "inf", "91", "1e400"):
        assert heard(message("location", Location_X=bad, Location_Y="1")) == ()


def test_picked_on_the_map_of_the_menu() -> None:
    info = {"Location_X": "23", "Location_Y": "113", "Scale": "15", "Label": "l", "Poiname": "p"}
    found = event_of(event("location_select", EventKey="place", SendLocationInfo=info))
    assert (found.kind, found.payload["venue"]) == (Kind.LOCATION, True)
    assert heard(event("location_select", EventKey="place")) == ()


def test_coming_and_going() -> None:
    joined, greeted = heard(event("subscribe", EventKey="", CreateTime=NOW))
    assert isinstance(joined, Event)
    assert isinstance(greeted, Event)
    assert (joined.kind, joined.payload) == (Kind.JOINED, {})
    assert (greeted.kind, greeted.payload) == (Kind.MOVED, {"to": ME})
    opened_ = event_of(event("enter_agent", EventKey="", CreateTime=NOW + 60))
    assert (opened_.kind, opened_.key) == (Kind.JOINED, greeted.key)
    left = event_of(event("unsubscribe", EventKey=""))
    assert (left.kind, left.payload) == (Kind.LEFT, {})


def test_the_greeting_is_of_a_local_day() -> None:
    before, after = 1_789_919_999, 1_789_920_000  # 23:59:59 and 00:00 in China
    keys = [event_of(event("enter_agent", CreateTime=at)).key for at in (before, after)]
    assert keys == ["enter/zhangsan/2026-09-20", "enter/zhangsan/2026-09-21"]


@pytest.mark.parametrize(
    ("key", "kind", "payload"),
    [
        ("help", Kind.COMMAND, {"name": "help", "text": ""}),
        ("log 3h", Kind.COMMAND, {"name": "log", "text": "3h"}),
        ("/me", Kind.COMMAND, {"name": "me", "text": ""}),
        ("时长", Kind.TEXT, {"text": "时长"}),
        ("", Kind.TEXT, {"text": ""}),
    ],
)
def test_the_menu(key: str, kind: Kind, payload: dict[str, Any]) -> None:
    found = event_of(event("click", EventKey=key))
    assert (found.kind, found.payload) == (kind, payload)


@pytest.mark.parametrize("how", ["scancode_push", "scancode_waitmsg"])
@pytest.mark.parametrize("code", [CODE, f"https://a.b/c/{CODE}", f"http://127.0.0.1:8080/c/{CODE}"])
def test_codes_of_ours(how: str, code: str) -> None:
    info = {"ScanType": "qrcode", "ScanResult": code}
    found = event_of(event(how, EventKey="scan", ScanCodeInfo=info))
    assert (found.kind, found.payload) == (Kind.COMMAND, {"name": "start", "text": CODE})


@pytest.mark.parametrize("code", ["/forget", "注销", "https://a.b/c/x/y", "x" * 65, "a b", ""])
def test_codes_of_others_are_never_said(code: str) -> None:
    info = {"ScanType": "qrcode", "ScanResult": code}
    waiting = event("scancode_waitmsg", EventKey="scan", ScanCodeInfo=info)
    assert heard(waiting) == (Foreign(ME),)
    assert heard(event("scancode_push", EventKey="scan", ScanCodeInfo=info)) == ()


CARD = {"TaskId": "t-1", "CardType": "vote_interaction", "ResponseCode": "rc"}
PRESS = {"message": "t-1", "card": "vote_interaction", "response_code": "rc", "reads": "client"}


@pytest.mark.parametrize("kind", ["template_card_event", "template_card_menu_event"])
def test_a_press(kind: str) -> None:
    found = event_of(event(kind, EventKey="a.token", **CARD))
    assert (found.kind, found.payload) == (Kind.BUTTON, {"token": "a.token", **PRESS})


def _items(*questions: tuple[str, list[str]]) -> dict[str, Any]:
    items = [{"QuestionKey": key, "OptionIds": {"OptionId": ids}} for key, ids in questions]
    return {"SelectedItems": {"SelectedItem": items}}


@pytest.mark.parametrize("options", [["x"], ["x", "y"]])
@pytest.mark.parametrize("questions", [1, 3])
def test_what_was_selected_is_always_a_list(options: list[str], questions: int) -> None:
    asked = [(f"q{number}", options) for number in range(questions)]
    found = event_of(event("template_card_event", EventKey="k", **CARD, **_items(*asked)))
    chosen = [{"question": key, "options": ids} for key, ids in asked]
    assert found.payload == {"token": "k", **PRESS, "selected": chosen}


def test_a_submitted_selection_means_what_was_chosen() -> None:
    chosen = _items(("q", ["a.token"]))
    found = event_of(event("template_card_event", EventKey=SUBMIT, **CARD, **chosen))
    assert found.payload["token"] == "a.token"
    empty = {"SelectedItems": ""}
    found = event_of(event("template_card_event", EventKey=SUBMIT, **CARD, **empty))
    assert (found.payload["unclear"], "selected" in found.payload) == (True, False)


@pytest.mark.parametrize(
    ("chosen", "meant"),
    [
        (["none-1", "a.token", "none-3"], "a.token"),
        (["none-1", "none-2", "none-3"], None),
        (["a.token", "b.token", "none-3"], None),
    ],
)
def test_of_several_lists_just_one_choice_counts(chosen: list[str], meant: str | None) -> None:
    """Every list shows something, so that what means nothing comes along."""
    asked = _items(*((f"q{number}", [option]) for number, option in enumerate(chosen)))
    payload = event_of(event("template_card_event", EventKey=SUBMIT, **CARD, **asked)).payload
    assert payload.get("unclear", False) is (meant is None)
    assert payload["token"] == (meant or SUBMIT)


@pytest.mark.parametrize(
    ("kind", "idle"),
    [
        ("inactive_alert", Idle.WARNED),
        ("close_inactive_agent", Idle.CLOSED),
        ("reopen_inactive_agent", Idle.WELL),
        ("low_active_alert", Idle.WARNED),
        ("low_active", Idle.CLOSED),
        ("active_restored", Idle.WELL),
    ],
)
def test_what_concerns_the_operator(kind: str, idle: Idle) -> None:
    assert heard(event(kind, FromUserName="sys", EffectTime="1")) == (Notice(idle, "1"),)
    assert heard(event(kind, FromUserName="sys", AgentID=None)) == (Notice(idle),)


PICTURES = {"Count": 1, "PicList": {"item": {"PicMd5Sum": "5a75aaca956d97be686719218f275c6b"}}}
JOB = {"JobId": "j", "JobType": "sync_user", "ErrCode": 0, "ErrMsg": "ok"}
SILENT: dict[str, dict[str, Any]] = {
    "view": {"EventKey": "https://example.org/"},
    "view_miniprogram": {"EventKey": "pages/index"},
    "pic_sysphoto": {"EventKey": "photo", "SendPicsInfo": PICTURES},
    "pic_photo_or_album": {"EventKey": "photo", "SendPicsInfo": PICTURES},
    "pic_weixin": {"EventKey": "photo", "SendPicsInfo": PICTURES},
    "batch_job_result": {"FromUserName": "sys", "AgentID": None, "BatchJob": JOB},
    "open_approval_change": {"FromUserName": "sys", "ApprovalInfo": {"ThirdNo": "1"}},
    "of_the_future": {"X": "1"},
}


@pytest.mark.parametrize("kind", SILENT)
def test_what_is_heard_and_not_kept(kind: str) -> None:
    """A photo comes as a message of its own."""
    assert heard(event(kind, **SILENT[kind])) == ()


@pytest.mark.parametrize(("app", "reads"), [({"AppType": "wxwork"}, "client"), ({}, "plugin")])
def test_a_place_shows_what_somebody_reads_on(app: dict[str, str], reads: str) -> None:
    """Where they are, told without being asked, is not kept."""
    found = event_of(event("LOCATION", Latitude=23.1, Longitude=113.3, Precision=65, **app))
    assert (found.kind, found.payload) == (Kind.SEEN, {"reads": reads})
    _, payload = _message("location", Location_X=23.1, Location_Y=113.3, **app)
    assert payload["reads"] == reads
    info = {"Location_X": "23", "Location_Y": "113"}
    picked = event_of(event("location_select", EventKey="place", SendLocationInfo=info, **app))
    assert picked.payload["reads"] == reads


def test_the_address_book() -> None:
    renamed, told = heard(change("update_user", UserID="ZhangSan", NewUserID="ZhangS"))
    assert isinstance(renamed, Event)
    assert (renamed.account, renamed.kind, renamed.payload) == (ME, Kind.MOVED, {"to": "zhangs"})
    assert told == Change("update_user", ME)
    gone, told = heard(change("delete_user", UserID="ZhangSan"))
    assert isinstance(gone, Event)
    assert (gone.account, gone.kind) == (ME, Kind.LEFT)
    assert told == Change("delete_user", ME)
    assert heard(change("update_user", UserID="ZhangSan", NewUserID="zhangsan")) == (
        Change("update_user", ME),
    )


@pytest.mark.parametrize(
    ("kind", "fields", "id_"),
    [
        ("create_user", {"UserID": "LiSi", "Department": "1,2"}, "lisi"),
        ("update_user", {"UserID": "LiSi", "Department": "1"}, "lisi"),
        ("create_party", {"Id": 2, "Name": "n", "ParentId": 1, "Order": 1}, "2"),
        ("update_party", {"Id": 2}, "2"),
        ("delete_party", {"Id": 2}, "2"),
        ("update_tag", {"TagId": 3, "AddUserItems": "a,b"}, "3"),
    ],
)
def test_changes_that_are_nobodys_event(kind: str, fields: dict[str, Any], id_: str) -> None:
    assert heard(change(kind, **fields)) == (Change(kind, id_),)


def test_every_event_of_the_documents_is_known() -> None:
    assert len(KNOWN) == 24
