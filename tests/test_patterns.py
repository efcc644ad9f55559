"""Every pattern that looks at what people write stays quick on text made to be slow (A35)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

PACKAGES = ("domain", "services", "handlers", "bot", "storage")
LENGTH = 4_096  # letters: nothing longer that people say comes in (bot/clean.py)
# What backtracks: long runs of what a repetition takes, then something that it cannot take.
SEEDS = (
    "a",
    "1",
    " ",
    "上",
    "一",
    "点",
    "0",
    "-",
    "=",
    "：",
    "2点",
    "周六",
    "a ",
    "1,",
    "十一",
    "\t",
    "，",
)
SECONDS = 1  # a linear pattern needs about a millisecond


def _patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if "migrations" in module.name or module.name == "bot.__main__":
                continue
            loaded = importlib.import_module(module.name)
            for name, value in vars(loaded).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found[f"{module.name}.{name}"] = value
    return found


def _walks(name: str) -> bool:
    """Whether the pattern is ever looked for anywhere in a text, not only at its beginning."""
    module, _, own = name.rpartition(".")
    source = inspect.getsource(importlib.import_module(module))
    return bool(re.search(rf"\b{own}\.(search|finditer|findall|sub|split)\(", source))


PATTERNS = _patterns()


@contextmanager
def _bounded() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_long_text_takes_no_time(name: str) -> None:
    walks = _walks(name)
    for seed in SEEDS:
        text = (seed * LENGTH)[:LENGTH]
        for hostile in (text, f"{text}!", f"{text}\n", f"《{text}"):
            with _bounded():
                PATTERNS[name].fullmatch(hostile)
                PATTERNS[name].search(hostile) if walks else PATTERNS[name].match(hostile)


def test_the_bound_notices_a_bad_pattern() -> None:
    bad = re.compile(r"^(\w+\s?)*$")  # the example of the catalogue: 8.8 s for 27 letters
    with pytest.raises(AssertionError, match="more than"), _bounded():
        bad.search("a" * 60 + "!")
