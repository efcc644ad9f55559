"""A01-A06: the guards in their order, ten thousand forged callbacks, and how long a no takes."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.channels.wecom.crypto import Crypto, Forged
from bot.channels.wecom.lock import Late
from tests.bot.wecom import vectors
from tests.bot.wecom.inbound import AT, lock
from tests.emulators.wecom.callbacks import Identity
from tests.emulators.wecom.letters import NOW, message

Pairs = list[tuple[str, str]]
WHO = Identity()


def _refused(query: Pairs, body: bytes) -> Forged:
    guards = lock()
    with pytest.raises(Forged) as caught:
        guards.opened(guards.proof(query), body, AT)
    return caught.value


def _good(letter: str | bytes = b"<xml/>", at: int = NOW) -> tuple[Pairs, bytes]:
    sealed = WHO.sealed(letter)
    return list(WHO.query(sealed, at).items()), WHO.envelope(sealed).encode()


def test_the_published_example_passes_all_guards() -> None:
    guards = lock()
    found = guards.opened(guards.proof(vectors.QUERY), vectors.BODY, vectors.AT)
    assert "<Content><![CDATA[hello]]></Content>" in found
    for seconds, fresh in ((299, True), (300, True), (301, False), (-300, True), (-301, False)):
        at = vectors.AT + timedelta(seconds=seconds)
        if fresh:
            guards.opened(guards.proof(vectors.QUERY), vectors.BODY, at)
        else:
            with pytest.raises(Late):
                guards.opened(guards.proof(vectors.QUERY), vectors.BODY, at)


def test_every_parameter_is_given_once() -> None:
    query, body = _good()
    for name, value in query:
        _refused([*query, (name, value)], body)
        _refused([*query, (name, "")], body)
        _refused([pair for pair in query if pair[0] != name], body)
    _refused([*query, ("x", "1"), ("x", "1")], body)


def test_what_is_late_is_genuine_only_if_it_is_signed() -> None:
    query, body = _good(at=NOW - 301)
    late = _refused(query, body)
    assert isinstance(late, Late)
    assert late.genuine
    wrong = [(name, "0" * 40 if name == "msg_signature" else value) for name, value in query]
    for bad in (_refused(wrong, body), _refused(query, b""), _refused(query, body + b"<")):
        assert isinstance(bad, Late)
        assert not bad.genuine


def test_nothing_is_decrypted_that_is_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(Crypto, "opened", lambda _, text: opened.append(text))
    query, body = _good()
    for number in range(3):
        tampered = [
            (name, "f" * 40 if at == number else value) for at, (name, value) in enumerate(query)
        ]
        _refused(tampered, body)
    _refused(query, body.replace(b"<AgentID><![CDATA[218", b"<AgentID><![CDATA[219"))
    _refused(query, body.replace(b"<ToUserName><![CDATA[wx", b"<ToUserName><![CDATA[ww"))
    assert opened == []
    guards = lock()
    guards.opened(guards.proof(query), body, AT)
    assert len(opened) == 1


Forging = Callable[[random.Random, Pairs, bytes], tuple[Pairs, bytes]]


def _flip_query(chance: random.Random, query: Pairs, body: bytes) -> tuple[Pairs, bytes]:
    number = chance.randrange(len(query))
    name, value = query[number]
    place = chance.randrange(len(value))
    changed = value[:place] + chr(ord(value[place]) ^ 1 << chance.randrange(7)) + value[place + 1 :]
    return [*query[:number], (name, changed), *query[number + 1 :]], body


def _flip_sealed(chance: random.Random, query: Pairs, body: bytes) -> tuple[Pairs, bytes]:
    begin = body.index(b"<Encrypt><![CDATA[") + 18
    place = chance.randrange(begin, body.index(b"]]></Encrypt>"))
    letter = chance.choice([one for one in b"ABCDEFGHabcdefgh0123+/=\xff<" if one != body[place]])
    return query, body[:place] + bytes((letter,)) + body[place + 1 :]


def _cut(chance: random.Random, query: Pairs, body: bytes) -> tuple[Pairs, bytes]:
    return query, body[: chance.randrange(len(body))]


def _noise(chance: random.Random, query: Pairs, _: bytes) -> tuple[Pairs, bytes]:
    return query, chance.randbytes(chance.randrange(400))


def _drop_or_double(chance: random.Random, query: Pairs, body: bytes) -> tuple[Pairs, bytes]:
    number = chance.randrange(len(query))
    if chance.random() < 0.5:
        return query[:number] + query[number + 1 :], body
    return [*query, query[number]], body


def _signed_noise(chance: random.Random, _: Pairs, __: bytes) -> tuple[Pairs, bytes]:
    """The token leaked, the key did not."""
    blocks = base64.b64encode(chance.randbytes(16 * chance.randrange(1, 20))).decode()
    return list(WHO.query(blocks, NOW).items()), WHO.envelope(blocks).encode()


def _twice(_: random.Random, query: Pairs, body: bytes) -> tuple[Pairs, bytes]:
    extra = body[body.index(b"<Encrypt>") : body.index(b"</xml>")]
    return query, body.replace(b"</xml>", extra + b"</xml>")


FORGED: tuple[Forging, ...] = (
    *(_flip_query, _flip_sealed, _cut, _noise, _drop_or_double, _signed_noise, _twice),
)


def test_ten_thousand_forged_callbacks_are_refused() -> None:
    chance = random.Random(345)
    letters = [_good(message(Content=text)) for text in ("", "hello", "青团" * 100)]
    guards = lock()
    for number in range(10_000):
        query, body = chance.choice(letters)
        query, body = FORGED[number % len(FORGED)](chance, query, body)
        with pytest.raises(Forged):
            guards.opened(guards.proof(query), body, AT)


BOMBS = {
    "external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml>&x;</xml>',
    "parameter entity": '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]><xml/>',
    "laughs": "<!DOCTYPE l [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]><xml>&j;</xml>",
    "quadratic": f"<!DOCTYPE q [<!ENTITY a '{'x' * 30_000}'>]><xml>{'&a;' * 9_000}</xml>",
    "empty DTD": "<!DOCTYPE xml><xml/>",
    "nested": "<xml>" + "<a>" * 20_000,
    "nested and closed": "<xml>" + "<a>" * 8_000 + "</a>" * 8_000 + "</xml>",
    "wide": "<xml>" + "<a/>" * 15_000 + "</xml>",
    "attributes": "<xml " + " ".join(f"a{n}=''" for n in range(7_000)) + "/>",
    "unclosed": "<xml><Encrypt><![CDATA[" + "x" * 60_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_do_not_go_off(bomb: str) -> None:
    query, _ = _good()
    begun = time.process_time()
    _refused(query, bomb.encode())
    assert time.process_time() - begun < 0.02
    query, body = _good(bomb)
    guards = lock()
    assert guards.opened(guards.proof(query), body, AT) == bomb  # sealed: the next guard's


def test_a_callback_costs_little() -> None:
    """Signature, AES, XML and reading: under 1 ms of CPU each (issue 4)."""
    from tests.bot.wecom.inbound import heard

    query, body = _good(message(Content="帮助"))
    guards = lock()
    begun = time.process_time()
    for _ in range(500):
        heard(guards.opened(guards.proof(query), body, AT))
    assert (time.process_time() - begun) / 500 < 0.001
