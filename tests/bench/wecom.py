"""WeCom: callbacks answered, and one text to fifty thousand, beside a server that only decrypts."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot.chat import Say
from services.turn import plain
from storage import outbox, outbox_state
from storage.migrate import migrate
from storage.outbox import New
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests import store_keeper
from tests.bench import wecom_edge
from tests.bench.load import Figures, _free_port
from tests.bench.people import Filler
from tests.bench.serving import running
from tests.emulators.telegram.wire import Address, Connection
from tests.emulators.wecom import qyapi_control as control
from tests.emulators.wecom.callbacks import KEY, TOKEN, Identity
from tests.emulators.wecom.letters import message
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET, Corp
from tests.emulators.wecom.qyapi_log import Journal
from tests.emulators.wecom.qyapi_server import Server

PEOPLE = 50_000
CONNECTIONS = 60
LATE = 3.0  # seconds until a callback counts as unanswered


class Calls:
    """Callbacks over kept-alive connections, each at its intended time."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._path = path
        self._identity = Identity(CORP, AGENT)
        self._free: asyncio.LifoQueue[Connection | None] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            self._free.put_nowait(None)
        self._sealed: list[tuple[str, bytes]] = []

    def prepare(self, count: int, kind: str) -> None:
        """Seal so many callbacks, which costs the load more than posting them."""
        self._sealed = []
        for number in range(count):
            who: dict[str, Any] = {
                "ToUserName": CORP,
                "AgentID": AGENT,
                "FromUserName": f"m{number % PEOPLE}",
            }
            letter = message(Content=kind, **who)
            encrypted = self._identity.sealed(letter)
            query = urlencode(self._identity.query(encrypted))
            self._sealed.append((query, self._identity.envelope(encrypted).encode()))

    async def at_rate(self, name: str, rate: float, seconds: float) -> tuple[Figures, int]:
        """So many a second, whoever waits; the figures and how many got no answer in time."""
        figures, lost, start = Figures(name), 0, time.perf_counter()

        async def one(number: int) -> None:
            nonlocal lost
            intended = start + number / rate
            await asyncio.sleep(max(0.0, intended - time.perf_counter()))
            if (
                not await self._post(*self._sealed[number])
                or (took := time.perf_counter() - intended) > LATE
            ):
                lost += 1
            else:
                figures.waits.append(took)

        await asyncio.gather(*(one(number) for number in range(int(rate * seconds))))
        figures.seconds = time.perf_counter() - start
        return figures, lost

    async def as_fast_as_it_goes(self, name: str, seconds: float) -> Figures:
        """Forty at a time, each waiting for its answer."""
        figures, turn, start = Figures(name), iter(self._sealed), time.perf_counter()

        async def client() -> None:
            while time.perf_counter() < start + seconds:
                call = next(turn, None)
                if call is None:
                    return
                began = time.perf_counter()
                if await self._post(*call):
                    figures.waits.append(time.perf_counter() - began)

        await asyncio.gather(*(client() for _ in range(40)))
        figures.seconds = time.perf_counter() - start
        return figures

    async def _post(self, query: str, body: bytes) -> bool:
        connection = await self._free.get()
        address = Address(f"http://127.0.0.1:{self._port}{self._path}?{query}", "")
        try:
            if connection is None or connection.closed:
                connection = await address.connect()
            connection.address = address
            answer = await connection.ask(body, LATE + 2)
        except OSError:
            self._free.put_nowait(None)
            return False
        self._free.put_nowait(connection)
        return answer.status == 200


def _qingtuan(url: str, port: int, base: str) -> dict[str, str]:
    return {
        "QINGTUAN_DATABASE__URL": url,
        "QINGTUAN_WEB__PORT": str(port),
        "QINGTUAN_APP__SECRET_KEY": "b" * 40,
        "QINGTUAN_APP__BASE_URL": f"http://127.0.0.1:{port}",
        "QINGTUAN_PRIVACY__PII_KEYS": json.dumps(["1:" + "A" * 43 + "="]),
        "QINGTUAN_WECOM__CORP_ID": CORP,
        "QINGTUAN_WECOM__AGENT_ID": str(AGENT),
        "QINGTUAN_WECOM__SECRET": SECRET,
        "QINGTUAN_WECOM__TOKEN": TOKEN,
        "QINGTUAN_WECOM__ENCODING_AES_KEY": KEY,
        "QINGTUAN_WECOM__API_BASE": base,
    }


