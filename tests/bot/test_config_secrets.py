"""Secrets that the embedded default makes: once, for its owner only, and never unasked."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from bot import config_secrets
from bot.config import Config, ConfigProblem, load, with_secrets


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The embedded default in a folder of its own."""
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    return load(None, {})


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _secrets_of(config: Config) -> tuple[str, tuple[tuple[int, bytes], ...]]:
    filled = with_secrets(config)
    return filled.app.secret_key.get_secret_value(), filled.pii_keyring


def test_loading_writes_nothing(config: Config) -> None:
    assert sorted(path.name for path in config.folder.iterdir()) == ["rules"]


def test_secrets_are_made_once_and_read_ever_after(config: Config) -> None:
    first = _secrets_of(config)
    assert _secrets_of(config) == first
    key, ((version, pii),) = first
    assert len(key) >= 32
    assert (version, len(pii)) == (1, 32)


def test_two_folders_get_different_secrets(
    config: Config, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = _secrets_of(config)
    other = tmp_path_factory.mktemp("other")
    (other / "rules").mkdir()
    monkeypatch.chdir(other)
    assert _secrets_of(load(None, {})) != here


def test_secrets_are_their_owner_s_only(config: Config) -> None:
    with_secrets(config)
    made = sorted(config.secrets_folder.iterdir())
    assert [path.name for path in made] == ["pii_keys", "secret_key"]
    assert [_mode(path) for path in made] == [0o600, 0o600]
    assert _mode(config.secrets_folder) == 0o700


def test_a_file_that_others_may_read_is_closed_again(config: Config) -> None:
    with_secrets(config)
    path = config.secrets_folder / "secret_key"
    path.chmod(0o644)
    with_secrets(config)
    assert _mode(path) == 0o600


def test_many_starts_at_once_agree(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every start finds nothing there, makes a secret of its own, and then all use the same."""
    starts = 8
    gate = threading.Barrier(starts)
    make = config_secrets._keep

    def keep_together(path: Path, secret: str) -> None:
        gate.wait(10)
        make(path, secret)

    monkeypatch.setattr(config_secrets, "_keep", keep_together)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(_secrets_of(config))) for _ in range(starts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == starts
    assert all(one == found[0] for one in found)
    assert len(list(config.secrets_folder.iterdir())) == 2


def test_what_is_configured_is_not_made(config: Config) -> None:
    given = "k" * 40
    own = load(None, {"QINGTUAN_APP__SECRET_KEY": given})
    assert with_secrets(own).app.secret_key.get_secret_value() == given
    assert [path.name for path in config.secrets_folder.iterdir()] == ["pii_keys"]


def test_filling_in_keeps_everything_else(config: Config) -> None:
    filled = with_secrets(config)
    assert filled.folder == config.folder
    assert filled.database == config.database
    key = filled.app.secret_key.get_secret_value()
    assert key not in repr(filled)


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("secret_key", "short", "app.secret_key"),
        ("pii_keys", "", "privacy.pii_keys"),
        ("pii_keys", "[]", "privacy.pii_keys"),
        ("pii_keys", '["1:canary"]', "privacy.pii_keys"),
        ("pii_keys", "7", "privacy.pii_keys"),
    ],
)
def test_a_damaged_secret_is_never_replaced(config: Config, name: str, text: str, key: str) -> None:
    with_secrets(config)
    path = config.secrets_folder / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigProblem) as caught:
        with_secrets(config)
    assert caught.value.keys == (key,)
    assert "canary" not in caught.value.said()
    assert path.read_text(encoding="utf-8") == text


def test_a_folder_that_cannot_be_made_is_a_configuration_problem(config: Config) -> None:
    (config.folder / "data").write_text("in the way", encoding="utf-8")
    with pytest.raises(ConfigProblem) as caught:
        with_secrets(config)
    assert caught.value.keys == ("app.secret_key",)
