"""The configuration: defaults < config.toml < environment < secret files, checked at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_origin

from pydantic import PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config_faults import contradictions, problems_of
from bot.config_problems import ConfigProblem
from bot.config_secrets import kept_pii_keys, kept_secret_key
from bot.config_sections import (
    App,
    Database,
    Privacy,
    Quiet,
    Redis,
    Rules,
    Section,
    Telegram,
    Web,
    Wecom,
    WecomBot,
)
from bot.config_sources import Known, from_environment, from_file
from bot.config_values import forms_of_secret, pii_key

__all__ = ["Config", "ConfigProblem", "find", "load", "with_secrets"]

FILE_NAME = "config.toml"
_SHIPPED_RULES = Path(__file__).resolve().parent.parent / "rules"


@dataclass(frozen=True)
class _Origin:
    """Where a configuration was read; two that say the same are equal wherever they stood."""

    file: Path | None = field(default=None, compare=False)


class Config(BaseSettings):
    """Everything an operator can set. Paths are absolute, secrets are masked, nothing changes."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    app: App = App()
    database: Database = Database()
    redis: Redis = Redis()
    web: Web = Web()
    telegram: Telegram = Telegram()
    wecom: Wecom = Wecom()
    wecom_bot: WecomBot = WecomBot()
    privacy: Privacy = Privacy()
    quiet: Quiet = Quiet()
    rules: Rules = Rules()

    _folder: Path = PrivateAttr(default_factory=Path.cwd)
    _origin: _Origin = PrivateAttr(default_factory=_Origin)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing is read behind our back: `load` brings every layer itself."""
        return (init_settings,)

    @classmethod
    def of(cls, layers: tuple[Mapping[str, object], ...], folder: Path) -> Config:
        """Check the layers (the strongest first) and place relative paths under `folder`."""

        class Layered(cls):  # type: ignore[misc, valid-type]  # pydantic-settings takes sources by class
            @classmethod
            def settings_customise_sources(
                cls, settings_cls: type[BaseSettings], **_: Any
            ) -> tuple[PydanticBaseSettingsSource, ...]:
                return tuple(InitSettingsSource(settings_cls, dict(layer)) for layer in layers)

        layered = Layered()
        sections = {name: getattr(layered, name) for name in cls.model_fields}
        sections["database"] = layered.database.resolved(folder)
        sections["rules"] = Rules(dir=_rules_folder(layered.rules.dir, folder))
        config = cls.model_construct(**sections)
        config._folder = folder  # noqa: SLF001 - of our own class, while it is made
        return config

    @property
    def folder(self) -> Path:
        """Where relative paths start: the folder of the file, or the working directory."""
        return self._folder

    @property
    def file(self) -> Path | None:
        """The file that it was read from, if any: a renewed secret is read there again."""
        return self._origin.file

    @property
    def secrets_folder(self) -> Path:
        """Where generated secrets are kept (embedded default only)."""
        return self._folder / "data" / "secrets"

    @property
    def channels(self) -> tuple[str, ...]:
        """The real channels that have credentials, by the names of accounts."""
        having = {
            "telegram": self.telegram.token.get_secret_value(),
            "wecom": self.wecom.corp_id,
            "wecom-bot": self.wecom_bot.bot_id,
        }
        return tuple(name for name, credential in having.items() if credential)

    @property
    def playground(self) -> bool:
        """Whether the playground is on; "auto": while no real channel has credentials."""
        if self.web.playground == "auto":
            return not self.channels
        return self.web.playground == "on"

    @property
    def pii_keyring(self) -> tuple[tuple[int, bytes], ...]:
        """(version, 32 bytes), the encrypting key first; the others still decrypt."""
        return tuple(pii_key(key.get_secret_value()) for key in self.privacy.pii_keys)

    def secrets(self) -> frozenset[str]:
        """Every secret as it might turn up in a log: whole, and the part that matters by itself."""
        found = set()
        for section in Config.model_fields:
            for _, value in getattr(self, section):
                for one in value if isinstance(value, tuple) else (value,):
                    if isinstance(one, SecretStr):
                        found |= forms_of_secret(one.get_secret_value())
        return frozenset(found)


def find(given: Path | None, folder: Path) -> Path | None:
    """The file to load: the one that was named, else `config.toml` in `folder`, else none."""
    if given is not None:
        return given
    usual = folder / FILE_NAME
    return usual if usual.is_file() else None


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read and check everything; writes nothing. Raises `ConfigProblem` naming every wrong key."""
    folder = path.absolute().parent if path else Path.cwd()
    in_file, problems = from_file(path) if path else ({}, [])
    known = _known()
    plain, secret = from_environment(environ, known, folder)
    problems += plain.problems + secret.problems
    try:
        config = Config.of((secret.values, plain.values, in_file), folder)
    except ValidationError as error:
        found = problems_of(error, known, {**plain.origins, **secret.origins})
        raise ConfigProblem((*problems, *found)) from None
    problems += contradictions(config)
    if problems:
        raise ConfigProblem(tuple(problems))
    config._origin = _Origin(path)  # noqa: SLF001 - of our own class, while it is made
    return config


def with_secrets(config: Config) -> Config:
    """Fill empty `secret_key` and `pii_keys` from `data/secrets/`, made there once if missing.

    Only for the embedded database (`load` has refused the others). Raises `ConfigProblem`.
    """
    app, privacy = config.app, config.privacy
    if not app.secret_key.get_secret_value():
        key = kept_secret_key(config.secrets_folder)
        app = app.model_copy(update={"secret_key": SecretStr(key)})
    if not privacy.pii_keys:
        keys = kept_pii_keys(config.secrets_folder)
        privacy = privacy.model_copy(update={"pii_keys": tuple(map(SecretStr, keys))})
    return config.model_copy(update={"app": app, "privacy": privacy})


def _rules_folder(given: Path, folder: Path) -> Path:
    """The default falls back to the rules that are shipped, so that a wheel works anywhere."""
    placed = folder / given
    usual = given == Rules.model_fields["dir"].default
    return _SHIPPED_RULES if usual and not placed.is_dir() else placed


def _known() -> Known:
    keys, lists = set(), set()
    for section, table in Config.model_fields.items():
        kind = cast("type[Section]", table.annotation)
        for name, entry in kind.model_fields.items():
            key = f"{section}.{entry.alias or name}"
            keys.add(key)
            if get_origin(entry.annotation) is tuple:
                lists.add(key)
    return Known(frozenset(keys), frozenset(lists))