async def _callbacks(port: int, path: str, kind: str) -> None:
    calls = Calls(port, path)
    calls.prepare(2_000, "时长")
    await calls.at_rate("", 200, 1)  # warm
    for rate, seconds in ((1000.0, 2.0), (150.0, 6.0), (100.0, 10.0)):
        calls.prepare(int(rate * seconds), "时长")
        figures, lost = await calls.at_rate(f"{kind}: callbacks at {rate:,.0f}/s", rate, seconds)
        print(figures.row() + f" {lost} |", flush=True)
    calls.prepare(20_000, "时长")
    figures = await calls.as_fast_as_it_goes(f"{kind}: sustained ceiling", 5.0)
    print(figures.row() + " 0 |", flush=True)


def _post(url: str) -> None:
    """The rows of one text to everybody, as a broadcast writes them."""
    store, vault = Store(url, _vault()), _vault()
    say, now = plain(Say("common.changed")), datetime.now(UTC)

    async def work(tx: Tx) -> None:
        for number in range(1, PEOPLE + 1):
            new = New(f"bench/{number}", number, say, False, None, now)
            await outbox.add(tx, vault, new, now)

    asyncio.run(store.turn(work))
    store.close()


def _vault() -> Vault:
    return Vault.from_texts(["1:" + "A" * 43 + "="])


async def _left(store: Store) -> int:
    async def work(tx: Tx) -> int:
        found = await outbox_state.counts(tx)
        return found.get("pending", 0) + found.get("sending", 0)

    return await store.read(work)


async def _broadcast(url: str, kind: str, corp: Corp) -> None:
    """One text to everybody: from the commit of its rows to the last fate that is recorded."""
    store = Store(url, _vault())
    while await _left(store):  # noqa: ASYNC110  # the answers to the callbacks before
        await asyncio.sleep(0.5)
    corp.settings["latency"] = 0.1
    before = sum(corp.journal.calls.get("message/send", {}).values())
    await asyncio.to_thread(_post, url)
    start = time.perf_counter()
    while await _left(store):  # noqa: ASYNC110  # another process does it
        await asyncio.sleep(0.1)
    took = time.perf_counter() - start
    calls = sum(corp.journal.calls["message/send"].values()) - before
    await asyncio.to_thread(store.close)
    corp.settings["latency"] = 0.0
    print(
        f"| {kind}: one text to {PEOPLE:,}, {calls} calls of 100 ms, seconds | {took:.1f} | | | | |"
    )


async def _ours(url: str, kind: str, corp: Corp, base: str) -> None:
    migrate(url)
    Filler(url).fill(PEOPLE, 0, "wecom", "m0")
    port = _free_port()
    async with running(["-m", "bot", "serve"], port, **_qingtuan(url, port, base)):
        await _callbacks(port, "/wecom/callback", kind)
        await _broadcast(url, kind, corp)


async def _all(folder: Path) -> None:
    corp = Corp(Journal(folder / "wecom.log"), free=True)
    base = f"http://127.0.0.1:{await Server(corp).start(0)}"
    control.members(corp, {"count": PEOPLE, "prefix": "m"})
    port = _free_port()
    async with running(["-m", "tests.bench.bare_wecom", str(port)], port):
        await _callbacks(port, "/wecom/callback", "wechatpy on Starlette, decrypts only")
    await _ours(f"sqlite:///{folder}/w.db", "SQLite", corp, base)
    with store_keeper.postgresql(folder, durable=True) as url:
        await _ours(url, "PostgreSQL", corp, base)


def main() -> None:
    """Print the table."""
    print("\n| WeCom | per second | p50 ms | p99 ms | p99.9 ms | unanswered after 3 s |")
    print("|---|---|---|---|---|---|")
    wecom_edge.main()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        asyncio.run(_all(Path(folder)))


if __name__ == "__main__":
    main()
