"""Cards to choose from where there are too many buttons: one list, or up to three. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.wecom import limits
from bot.channels.wecom.heard import NONE, SUBMIT
from bot.channels.wecom.parts import Body, Labels
from bot.chat import Button

_PER_LIST = limits.LIST_OPTIONS - 1  # one option of each list means: nothing in this one
MOST = limits.LISTS * _PER_LIST
_NOTHING = "—"


def selection(head: Body, buttons: Sequence[Button], labels: Labels) -> Body | None:
    """The card below this head; None if there are too many for any."""
    if len(buttons) <= limits.OPTIONS:
        return {**head, **_vote(buttons), **_submit(labels)}
    if len(buttons) <= MOST:
        return {**head, "card_type": "multiple_interaction", **_lists(buttons), **_submit(labels)}
    return None


def _vote(buttons: Sequence[Button]) -> Body:
    options = [{**_option(button), "is_checked": False} for button in buttons]
    return {"checkbox": {"question_key": "choice", "mode": 0, "option_list": options}}


def _lists(buttons: Sequence[Button]) -> Body:
    """A list shows its first option until another is taken: so the first means nothing."""
    made = []
    for start in range(0, len(buttons), _PER_LIST):
        part = buttons[start : start + _PER_LIST]
        nothing = {"id": f"{NONE}{start}", "text": _NOTHING}
        made.append(
            {
                "question_key": f"choice-{start}",
                "title": f"{start + 1}–{start + len(part)}",  # from to
                "selected_id": nothing["id"],
                "option_list": [nothing, *(_option(button) for button in part)],
            }
        )
    return {"select_list": made}


def _submit(labels: Labels) -> Body:
    return {"submit_button": {"text": labels.submit, "key": SUBMIT}}


def _option(button: Button) -> Body:
    return {"id": button.token, "text": button.label}
