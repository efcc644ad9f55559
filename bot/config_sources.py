"""Where configuration comes from: the file, the environment, secret files. Each gives one layer."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.config_problems import Fault, Problem

PREFIX = "QINGTUAN_"
_IGNORED = "QINGTUAN_TEST_"
_FILE = "_FILE"
_SECRET_FILE_LIMIT = 64 * 1024
_WHERE = re.compile(r"at line (\d+), column (\d+)")


@dataclass(frozen=True, slots=True)
class Known:
    """The keys that exist, dotted, and which of them are lists."""

    keys: frozenset[str]
    lists: frozenset[str]

    def nearest(self, key: str) -> str | None:
        """The existing key that was probably meant, if one is close."""
        found = difflib.get_close_matches(key, self.keys, n=1, cutoff=0.75)
        return found[0] if found else None

    def unknown(self, key: str, origin: str = "") -> Problem:
        """The problem of a key that does not exist, with a hint where there is one."""
        near = self.nearest(key)
        if near is None:
            return Problem(key, Fault.UNKNOWN, origin=origin)
        hint = variable_of(near) if origin else near
        return Problem(key, Fault.UNKNOWN_NEAR, (("near", hint),), origin)


@dataclass(slots=True)
class Layer:
    """Values of one source by section and key, and the variable that each came from."""

    values: dict[str, dict[str, object]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, key: str, value: object, origin: str) -> None:
        """Set one dotted key."""
        section, name = key.split(".", 1)
        self.values.setdefault(section, {})[name] = value
        self.origins[key] = origin


def variable_of(key: str) -> str:
    """The environment variable of a dotted key."""
    return PREFIX + key.upper().replace(".", "__")


def from_file(path: Path) -> tuple[dict[str, object], list[Problem]]:
    """The file's tables as they stand there; the parser's own words may quote values: not used."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig")), []
    except FileNotFoundError:
        return {}, [Problem(str(path), Fault.FILE_MISSING)]
    except OSError:
        return {}, [Problem(str(path), Fault.FILE_UNREADABLE)]
    except UnicodeDecodeError:
        return {}, [Problem(str(path), Fault.FILE_NOT_TEXT)]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return {}, [Problem(str(path), Fault.NOT_TOML, _where(str(error)))]


def _where(message: str) -> tuple[tuple[str, str], ...]:
    found = _WHERE.search(message)
    if found is None:
        return (("where_zh", ""), ("where_en", ""))
    line, column = found.groups()
    return (
        ("where_zh", f"，看第 {line} 行第 {column} 列"),
        ("where_en", f": look at line {line}, column {column}"),
    )


def from_environment(environ: Mapping[str, str], known: Known, folder: Path) -> tuple[Layer, Layer]:
    """The layers of the plain variables and of the secret files (relative ones under `folder`)."""
    plain, secret = Layer(), Layer()
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(_IGNORED):
            continue
        key = name.removeprefix(PREFIX).replace("__", ".", 1).lower()
        owner = key.removesuffix(_FILE.lower())
        if key in known.keys:
            _put(plain, known, key, environ[name].strip(), name)
        elif name.endswith(_FILE) and owner in known.keys:
            _put_file(secret, known, owner, environ[name].strip(), name, folder)
        elif "__" in name or _is_slip(name, environ[name], known):
            plain.problems.append(known.unknown(key, name))
    return plain, secret


def _is_slip(name: str, value: str, known: Known) -> bool:
    """QINGTUAN_TELEGRAM_TOKEN: one underscore too few. Kubernetes' own QINGTUAN_WEB_PORT is not."""
    if value.startswith(("tcp://", "udp://")):
        return False
    meant = {variable_of(key).replace("__", "_") for key in known.keys}
    return name in meant or name.removesuffix(_FILE) in meant


def _put(layer: Layer, known: Known, key: str, text: str, name: str) -> None:
    if key not in known.lists:
        layer.put(key, text, name)
        return
    try:
        value = json.loads(text) if text else []
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, list):
        layer.put(key, value, name)
    else:
        layer.problems.append(Problem(key, Fault.NOT_JSON_LIST, origin=name))


def _put_file(layer: Layer, known: Known, key: str, text: str, name: str, folder: Path) -> None:
    if not text:
        return
    value = _secret_file(folder / text)
    if isinstance(value, Fault):
        layer.problems.append(Problem(key, value, origin=name))
    else:
        _put(layer, known, key, value, name)


def _secret_file(path: Path) -> str | Fault:
    try:
        with path.open("rb") as file:
            raw = file.read(_SECRET_FILE_LIMIT + 1)
        text = raw.decode("utf-8-sig").strip()
    except FileNotFoundError:
        return Fault.FILE_MISSING
    except (OSError, ValueError) as error:
        return (
            Fault.FILE_NOT_TEXT if isinstance(error, UnicodeDecodeError) else Fault.FILE_UNREADABLE
        )
    if len(raw) > _SECRET_FILE_LIMIT:
        return Fault.FILE_TOO_BIG
    return text or Fault.FILE_EMPTY
