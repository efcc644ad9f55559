"""`qingtuan serve`: one process until SIGTERM; a second signal ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import structlog
import uvicorn

from bot import logs
from bot.app import App, MakeChannels
from bot.config import Config
from bot.unanswered import Protocol
from bot.web import make_metrics_app
from services import demo
from storage.migrate import migrate

log = structlog.get_logger("serve")

GRACE = 2  # seconds that open HTTP answers get at the end


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: it would raise the signal again before we are done."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(config: Config, role: str, make_channels: MakeChannels | None = None) -> int:
    """Serve until told to stop; 0 after a clean end, 2 if this database is served already."""
    logs.set_up(config.secrets())
    held = None
    if config.database.sqlite_path is not None:
        if role != "all":
            return _refused(
                "SQLite 只能由一个进程服务，请用 --role all · SQLite is served by one process"
            )
        held = _hold(config.database.sqlite_path)
        if held is None:
            return _refused("这个数据库已经有一个 serve 在用 · another serve uses this database")
    url = config.database.migrate_url.get_secret_value() or config.database.url.get_secret_value()
    fresh = migrate(url)
    runner = uvloop_runner()
    with runner:
        runner.run(_serve(config, role, fresh, make_channels))
    if held is not None:
        held.close()
    return 0


def uvloop_runner() -> asyncio.Runner:
    """A runner on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _serve(
    config: Config, role: str, fresh: bool, make_channels: MakeChannels | None
) -> None:
    app = App(config, role, make_channels=make_channels)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _signalled, stopping)
    if fresh and config.playground:
        await app.store.turn(lambda tx: demo.seed(tx, app.house, app.clock()))
    servers = _servers(app)
    await app.start()
    tasks = [app.tasks.start(server.serve(), "http") for server in servers]
    if role != "worker":
        _greet(config)
    stopped = app.tasks.start(stopping.wait(), "signals")
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for channel in app.channels:
        await channel.stop()
    for server in servers:
        server.should_exit = True
    if tasks:
        await asyncio.wait(tasks, timeout=GRACE + 1)
    await app.stop()
    log.info("stopped")


def _servers(app: App) -> list[Server]:
    web = app.config.web
    if app.role == "worker":
        return []
    made = [_server(app.web(), str(web.host), web.port)]
    if web.metrics_port is not None:
        made.append(_server(make_metrics_app(), str(web.host), web.metrics_port))
    return made


def _server(asgi: object, host: str, port: int) -> Server:
    return Server(
        uvicorn.Config(
            asgi,  # type: ignore[arg-type]  # an ASGI application
            host=host,
            port=port,
            http=Protocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE,
            backlog=2048,
        )
    )


def _signalled(stopping: asyncio.Event) -> None:
    if stopping.is_set():
        os._exit(1)
    stopping.set()


def _greet(config: Config) -> None:
    where = f"http://{config.web.host}:{config.web.port}/"
    log.info("serving", url=where, playground=config.playground)
    if config.playground and sys.stdout.isatty():
        print(f"\n  青团已经在 {where} 等你了。Ctrl+C 结束。\n", flush=True)


def _hold(path: Path) -> IO[str] | None:
    """The lock beside the database, until the file is closed or the process ends."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _refused(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2
