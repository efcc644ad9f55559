"""Where configuration comes from, and that its defaults are what the example says."""

from __future__ import annotations

import base64
import itertools
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, find, load
from bot.config_sources import variable_of

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = PROJECT / "config.example.toml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with rules and without a configuration."""
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _keys_of_the_model() -> set[str]:
    keys = set()
    for section, table in Config.model_fields.items():
        fields: dict[str, Any] = table.annotation.model_fields  # type: ignore[union-attr]  # a section
        keys |= {f"{section}.{field.alias or name}" for name, field in fields.items()}
    return keys


def test_the_example_has_every_key_and_every_default(folder: Path) -> None:
    copied = _write(folder, EXAMPLE.read_text(encoding="utf-8"))
    assert load(copied, {}) == load(None, {})
    tables = tomllib.loads(copied.read_text(encoding="utf-8"))
    written = {f"{section}.{key}" for section, table in tables.items() for key in table}
    assert written == _keys_of_the_model()


def test_every_key_of_the_example_has_its_reason_on_the_line_above() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for above, line in itertools.pairwise(lines)
        if " = " in line and not line.startswith("#") and not above.startswith("# ")
    ]
    assert bare == []


def test_the_defaults_are_those_of_the_contract(folder: Path) -> None:
    config = load(None, {})
    assert config.app.timezone.key == "Asia/Shanghai"
    assert config.database.sqlite_path == folder / "data" / "qingtuan.db"
    assert (config.web.host, config.web.port, config.web.playground) == ("127.0.0.1", 8080, "auto")
    assert config.telegram.mode == "polling"
    assert config.telegram.webhook_path == "/telegram/webhook"
    assert config.wecom.callback_path == "/wecom/callback"
    assert (config.quiet.begins, config.quiet.ends) == (time(22), time(7))
    assert config.quiet.nudges_per_day == 2
    assert config.privacy.model_dump(exclude={"pii_keys", "telegram_personal_data"}) == {
        "location_days": 30,
        "photo_days": 90,
        "inbox_days": 7,
        "record_years": 10,
    }
    assert config.rules.dir == folder / "rules"


def test_each_source_is_stronger_than_the_one_before(folder: Path) -> None:
    variable = variable_of("telegram.token")
    assert load(None, {}).telegram.token.get_secret_value() == ""
    path = _write(folder, '[telegram]\ntoken = "1:file"\nwebhook_path = "/kept"')
    assert load(path, {}).telegram.token.get_secret_value() == "1:file"
    environ = {variable: "1:environment"}
    assert load(path, environ).telegram.token.get_secret_value() == "1:environment"
    (folder / "secret").write_text("1:secret\n", encoding="utf-8")
    environ[variable + "_FILE"] = str(folder / "secret")
    strongest = load(path, environ)
    assert strongest.telegram.token.get_secret_value() == "1:secret"
    assert strongest.telegram.webhook_path == "/kept"


def test_lists_in_the_environment_are_json(folder: Path) -> None:
    config = load(None, {"QINGTUAN_APP__ADMINS": '["telegram:1001", "wecom:zhangsan"]'})
    assert config.app.admins == ("telegram:1001", "wecom:zhangsan")


def test_kinds_other_than_text_are_read_from_the_environment(folder: Path) -> None:
    config = load(
        None,
        {
            "QINGTUAN_WEB__PORT": "9090",
            "QINGTUAN_WEB__METRICS_PORT": "",
            "QINGTUAN_PRIVACY__TELEGRAM_PERSONAL_DATA": "true",
            "QINGTUAN_QUIET__FROM": "21:30",
            "QINGTUAN_WECOM_BOT__BOT_ID": "b",
            "QINGTUAN_WECOM_BOT__SECRET": "s",
        },
    )
    assert (config.web.port, config.web.metrics_port) == (9090, None)
    assert config.privacy.telegram_personal_data is True
    assert config.quiet.begins == time(21, 30)
    assert config.channels == ("wecom-bot",)


def test_relative_paths_start_at_the_folder_of_the_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "my-rules").mkdir()
    (elsewhere / "token").write_text("7:from-a-file", encoding="utf-8")
    path = _write(elsewhere, '[database]\nurl = "sqlite:///d/q.db"\n[rules]\ndir = "my-rules"')
    config = load(path, {"QINGTUAN_TELEGRAM__TOKEN_FILE": "token"})
    assert config.database.sqlite_path == elsewhere / "d" / "q.db"
    assert config.rules.dir == elsewhere / "my-rules"
    assert config.telegram.token.get_secret_value() == "7:from-a-file"
    assert config.secrets_folder == elsewhere / "data" / "secrets"


