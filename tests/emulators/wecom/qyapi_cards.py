"""What the platform demands of messages and template cards ([D:90236]); lists are enforced."""

from __future__ import annotations

import re
from typing import Any

from tests.emulators.wecom.qyapi_faults import Json, Refusal

_TASK = re.compile(r"[0-9A-Za-z_@-]{1,128}")
INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
KINDS = INTERACTIVE | {"text_notice", "news_notice"}
_MEDIA = frozenset({"image", "voice", "video", "file"})
SHOWN = _MEDIA | {"text", "textcard", "news"}  # in the WeChat plugin too
_NEWS_BYTES = {"title": 128, "description": 512, "url": 2048, "picurl": 2048}


def size(text: Any) -> int:
    """Bytes."""
    return len(str(text).encode())


def content(body: Json, *more: str) -> Json:
    """The content of a message of a known kind (or one of `more`); raises where the API would."""
    kind = str(body.get("msgtype", ""))
    if kind not in {"text", "markdown", "textcard", "news", "template_card", *_MEDIA, *more}:
        raise Refusal(40008, "invalid message type")
    made = body.get(kind)
    if not isinstance(made, dict):
        raise Refusal(40058, f"invalid Request Parameter: missing {kind}")
    return dict(made)


def cut(body: Json, largest: int = 2048) -> bool:
    """Cut a text that is too long, as the platform does; whether it was."""
    kind = body["msgtype"]
    if kind not in ("text", "markdown", "markdown_v2"):
        return False
    words = str(body[kind].get("content", ""))
    if not words:
        raise Refusal(44004, "empty content")
    if size(words) <= largest:
        return False
    if kind != "text":
        raise Refusal(45002, "content size out of limit")
    short = words.encode()[:largest].decode("utf-8", "ignore")
    body[kind] = {**body[kind], "content": short}
    return True


def text_card(card: Json) -> None:
    """A textcard."""
    for name, most in (("title", 128), ("description", 512), ("url", 2048)):
        if not card.get(name) or size(card[name]) > most:
            raise Refusal(40058, f"invalid Request Parameter: textcard.{name}")
    if not str(card["url"]).startswith(("http://", "https://")):
        raise Refusal(40066, "invalid url")
    if len(str(card.get("btntxt", ""))) > 4:
        raise Refusal(40058, "invalid Request Parameter: textcard.btntxt")


def news(made: Json) -> None:
    """1 to 8 articles."""
    articles = made.get("articles") or []
    if not 1 <= len(articles) <= 8:
        raise Refusal(45008, "article size out of limit")
    for article in articles:
        for name, most in _NEWS_BYTES.items():
            if size(article.get(name, "")) > most:
                raise Refusal(40058, f"invalid Request Parameter: {name}")


def card(made: Json, tasks: set[str] | None, *, callback: bool) -> None:
    """A template card; `tasks` are the task ids that the app has used (None: it is an update)."""
    kind = made.get("card_type")
    if kind not in KINDS:
        raise Refusal(42015, "template_card: invalid card_type")
    if kind in INTERACTIVE and not callback:
        raise Refusal(43012, "the agent does not set callback url")
    _titled(made)
    _task(made, tasks, needed=kind in INTERACTIVE or "action_menu" in made)
    if kind in ("text_notice", "news_notice"):
        _notice(made)
    elif kind == "button_interaction":
        _buttons(made.get("button_list") or [])
    elif kind == "vote_interaction":
        _question(made.get("checkbox") or {}, 20)
        _submit(made)
    else:
        questions = made.get("select_list") or []
        if not 1 <= len(questions) <= 3:
            raise Refusal(42045, "template_card: invalid select_list")
        for question in questions:
            _question(question, 10)
        _submit(made)


def _titled(made: Json) -> None:
    title = made.get("main_title") or {}
    if not (title.get("title") or title.get("desc") or made.get("sub_title_text")):
        raise Refusal(42016, "template_card: main_title or sub_title_text needed")
    if len(made.get("horizontal_content_list") or []) > 6:
        raise Refusal(42035, "template_card: horizontal_content_list too long")


def _task(made: Json, tasks: set[str] | None, *, needed: bool) -> None:
    task = made.get("task_id")
    if task is None and not needed:
        return
    if not isinstance(task, str) or not _TASK.fullmatch(task):
        raise Refusal(42014, "template_card: invalid task_id")
    if tasks is not None and task in tasks:
        raise Refusal(42014, "template_card: task_id is used")


def _notice(made: Json) -> None:
    action = made.get("card_action") or {}
    if action.get("type") not in (1, 2) or (action["type"] == 1 and not action.get("url")):
        raise Refusal(42034, "template_card: invalid card_action")
    if len(made.get("jump_list") or []) > 3:
        raise Refusal(42036, "template_card: jump_list too long")


def _buttons(found: list[Json]) -> None:
    if not 1 <= len(found) <= 6:
        raise Refusal(42042, "template_card: invalid button_list")
    keys = set()
    for button in found:
        if not button.get("text"):
            raise Refusal(42037, "template_card: button without text")
        if button.get("type", 0) == 1:
            if not str(button.get("url", "")).startswith(("http://", "https://")):
                raise Refusal(42039, "template_card: button without url")
            continue
        key = str(button.get("key") or "")
        if not key or size(key) > 1024 or key in keys:
            raise Refusal(42038, "template_card: invalid button key")
        keys.add(key)


def _question(question: Json, most: int) -> None:
    options = question.get("option_list") or []
    if not question.get("question_key") or size(question["question_key"]) > 1024:
        raise Refusal(42046, "template_card: invalid question_key")
    if not 1 <= len(options) <= most:
        raise Refusal(42047, "template_card: invalid option_list")
    ids = [str(option.get("id") or "") for option in options]
    if len(set(ids)) < len(ids) or not all(0 < size(one) <= 128 for one in ids):
        raise Refusal(42048, "template_card: invalid option id")
    if not all(option.get("text") for option in options):
        raise Refusal(42049, "template_card: option without text")


def _submit(made: Json) -> None:
    submit = made.get("submit_button") or {}
    if not submit.get("text") or not submit.get("key") or size(submit["key"]) > 1024:
        raise Refusal(42050, "template_card: invalid submit_button")
