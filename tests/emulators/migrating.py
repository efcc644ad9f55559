"""Migrations in a process that kills itself after its N-th statement (0: never).

`python -m tests.emulators.migrating URL N` says whether it migrated, and how
many statements that took.
"""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import Engine, event

from storage import migrate


def main() -> int:
    """Migrate the database that the arguments name."""
    url, last = sys.argv[1], int(sys.argv[2])
    made, seen = migrate.engine, 0

    def counted(url: str) -> Engine:
        engine = made(url)

        def after(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "after_cursor_execute", after)
        return engine

    migrate.engine = counted
    print(migrate.migrate(url), seen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
