"""Open pages: each stream gets what is sent to its accounts, once, until it or we end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

Spoken = Mapping[str, Any]
CatchUp = Callable[[], Awaitable[Sequence[Spoken]]]

MOST_STREAMS = 64
MOST_WAITING = 256  # messages that a page may be behind; then it has to come back and catch up
_FIRST_LOOK = 1.0  # seconds: what was being sent while the page came in


class Stream:
    """One open page: the accounts it shows and what waits for it."""

    def __init__(self, accounts: frozenset[str]) -> None:
        self.accounts = accounts
        self.ended = False
        self.waiting: asyncio.Queue[Spoken | None] = asyncio.Queue(MOST_WAITING + 1)
        self._seen: set[int] = set()

    def put(self, spoken: Spoken) -> None:
        """Hand over a message; a page that is too far behind is let go."""
        if self.ended:
            return
        if self.waiting.qsize() >= MOST_WAITING:
            self.end()
        else:
            self.waiting.put_nowait(spoken)

    def end(self) -> None:
        """Let the page go after what waits for it."""
        if not self.ended:
            self.ended = True
            self.waiting.put_nowait(None)

    def skip(self, many: Sequence[Spoken]) -> None:
        """These need no telling: the page has them from its history."""
        self._seen.update(spoken["id"] for spoken in many)

    async def frames(self, catch_up: CatchUp, beat: float) -> AsyncIterator[bytes]:
        """What goes over the wire. Every `beat` seconds of silence: a comment, and a look.

        The look finds what another process sent, and what was on its way when the page came.
        """
        yield b"retry: 1000\n\n"
        for frame in self._new(await catch_up()):
            yield frame
        patience = min(_FIRST_LOOK, beat)
        while True:
            try:
                spoken = await asyncio.wait_for(self.waiting.get(), patience)
            except TimeoutError:
                patience = beat
                for frame in self._new(await catch_up()):
                    yield frame
                yield b": still here\n\n"
                continue
            if spoken is None:
                return
            for frame in self._new((spoken,)):
                yield frame

    def _new(self, many: Sequence[Spoken]) -> list[bytes]:
        new = [spoken for spoken in many if spoken["id"] not in self._seen]
        self.skip(new)
        return [_frame(spoken) for spoken in new]


class Streams:
    """All open pages of this process."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()
        self._ended = False

    def open(self, accounts: frozenset[str]) -> Stream | None:
        """A new stream; None if there are too many or we are going."""
        if self._ended or len(self._open) >= MOST_STREAMS:
            return None
        stream = Stream(accounts)
        self._open.add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """The page has gone."""
        self._open.discard(stream)

    def publish(self, spoken: Spoken) -> None:
        """Show a message to every page that shows its account."""
        for stream in self._open:
            if spoken["account"] in stream.accounts:
                stream.put(spoken)

    def end(self) -> None:
        """Let every page go; they come back to whoever runs next."""
        self._ended = True
        for stream in self._open:
            stream.end()

    def __len__(self) -> int:
        return len(self._open)


def _frame(spoken: Spoken) -> bytes:
    data = json.dumps(spoken, ensure_ascii=False, separators=(",", ":"))
    # half a surrogate pair cannot be sent as UTF-8
    return f"id: {spoken['id']}\ndata: {data}\n\n".encode("utf-8", "replace")
