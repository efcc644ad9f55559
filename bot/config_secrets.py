"""Secrets that the embedded default makes for itself, once, and reads ever after."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.config_problems import BadValue, ConfigProblem, Fault, Problem
from bot.config_values import SECRET_KEY_LENGTH, pii_key


def kept_secret_key(folder: Path) -> str:
    """The secret key kept under `folder`; raises `ConfigProblem` if it cannot be kept or read."""
    key = _kept(folder / "secret_key", lambda: secrets.token_urlsafe(48), "app.secret_key")
    if len(key) < SECRET_KEY_LENGTH:
        raise ConfigProblem((Problem("app.secret_key", Fault.SECRETS_BROKEN),))
    return key


def kept_pii_keys(folder: Path) -> tuple[str, ...]:
    """The keys of personal data kept under `folder`, as in `privacy.pii_keys`."""
    text = _kept(folder / "pii_keys", _new_pii_keys, "privacy.pii_keys")
    try:
        keys = tuple(str(key) for key in json.loads(text))
        for key in keys:
            pii_key(key)
    except (BadValue, TypeError, ValueError):
        keys = ()
    if not keys:
        raise ConfigProblem((Problem("privacy.pii_keys", Fault.SECRETS_BROKEN),)) from None
    return keys


def _new_pii_keys() -> str:
    return json.dumps(["1:" + base64.b64encode(secrets.token_bytes(32)).decode()])


def _kept(path: Path, make: Callable[[], str], key: str) -> str:
    try:
        if not path.exists():
            _keep(path, make())
        _only_owner(path)
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem((Problem(key, Fault.SECRETS_FOLDER),)) from None


def _keep(path: Path, secret: str) -> None:
    """Write beside and link into place: of two starts at once one wins, and both read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        Path(beside).unlink()
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Make the new name itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _only_owner(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
