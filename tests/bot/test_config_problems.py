"""Every mistake stops the start, names its key, and never shows the value (QUALITY F55, A33)."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import ConfigProblem, load
from bot.config_sources import variable_of
from tests.bot.test_config import EXAMPLE, _keys_of_the_model

CANARY = "canary-9f31-value"
GOOD_KEY = "k" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with rules and without a configuration."""
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(path: Path | None, environ: dict[str, str]) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as caught:
        load(path, environ)
    whole = "".join(traceback.format_exception(caught.value)) + caught.value.said()
    assert CANARY not in whole
    return caught.value


BAD = [
    ("app.language", CANARY),
    ("app.timezone", CANARY),
    ("app.timezone", "../../etc/passwd"),
    ("app.timezone", "Asia"),
    ("app.base_url", CANARY),
    ("app.base_url", f"https://user:{CANARY}@example.org"),
    ("app.base_url", f"ftp://{CANARY}.org"),
    ("app.secret_key", CANARY),
    ("app.admins", CANARY),
    ("app.admins", f'{{"{CANARY}": 1}}'),
    ("app.admins", "[" * 100_000),
    ("database.url", ""),
    ("database.url", f"mysql://root:{CANARY}@db/q"),
    ("database.url", "sqlite://"),
    ("database.url", "sqlite:///:memory:"),
    ("database.url", f"postgresql://q:{CANARY}@db:port/q"),
    ("database.url", f"postgresql://q:{CANARY}@db"),
    ("database.migrate_url", f"sqlite:///{CANARY}"),
    ("redis.url", f"http://{CANARY}"),
    ("redis.url", f"redis://:{CANARY}@host:notaport"),
    ("web.host", f"{CANARY} {CANARY}"),
    ("web.host", "999.1.1.1"),
    ("web.port", CANARY),
    ("web.port", "0"),
    ("web.port", "65536"),
    ("web.port", "8080.5"),
    ("web.port", "9" * 5000),
    ("web.playground", CANARY),
    ("web.metrics_port", CANARY),
    ("telegram.token", CANARY),
    ("telegram.api_base", CANARY),
    ("telegram.mode", CANARY),
    ("telegram.mode", "polling,webhook"),
    ("telegram.webhook_secret", CANARY + " with a space"),
    ("telegram.webhook_path", CANARY),
    ("telegram.webhook_path", "/with?question"),
    ("wecom.agent_id", CANARY),
    ("wecom.encoding_aes_key", CANARY),
    ("wecom.encoding_aes_key", "a" * 42),
    ("wecom.encoding_aes_key", "a" * 44),
    ("wecom_bot.ws_url", f"https://{CANARY}"),
    ("privacy.telegram_personal_data", CANARY),
    ("privacy.location_days", "0"),
    ("privacy.record_years", "-1"),
    ("quiet.from", CANARY),
    ("quiet.from", "24:00"),
    ("quiet.to", "7:00"),
    ("quiet.to", "22:00"),
    ("quiet.nudges_per_day", "-1"),
    ("rules.dir", CANARY),
]


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_bad_value_is_refused_and_not_shown(folder: Path, key: str, value: str) -> None:
    problem = refused(None, {variable_of(key): value})
    assert {name.split("[")[0] for name in problem.keys} == {key}


@pytest.mark.parametrize(
    "value",
    [CANARY, f"1:{CANARY}", "0:" + "A" * 44, "1:" + "A" * 42 + "==", "x:" + "A" * 43 + "=", 7],
)
def test_a_bad_key_of_personal_data_is_named_by_its_place(folder: Path, value: object) -> None:
    good = "1:" + "A" * 43 + "="
    problem = refused(None, {"QINGTUAN_PRIVACY__PII_KEYS": json.dumps([good, value])})
    assert problem.keys == ("privacy.pii_keys[1]",)


def test_a_version_of_keys_may_not_be_there_twice(folder: Path) -> None:
    listed = json.dumps(["1:" + "A" * 43 + "=", "1:" + "B" * 43 + "="])
    assert refused(None, {"QINGTUAN_PRIVACY__PII_KEYS": listed}).keys == ("privacy.pii_keys",)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f'[telegram]\ntokn = "{CANARY}"', "telegram.tokn"),
        (f'[nothing]\nx = "{CANARY}"', "nothing"),
        (f'telegram = "{CANARY}"', "telegram"),
        (f'[web]\nport = "{CANARY}"', "web.port"),
        ("[web]\nport = true", "web.port"),
        (f'[app]\nadmins = "{CANARY}"', "app.admins"),
        ("[app]\nsecret_key = 12345678901234567890123456789012345", "app.secret_key"),
    ],
)
def test_a_mistake_in_the_file_is_named(folder: Path, text: str, key: str) -> None:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    assert refused(path, {}).keys == (key,)


@pytest.mark.parametrize(
    "raw",
    [
        f'[telegram]\ntoken = "{CANARY}'.encode(),
        f"[telegram]\ntoken = {CANARY}".encode(),
        f'[telegram]\ntoken = "{CANARY}"\ntoken = "{CANARY}"'.encode(),
        b'[telegram]\ntoken = "\xff"',
    ],
)
def test_a_file_that_is_no_toml_is_named_without_its_words(folder: Path, raw: bytes) -> None:
    path = folder / "config.toml"
    path.write_bytes(raw)
    assert refused(path, {}).keys == (str(path),)


