"""The language of an account and of its person."""

from __future__ import annotations

from services.consents import permit_own
from services.turn import Turn, note
from storage import languages
from storage.audit import Line

LANGUAGES = ("zh-CN", "en")
_WORDS = {
    "zh-cn": "zh-CN",
    "zh": "zh-CN",
    "中文": "zh-CN",
    "chinese": "zh-CN",
    "en": "en",
    "英文": "en",
    "english": "en",
}


async def choose(turn: Turn, name: str) -> bool:
    """Speak this language from now on, in this turn's answer too; False if there is none such."""
    language = _WORDS.get(name.strip().casefold())
    if language is None:
        return False
    await permit_own(turn)
    await languages.set_language(turn.tx, turn.account, language)
    turn.account.language = language
    facts = {"language": language}
    await note(turn, Line("language", "done", "accounts", turn.account.id, facts=facts))
    return True