def test_an_absolute_database_stays_where_it_is(folder: Path) -> None:
    config = load(None, {"QINGTUAN_DATABASE__URL": "sqlite:////somewhere/else.db"})
    assert config.database.sqlite_path == Path("/somewhere/else.db")


def test_the_usual_file_is_found_and_a_named_one_wins(folder: Path) -> None:
    assert find(None, folder) is None
    usual = _write(folder, "")
    assert find(None, folder) == usual
    assert find(folder / "other.toml", folder) == folder / "other.toml"


@pytest.mark.parametrize(
    "name",
    ["QINGTUAN_TEST_POSTGRES_URL", "QINGTUAN_TEST_X__Y", "QINGTUAN_SERVICE_HOST", "PATH"],
)
def test_variables_that_are_not_ours_are_left_alone(folder: Path, name: str) -> None:
    assert load(None, {name: "x"}) == load(None, {})


def test_the_port_that_kubernetes_announces_is_not_a_slip(folder: Path) -> None:
    announced = {"QINGTUAN_WEB_PORT": "tcp://10.0.0.7:80"}
    assert load(None, announced).web.port == 8080


@pytest.mark.parametrize(
    ("environ", "on"),
    [
        ({}, True),
        ({"QINGTUAN_TELEGRAM__TOKEN": "1:a"}, False),
        ({"QINGTUAN_WECOM_BOT__BOT_ID": "b", "QINGTUAN_WECOM_BOT__SECRET": "s"}, False),
        ({"QINGTUAN_TELEGRAM__TOKEN": "1:a", "QINGTUAN_WEB__PLAYGROUND": "on"}, True),
        ({"QINGTUAN_WEB__PLAYGROUND": "off"}, False),
    ],
)
def test_the_playground_is_on_while_no_real_channel_is(
    folder: Path, environ: dict[str, str], on: bool
) -> None:
    assert load(None, environ).playground is on


def test_the_first_key_encrypts_and_the_others_still_decrypt(folder: Path) -> None:
    new, old = b"n" * 32, b"o" * 32
    words = [f"{version}:{base64.b64encode(key).decode()}" for version, key in ((2, new), (1, old))]
    listed = '["' + '", "'.join(words) + '"]'
    assert load(None, {"QINGTUAN_PRIVACY__PII_KEYS": listed}).pii_keyring == ((2, new), (1, old))


def test_secrets_are_listed_in_every_form_that_a_log_might_show(folder: Path) -> None:
    key = "A" * 43 + "="
    config = load(
        None,
        {
            "QINGTUAN_APP__SECRET_KEY": "k" * 32,
            "QINGTUAN_PRIVACY__PII_KEYS": f'["1:{key}"]',
            "QINGTUAN_TELEGRAM__TOKEN": "1001:token",
            "QINGTUAN_REDIS__URL": "redis://:p%40ss@cache/0",
        },
    )
    assert config.secrets() == {
        "k" * 32,
        f"1:{key}",
        key,
        "1001:token",
        "token",
        "redis://:p%40ss@cache/0",
        "p%40ss",
        "p@ss",
    }


def test_nothing_secret_is_shown_when_a_configuration_is_printed(folder: Path) -> None:
    canary = "CANARYcanary0123456789CANARYcanary012345678"
    config = load(
        None,
        {
            "QINGTUAN_APP__SECRET_KEY": canary,
            "QINGTUAN_DATABASE__URL": f"postgresql://q:{canary}@db/q",
            "QINGTUAN_DATABASE__MIGRATE_URL": f"postgresql://o:{canary}@db/q",
            "QINGTUAN_REDIS__URL": f"redis://:{canary}@cache/0",
            "QINGTUAN_PRIVACY__PII_KEYS": f'["1:{canary}="]',
            "QINGTUAN_TELEGRAM__TOKEN": f"1:{canary}",
            "QINGTUAN_TELEGRAM__WEBHOOK_SECRET": canary,
            "QINGTUAN_WECOM__CORP_ID": "corp",
            "QINGTUAN_WECOM__AGENT_ID": "1000002",
            "QINGTUAN_WECOM__SECRET": canary,
            "QINGTUAN_WECOM__TOKEN": canary,
            "QINGTUAN_WECOM__ENCODING_AES_KEY": canary,
            "QINGTUAN_WECOM_BOT__BOT_ID": "bot",
            "QINGTUAN_WECOM_BOT__SECRET": canary,
        },
    )
    for shown in (repr(config), str(config), str(config.model_dump()), config.model_dump_json()):
        assert canary not in shown


def test_the_shipped_rules_are_used_where_there_are_none(folder: Path) -> None:
    """An installed wheel runs from any folder; a folder that was named has to be there."""
    (folder / "rules").rmdir()
    assert load(None, {}).rules.dir == PROJECT / "rules"
