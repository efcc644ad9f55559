"""Worker threads that own a connection each and run transactions, many to one commit."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import structlog

from storage.connections import Broken, Connection, Connector, Overlong, Retry, Unavailable
from storage.tx import Tx, drive

T = TypeVar("T")
Work = Callable[[Tx], Coroutine[Any, Any, T]]

BATCH = 64  # transactions that share one commit at the most
BESIDE = 8  # of those that are not urgent, while urgent ones wait
TRIES = 5  # of a transaction that lost against another one
CLOSE_SECONDS = 3.0  # that the end waits for what is still in the database's hands

log = structlog.get_logger("store")


class _Job(Generic[T]):
    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Work[T], future: asyncio.Future[T]) -> None:
        self.work = work
        self.future = future
        self.result: T | None = None
        self.error: BaseException | None = None


class Lane:
    """A queue of transactions and the threads that take from it.

    With `shared` several waiting transactions share one commit, and nobody is answered before it.
    One that fails leaves the others alone: then all are undone and run again, each under its own
    savepoint. There urgent ones go before the others, of which a few always go along.
    """

    def __init__(self, connector: Connector, name: str, threads: int, shared: bool) -> None:
        self._connector = connector
        self._shared = shared
        # Every job puts something into `jobs`: itself, or for an urgent one the sign to look there.
        self._jobs: queue.SimpleQueue[_Job[Any] | bool | None] = queue.SimpleQueue()
        self._urgent: deque[_Job[Any]] = deque()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Work[T], urgent: bool = False) -> T:
        """Run `work` in a transaction and answer after the commit.

        Unavailable if the store cannot be reached, is locked or is full: then nothing was kept.
        """
        if self._closed:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        job = _Job(work, future)
        if urgent:
            self._urgent.append(job)
        self._jobs.put(urgent or job)
        return await future

    def close(self) -> None:
        """Finish what waits, close the connections, end the threads.

        A thread whose database does not answer is left behind: it cannot hold the process.
        """
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self) -> None:
        connection: Connection | None = None
        while True:
            batch = self._take()
            if batch is None:
                break
            connection = self._handle(connection, batch)
            _tell(batch)
        if connection is not None:
            connection.close()

    def _take(self) -> list[_Job[Any]] | None:
        """The next batch; None at the end."""
        batch: list[_Job[Any]] = []
        while not batch:  # a sign may be of an urgent one that was taken with others
            found = self._jobs.get()
            if found is None and not self._urgent:
                return None
            batch = self._with_more([found] if isinstance(found, _Job) else [])
            if found is None:
                self._jobs.put(None)
        return batch

    def _with_more(self, others: list[_Job[Any]]) -> list[_Job[Any]]:
        """What else waits: the urgent ones, then a few others, or as many as fit."""
        urgent: list[_Job[Any]] = []
        while self._urgent and len(urgent) < BATCH:
            urgent.append(self._urgent.popleft())
        most = BESIDE if urgent else BATCH
        while self._shared and len(others) < most:
            try:
                found = self._jobs.get_nowait()
            except queue.Empty:
                break
            if found is None:
                self._jobs.put(None)
                break
            if isinstance(found, _Job):
                others.append(found)
        if self._urgent:  # their sign may just have been taken
            self._jobs.put(True)
        return [*urgent, *others]

    def _handle(self, connection: Connection | None, batch: list[_Job[Any]]) -> Connection | None:
        for attempt in range(1, TRIES + 1):
            idle = connection
            try:
                connection = self._begun(connection)
                self._transact(connection, batch)
            except Retry as lost:
                if attempt == TRIES:
                    _fail(batch, lost)
                time.sleep(0.005 * attempt)
            except Unavailable as unavailable:
                broken = isinstance(unavailable, Broken)
                if broken and idle is not None and not idle.begun and attempt < TRIES:
                    connection = _without(idle)  # it broke while it was idle: another one
                    continue
                _fail(batch, unavailable)
                return _without(connection) if broken else connection
            except BaseException as surprise:  # noqa: BLE001  # or nobody would be served any more
                _fail(batch, surprise if len(batch) == 1 else Broken(type(surprise).__name__))
                return _without(connection)
            else:
                return connection
        return connection

    def _begun(self, connection: Connection | None) -> Connection:
        """A connection with an open transaction; one that broke while it was idle is replaced."""
        if connection is not None:
            try:
                connection.begin()
            except Broken:
                connection.close()
            else:
                return connection
        connection = self._connector.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def _transact(self, connection: Connection, batch: list[_Job[Any]]) -> None:
        try:
            if not self._together(connection, batch) and len(batch) > 1:
                connection.rollback()
                connection.begin()
                for job in batch:
                    self._under_savepoint(connection, job)
            if len(batch) == 1 and batch[0].error is not None:
                connection.rollback()
            else:
                connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def _together(self, connection: Connection, batch: list[_Job[Any]]) -> bool:
        """Run all of them, as they mostly go well; False as soon as one does not."""
        for job in batch:
            self._alone(connection, job)
            if job.error is not None:
                return False
        return True

    def _alone(self, connection: Connection, job: _Job[Any]) -> None:
        job.error = job.result = None
        try:
            with connection.errors():
                job.result = drive(job.work(Tx(connection.cursor, connection.dialect)))
                if self._shared:  # what it put off is its own to answer for
                    connection.settle()
        except Overlong as error:
            job.error = error
        except Unavailable:
            raise
        except BaseException as error:  # noqa: BLE001  # it is handed to whoever waits
            job.error = error

    def _under_savepoint(self, connection: Connection, job: _Job[Any]) -> None:
        connection.execute("SAVEPOINT one")
        self._alone(connection, job)
        if job.error is not None:
            connection.execute("ROLLBACK TO SAVEPOINT one")
        connection.execute("RELEASE SAVEPOINT one")


def _without(connection: Connection | None) -> Connection | None:
    if connection is not None:
        connection.close()
    return None


def _fail(batch: list[_Job[Any]], error: BaseException) -> None:
    reason = str(error) if isinstance(error, Unavailable) else None  # ours; others may quote people
    log.warning("store_refused", kind=type(error).__name__, reason=reason, jobs=len(batch))
    for job in batch:
        job.error = error


def _tell(batch: list[_Job[Any]]) -> None:
    try:
        batch[0].future.get_loop().call_soon_threadsafe(_resolve, batch)
    except RuntimeError:  # the loop is gone: nobody waits any more
        log.warning("nobody_waits", jobs=len(batch))


def _resolve(batch: list[_Job[Any]]) -> None:
    for job in batch:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(_raisable(job.error))
        else:
            job.future.set_result(job.result)


def _raisable(error: BaseException) -> Exception:
    """What may pass through the event loop: not a StopIteration, and no order to exit."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RuntimeError(type(error).__name__)
