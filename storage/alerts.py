"""Alerts to the operator: a message to every admin's account, at most once an hour per kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select

from storage import outbox
from storage.outbox import New
from storage.prepared import Prepared
from storage.schema import accounts
from storage.tx import Tx
from storage.vault import Vault

_ACCOUNT = Prepared(
    select(accounts.c.id).where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)


async def add(
    tx: Tx, vault: Vault, admins: Iterable[str], kind: str, facts: Mapping[str, Any], at: datetime
) -> int:
    """Write the sentence `alert.KIND` down for every admin who has an account; answers how many.

    The key holds the hour, so that replicas and repetitions make one message an hour.
    """
    hour = at.astimezone(UTC).strftime("%Y-%m-%dT%H")
    say: dict[str, Any] = {
        "name": f"alert.{kind}",
        "facts": dict(facts),
        "rows": [],
        "replaces": None,
        "asks_location": False,
        "leaves": False,
        "attachment": None,
    }
    written = 0
    for admin in admins:
        channel, _, external = admin.partition(":")
        account = await tx.value(_ACCOUNT, channel=channel, external=external)
        if account is not None:
            new = New(f"alert/{kind}/{hour}/{account}", account, say, False, None, at)
            written += await outbox.add(tx, vault, new, at) is not None
    return written
