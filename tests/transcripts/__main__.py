"""Prints the conversations as people read them on Telegram: `python -m tests.transcripts`.

Markdown; every table in Chinese, then a few of them in English.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import structlog

from tests.emulators.telegram.client import Process
from tests.transcripts.opening import emulated, opened, workshop
from tests.transcripts.playing import Line, play
from tests.transcripts.reading import Talk, features, table
from tests.transcripts.stage import Heard

IN_ENGLISH = ("start", "hours", "log")
_HEAD = """# Conversations as people read them on Telegram

Made by `python -m tests.transcripts > docs/transcripts.md` from tests/transcripts/tables, which
every channel must be able to hold (tests/transcripts/test_transcripts.py). What a person says or
[presses] is bold, `→` what they are answered, `←` what somebody hears because of it, `✎` a message
that takes the place of the one that was pressed; lines are parted by `/`, buttons come last. A long
message that comes again is cut to its first line.
"""


async def _held(talk: Talk, process: Process, folder: Path, language: str) -> list[Line]:
    async with opened("telegram", process, folder, language) as stage:
        return (await play(stage, talk, language)).lines


class _Reader:
    """Writes lines as markdown; remembers what was shown once."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def lines(self, talk: Talk, lines: list[Line]) -> Iterator[str]:
        """One conversation: what is answered to who spoke stands on the same line."""
        yield f"### {talk.title}"
        if not lines:
            yield "- (not on Telegram)"
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
        text = heard.text.strip()
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
    print(_HEAD)
    reader = _Reader()
    with workshop() as folder, emulated(folder) as process:
        wanted = [("zh-CN", one) for one in features()] + [("en", one) for one in IN_ENGLISH]
        for language, feature in wanted:
            print(f"\n## {feature} ({language})")
            for talk in table(feature):
                lines = asyncio.run(_held(talk, process, folder, language))
                print("\n".join(reader.lines(talk, lines)))


if __name__ == "__main__":
    main()
