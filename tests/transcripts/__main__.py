"""Prints the conversations as people read them: `python -m tests.transcripts [--channel wecom]`.

Markdown; every table in Chinese, then a few of them in English.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import structlog

from tests.transcripts.opening import CHANNELS, Process, emulated, opened, workshop
from tests.transcripts.playing import Line, Otherwise, play
from tests.transcripts.reading import Talk, features, table
from tests.transcripts.stage import Heard

IN_ENGLISH = ("start", "hours", "log")
_HEAD = """# Conversations as people read them on {name}

Made by `python -m tests.transcripts{option} > docs/transcripts.md` from
tests/transcripts/tables, which every channel must be able to hold
(tests/transcripts/test_transcripts.py). What a person says or [presses] is bold, `→` what they are
answered, `←` what somebody hears because of it, `✎` a message that takes the place of the one that
was pressed; lines are parted by `/`, buttons come last. A long message that comes again is cut to
its first line.
"""


async def _held(
    channel: str, talk: Talk, process: Process | None, folder: Path, language: str
) -> list[Line]:
    async with opened(channel, process, folder, language) as stage:
        try:
            return (await play(stage, talk, language)).lines
        except Otherwise:  # where a press is a typed number, it means what was said last
            if channel == "wecom-words":
                return []
            raise


class _Reader:
    """Writes lines as markdown; remembers what was shown once."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._shown: set[str] = set()

    def lines(self, talk: Talk, lines: list[Line]) -> Iterator[str]:
        """One conversation: what is answered to who spoke stands on the same line."""
        yield f"### {talk.title}"
        if not lines:
            yield f"- (not on {CHANNELS[self._channel]})"
        said = speaker = ""
        for line in lines:
            if line.heard is None:
                if said:
                    yield said
                words = f"{line.who} **{_flat(line.did)}**".strip()
                said, speaker = f"- {words}", line.who
            elif said and line.who == speaker:
                yield f"{said} → {self._told(line.heard)}"
                said = ""
            else:
                if said:
                    yield said
                    said = ""
                yield f"  - {line.who} ← {self._told(line.heard)}"
        if said:
            yield said

    def _told(self, heard: Heard) -> str:
        text = (heard.drawn or heard.text).strip()
        again = text in self._shown and text.count("\n") > 1
        self._shown.add(text)
        words = f"{text.splitlines()[0]} …" if again else text
        mark = "✎ " if heard.edited else ""
        kept = f"({heard.attachment}) " if heard.attachment else ""
        buttons = " ".join(f"[{button.label}]" for button in heard.buttons)
        return f"{mark}{kept}{_flat(words)} {buttons}".rstrip()


def _flat(text: str) -> str:
    """On one line of markdown."""
    words = " / ".join(line for line in text.splitlines() if line.strip())
    return words.replace("*", "\\*").replace("<", "\\<")


def main() -> None:
    """Print everything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asked = argparse.ArgumentParser(prog="python -m tests.transcripts")
    asked.add_argument("--channel", choices=CHANNELS, default="telegram")
    channel = asked.parse_args().channel
    option = "" if channel == "telegram" else f" --channel {channel}"
    print(_HEAD.format(name=CHANNELS[channel], option=option))
    reader = _Reader(channel)
    with workshop() as folder, emulated(channel, folder) as process:
        wanted = [("zh-CN", one) for one in features()] + [("en", one) for one in IN_ENGLISH]
        for language, feature in wanted:
            print(f"\n## {feature} ({language})")
            for talk in table(feature):
                lines = asyncio.run(_held(channel, talk, process, folder, language))
                print("\n".join(reader.lines(talk, lines)))


if __name__ == "__main__":
    main()
