"""Health, readiness, metrics and the page behind a code (A50): what is told, and to whom."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from bot.chat import Say
from bot.metrics import REGISTRY, exposition
from bot.web import make_app, make_metrics_app
from services.turn import plain
from storage import leases, outbox
from storage.outbox import New
from storage.tx import Tx
from tests.world import World

HERE = {"host": "127.0.0.1:8080"}


async def _get(
    app: Starlette, path: str, headers: dict[str, str] | None = None, peer: str = "127.0.0.1"
) -> tuple[int, dict[str, str], str]:
    """Ask an application without a socket."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    named = {**HERE, **(headers or {})}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 8080),
        "client": (peer, 5000),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    await app(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    return sent[0]["status"], told, body


def _app(status: str = "ready") -> Starlette:
    async def readiness() -> dict[str, Any]:
        return {"status": status, "checks": {"database": "ok"}}

    return make_app(readiness, [])


@pytest.mark.parametrize(("status", "code"), [("ready", 200), ("degraded", 200), ("down", 503)])
async def test_readiness_has_a_code_for_every_state(status: str, code: int) -> None:
    found, _, body = await _get(_app(status), "/readyz")
    assert (found, json.loads(body)["status"]) == (code, status)


async def test_health_is_health_whatever_is_down() -> None:
    assert (await _get(_app("down"), "/healthz"))[0] == 200


async def _late(world: World) -> None:
    """A message that should have left a while ago, on a channel that takes none now."""
    await world.said("ann", "/help")
    say, at = plain(Say("common.done")), world.clock()

    async def work(tx: Tx) -> None:
        await outbox.add(tx, world.app.house.vault, New("late", 1, say, False, None, at), at)

    await world.app.dispatcher.stop(0.1)
    await world.app.store.turn(work)
    world.clock.forward(seconds=45)


async def test_an_outbox_that_cannot_be_read_is_degraded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing late would leave: that must not look ready."""

    async def raising(*_: Any) -> Any:
        raise LookupError("a column is missing")

    monkeypatch.setattr(leases, "claim", raising)
    found = await world.app.ready()
    for _ in range(100):
        if found["status"] == "degraded":
            break
        await asyncio.sleep(0.05)
        found = await world.app.ready()
    assert found["checks"]["outbox"] == "cannot be read: LookupError"


async def test_a_world_that_is_well_is_ready(world: World) -> None:
    found = await world.app.ready()
    assert found["status"] == "ready"
    assert {"database", "migrations", "outbox"} <= found["checks"].keys()
    assert set(found["checks"].values()) == {"ok"}


async def test_an_outbox_that_waits_is_degraded(world: World) -> None:
    await _late(world)
    found = await world.app.ready()
    assert found["status"] == "degraded"
    assert re.fullmatch(r"oldest waits 4\d s", found["checks"]["outbox"])


async def test_a_schema_of_before_is_down(world: World) -> None:
    await world.app.store.turn(
        lambda tx: tx.script("UPDATE alembic_version SET version_num = '0001'")
    )
    found = await world.app.ready()
    assert (found["status"], found["checks"]["migrations"]) == ("down", "not up to date")


# ------------------------------------------------------------------ metrics


async def test_metrics_are_for_this_machine_only() -> None:
    assert (await _get(_app(), "/metrics"))[0] == 200
    assert (await _get(_app(), "/metrics", peer="10.0.0.9"))[0] == 404
    assert (await _get(_app(), "/metrics", {"host": "qingtuan.example"}))[0] == 404
    assert (await _get(_app(), "/metrics", {"x-forwarded-for": "10.0.0.9"}))[0] == 404


async def test_a_port_of_their_own_serves_nothing_else() -> None:
    app = make_metrics_app()
    assert (await _get(app, "/metrics", {"host": "prometheus:9"}, "10.0.0.9"))[0] == 200
    assert (await _get(app, "/healthz"))[0] == 404


async def test_metrics_know_no_person(world: World) -> None:
    for account in ("secret-ann", "secret-bob"):
        await world.said(account, "/help")
    text = exposition().decode()
    assert "secret" not in text
    labels = {
        (name, value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name, value in sample.labels.items()
    }
    assert {name for name, _ in labels} <= {"channel", "known", "end", "fate", "state", "le"}
    closed = {
        # other tests of this process speak on other channels
        "channel": {"web", "telegram", "wecom", "wecom-bot", "wecom-robot", "wecom-chat", "other"},
        "known": {"new", "known", "ignored"},
        "end": {"done", "failed", "quarantined"},
        "fate": {"sent", "later", "refused", "unreachable", "unknown"},
        "state": {"pending", "sending", "sent", "failed", "uncertain"},
    }
    assert {
        (name, value) for name, value in labels if value not in closed.get(name, {value})
    } == set()


async def test_turns_and_answers_are_counted(world: World) -> None:
    def count(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before = (
        count("qingtuan_turns_total", end="done"),
        count("qingtuan_events_total", channel="web", known="known"),
        count("qingtuan_answer_seconds_count", channel="web"),
    )
    for _ in range(2):
        await world.said("ann", "/help", key="same")
    after = (
        count("qingtuan_turns_total", end="done"),
        count("qingtuan_events_total", channel="web", known="known"),
        count("qingtuan_answer_seconds_count", channel="web"),
    )
    assert [late - early for early, late in zip(before, after, strict=True)] == [1, 1, 1]


# ------------------------------------------------------------------ the page behind a code


async def test_the_page_shows_what_to_send() -> None:
    status, headers, body = await _get(_app(), "/c/iAbc_-123")
    assert status == 200
    assert "<code>加入 iAbc_-123</code>" in body
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_the_page_opens_the_apps_that_run() -> None:
    async def readiness() -> dict[str, Any]:
        return {"status": "ready", "checks": {}}

    app = make_app(readiness, [], ways=lambda code: [("A&B", f"https://t.me/bot?start={code}")])
    _, _, body = await _get(app, "/c/iAbc_-123")
    assert '<a href="https://t.me/bot?start=iAbc_-123"' in body
    assert "A&amp;B" in body
    assert "<code>加入 iAbc_-123</code>" in body


@pytest.mark.parametrize(
    "payload", ["<script>", "a b", "a" * 65, "é", "a'b", "..", "a\n", "%00", "a/b"]
)
async def test_other_payloads_are_not_found(payload: str) -> None:
    status, _, body = await _get(_app(), f"/c/{payload}")
    assert status == 404
    assert payload not in body


async def test_nothing_else_is_found() -> None:
    for path in ("/docs", "/openapi.json", "/admin", "/.env", "/metrics/", "/readyz/x"):
        assert (await _get(_app(), path))[0] in {404, 307}
