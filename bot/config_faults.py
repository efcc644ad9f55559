"""From what pydantic found, and from keys that contradict each other, to problems in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bot.config_problems import BadValue, Fault, Problem
from bot.config_sources import Known
from bot.config_values import is_postgresql, pii_key

if TYPE_CHECKING:
    from bot.config import Config

_FAULTS: Mapping[str, Fault] = {
    "bool_parsing": Fault.NOT_YES_NO,
    "bool_type": Fault.NOT_YES_NO,
    "greater_than_equal": Fault.TOO_SMALL,
    "int_from_float": Fault.NOT_WHOLE_NUMBER,
    "int_parsing": Fault.NOT_WHOLE_NUMBER,
    "int_parsing_size": Fault.NOT_WHOLE_NUMBER,
    "int_type": Fault.NOT_WHOLE_NUMBER,
    "less_than_equal": Fault.TOO_BIG,
    "literal_error": Fault.NOT_CHOICE,
    "model_type": Fault.NOT_SECTION,
    "path_type": Fault.NOT_TEXT,
    "string_type": Fault.NOT_TEXT,
    "tuple_type": Fault.NOT_LIST,
}
_LIMITS = ("ge", "le", "expected")  # the only parts of pydantic's context that are ours


def problems_of(
    error: ValidationError, known: Known, origins: Mapping[str, str]
) -> Iterator[Problem]:
    """Each error as a problem; pydantic's own sentences and inputs are not looked at."""
    for found in error.errors(include_url=False, include_input=False):
        key = _dotted(found["loc"])
        origin = origins.get(".".join(map(str, found["loc"][:2])), "")
        if found["type"] == "extra_forbidden":
            yield known.unknown(key, origin)
            continue
        context: Mapping[str, Any] = found.get("ctx", {})
        limits = tuple((name, _plain(context[name])) for name in _LIMITS if name in context)
        yield Problem(key, _fault(found["type"], context), (*limits, ("key", key)), origin)


def _plain(limit: object) -> str:
    """The limit, a list of choices without the English "or"."""
    return str(limit).replace(", ", " / ").replace(" or ", " / ")


def _fault(kind: str, context: Mapping[str, Any]) -> Fault:
    ours = context.get("error")
    if isinstance(ours, BadValue):
        return ours.fault
    return _FAULTS.get(kind, Fault.NOT_UNDERSTOOD)


def _dotted(places: tuple[int | str, ...]) -> str:
    """("app", "admins", 0) is `app.admins[0]`."""
    key = ""
    for place in places:
        key += f"[{place}]" if isinstance(place, int) else f".{place}"
    return key.removeprefix(".")


def contradictions(config: Config) -> list[Problem]:
    """Keys that are right by themselves and wrong together."""
    checks: tuple[Callable[[Config], Iterator[Problem]], ...] = (
        _postgresql,
        _web,
        _telegram,
        _wecom,
        _pii_versions,
        _quiet,
        _rules,
    )
    return [problem for check in checks for problem in check(config)]


def _postgresql(config: Config) -> Iterator[Problem]:
    if config.database.kind == "postgresql":
        if not config.app.secret_key.get_secret_value():
            yield Problem("app.secret_key", Fault.NEEDED_WITH_POSTGRESQL)
        if not config.privacy.pii_keys:
            yield Problem("privacy.pii_keys", Fault.NEEDED_WITH_POSTGRESQL)
    elif is_postgresql(config.database.migrate_url.get_secret_value()):
        yield Problem("database.migrate_url", Fault.MIGRATE_URL)


def _web(config: Config) -> Iterator[Problem]:
    if config.web.metrics_port == config.web.port:
        yield Problem("web.metrics_port", Fault.SAME_AS, (("other", "web.port"),))
    if config.telegram.webhook_path == config.wecom.callback_path:
        yield Problem("wecom.callback_path", Fault.SAME_AS, (("other", "telegram.webhook_path"),))


def _telegram(config: Config) -> Iterator[Problem]:
    if config.telegram.mode != "webhook":
        return
    if not config.telegram.webhook_secret.get_secret_value():
        yield Problem("telegram.webhook_secret", Fault.NEEDED_WITH_WEBHOOK)
    if config.telegram.token.get_secret_value() and not config.app.base_url:
        yield Problem("app.base_url", Fault.NEEDED_WITH_WEBHOOK)


def _wecom(config: Config) -> Iterator[Problem]:
    wecom, bot = config.wecom, config.wecom_bot
    yield from _all_or_none(
        {
            "wecom.corp_id": wecom.corp_id,
            "wecom.agent_id": wecom.agent_id,
            "wecom.secret": wecom.secret.get_secret_value(),
            "wecom.token": wecom.token.get_secret_value(),
            "wecom.encoding_aes_key": wecom.encoding_aes_key.get_secret_value(),
        }
    )
    yield from _all_or_none(
        {"wecom_bot.bot_id": bot.bot_id, "wecom_bot.secret": bot.secret.get_secret_value()}
    )


def _all_or_none(credentials: Mapping[str, str | int | None]) -> Iterator[Problem]:
    if any(credentials.values()):
        for key, value in credentials.items():
            if not value:
                yield Problem(key, Fault.NEEDED_WITH_OTHERS)


def _pii_versions(config: Config) -> Iterator[Problem]:
    versions = [pii_key(key.get_secret_value())[0] for key in config.privacy.pii_keys]
    if len(set(versions)) < len(versions):
        yield Problem("privacy.pii_keys", Fault.PII_VERSION_TWICE)


def _quiet(config: Config) -> Iterator[Problem]:
    if config.quiet.begins == config.quiet.ends:
        yield Problem("quiet.to", Fault.QUIET_EMPTY)


def _rules(config: Config) -> Iterator[Problem]:
    if not config.rules.dir.is_dir():
        yield Problem("rules.dir", Fault.RULES_MISSING)
