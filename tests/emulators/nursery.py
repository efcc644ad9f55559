"""Starts products and platforms quickly: everything is imported once, each process is a fork.

`python -m tests.emulators.nursery` reads orders, one JSON object a line: {"what": "serve", "plain"
or "migrate", "arguments", "environment", "output"}. It answers {"started": PID} and, when a child
has ended, {"ended": PID, "status": N} (negative: the signal). Nothing is wired before the fork, so
a child is what a fresh process would be, two seconds earlier. It ends, with all its children, when
its input does.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from typing import Any

import bot.app
from tests.emulators import migrating, plain, plain_serve

MAINS: dict[str, Callable[[], int | None]] = {
    "serve": plain_serve.main,
    "plain": plain.main,
    "migrate": migrating.main,
}


def main() -> None:
    """Take orders until the input ends."""
    bot.app.routes()  # its imports are late ones
    for name in ("uvloop", "alembic.command", "alembic.autogenerate"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], 0.01)
        if ready:
            line = sys.stdin.readline()
            if not line:
                break
            pid = _born(json.loads(line))
            children.add(pid)
            print(json.dumps({"started": pid}), flush=True)
        _bury(children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _born(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for old, new in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(old, new)
        os.environ.update(order["environment"])
        sys.argv = [order["what"], *order["arguments"]]
        status = MAINS[order["what"]]() or 0
    except SystemExit as told:
        status = told.code if isinstance(told.code, int) else 1
    except BaseException as error:  # noqa: BLE001  # whatever it is: said, and the fork ends here
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(status)


def _bury(children: set[int]) -> None:
    for pid in tuple(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            children.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            print(json.dumps({"ended": pid, "status": code}), flush=True)


if __name__ == "__main__":
    main()