def test_a_missing_file_is_named(folder: Path) -> None:
    path = folder / "absent.toml"
    assert refused(path, {}).keys == (str(path),)


def test_a_slip_in_a_name_gets_a_hint(folder: Path) -> None:
    said = refused(None, {"QINGTUAN_TELEGRAM_TOKEN": CANARY, "QINGTUAN_WEB__PROT": CANARY}).said()
    assert "QINGTUAN_TELEGRAM__TOKEN" in said
    assert "QINGTUAN_WEB__PORT" in said


def test_an_unknown_variable_is_named(folder: Path) -> None:
    problem = refused(None, {"QINGTUAN_X__Y": CANARY})
    assert problem.keys == ("x.y",)
    assert "QINGTUAN_X__Y" in problem.said()


def test_a_wrong_variable_is_named_with_its_key(folder: Path) -> None:
    said = refused(None, {"QINGTUAN_WEB__PORT": CANARY}).said()
    assert "web.port" in said
    assert "QINGTUAN_WEB__PORT" in said


@pytest.mark.parametrize("made", ["absent", "empty", "folder", "binary", "huge"])
def test_a_secret_file_that_cannot_be_used_is_refused(folder: Path, made: str) -> None:
    path = folder / "secret"
    if made == "folder":
        path.mkdir()
    elif made != "absent":
        path.write_bytes({"empty": b"\n", "binary": b"\xff\x00", "huge": b"x" * 70_000}[made])
    problem = refused(None, {"QINGTUAN_TELEGRAM__TOKEN_FILE": str(path)})
    assert problem.keys == ("telegram.token",)
    assert "QINGTUAN_TELEGRAM__TOKEN_FILE" in problem.said()


def test_postgresql_needs_its_secrets_given(folder: Path) -> None:
    environ = {"QINGTUAN_DATABASE__URL": "postgresql://q:p@db/q"}
    assert set(refused(None, environ).keys) == {"app.secret_key", "privacy.pii_keys"}
    environ["QINGTUAN_APP__SECRET_KEY"] = GOOD_KEY
    assert refused(None, environ).keys == ("privacy.pii_keys",)
    environ["QINGTUAN_PRIVACY__PII_KEYS"] = json.dumps(["1:" + "A" * 43 + "="])
    assert load(None, environ).database.kind == "postgresql"


def test_a_webhook_needs_its_secret_and_an_address(folder: Path) -> None:
    environ = {"QINGTUAN_TELEGRAM__MODE": "webhook", "QINGTUAN_TELEGRAM__TOKEN": "1:a"}
    assert set(refused(None, environ).keys) == {"telegram.webhook_secret", "app.base_url"}
    environ["QINGTUAN_TELEGRAM__WEBHOOK_SECRET"] = "s"
    environ["QINGTUAN_APP__BASE_URL"] = "https://example.org/"
    assert load(None, environ).app.base_url == "https://example.org"


WECOM = {
    "wecom.corp_id": "ww1",
    "wecom.agent_id": "1000002",
    "wecom.secret": "s",
    "wecom.token": "t",
    "wecom.encoding_aes_key": "a" * 43,
}


@pytest.mark.parametrize("left_out", [*WECOM, None])
def test_wecom_has_all_its_credentials_or_none(folder: Path, left_out: str | None) -> None:
    environ = {variable_of(key): value for key, value in WECOM.items() if key != left_out}
    if left_out is None:
        assert load(None, environ).channels == ("wecom",)
    else:
        assert refused(None, environ).keys == (left_out,)


def test_a_schema_owner_makes_no_sense_for_sqlite(folder: Path) -> None:
    environ = {"QINGTUAN_DATABASE__MIGRATE_URL": "postgresql://o:p@db/q"}
    assert refused(None, environ).keys == ("database.migrate_url",)


def test_two_doors_may_not_share_a_path_or_a_port(folder: Path) -> None:
    environ = {
        "QINGTUAN_WECOM__CALLBACK_PATH": "/telegram/webhook",
        "QINGTUAN_WEB__METRICS_PORT": "8080",
    }
    assert set(refused(None, environ).keys) == {"wecom.callback_path", "web.metrics_port"}


def test_all_mistakes_are_named_at_once(folder: Path) -> None:
    environ = {"QINGTUAN_WEB__PORT": CANARY, "QINGTUAN_APP__LANGUAGE": CANARY, "QINGTUAN_A__B": "1"}
    assert set(refused(None, environ).keys) == {"web.port", "app.language", "a.b"}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(sorted(_keys_of_the_model())),
    value=st.text(min_size=1).map(lambda text: f"{CANARY}{text}")
    | st.from_regex(r"(postgresql|redis|https|wss|1):/?/?[!-~]{0,20}" + CANARY, fullmatch=True),
)
def test_no_value_whatever_is_shown_or_surprises(folder: Path, key: str, value: str) -> None:
    said = ""
    try:
        load(None, {variable_of(key): value})
    except ConfigProblem as problem:
        said = problem.said() + str(problem) + repr(problem)
    assert CANARY not in said


def test_the_example_still_loads_where_it_is_copied_to(folder: Path) -> None:
    path = folder / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.read_bytes())  # as Windows' editor saves it
    assert load(path, {}).web.port == 8080
