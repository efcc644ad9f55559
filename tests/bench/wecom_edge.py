"""What the edge costs: the check, AES, XML and reading of one callback, in processor time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bot.channels.wecom.crypto import Crypto
from bot.channels.wecom.envelope import parsed
from bot.channels.wecom.lock import Lock
from bot.channels.wecom.reading import read
from tests.emulators.wecom.callbacks import KEY, TOKEN, Identity
from tests.emulators.wecom.letters import message
from tests.emulators.wecom.qyapi_corp import AGENT, CORP

CALLS = 3_000


def milliseconds() -> float:
    """Of CPU for one callback."""
    identity, now = Identity(CORP, AGENT), datetime.now(UTC)
    lock = Lock(Crypto(TOKEN, KEY, CORP), CORP, AGENT)
    calls: list[tuple[str, bytes]] = []
    for number in range(CALLS):
        who: dict[str, Any] = {"ToUserName": CORP, "AgentID": AGENT, "FromUserName": f"m{number}"}
        sealed = identity.sealed(message(Content="时长", **who))
        calls.append((urlencode(identity.query(sealed)), identity.envelope(sealed).encode()))
    start = time.process_time()
    for query, body in calls:
        xml = lock.opened(lock.proof(parse_qsl(query)), body, now)
        read(parsed(xml), AGENT, UTC, now)
    return (time.process_time() - start) / CALLS * 1000


def main() -> None:
    """Print the row."""
    print(
        f"| check, AES, XML and reading of a callback, ms of CPU: {milliseconds():.2f} | | | | | |"
    )


if __name__ == "__main__":
    main()
