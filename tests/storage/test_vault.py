"""Encrypted columns: old keys open, a changed byte does not, an index finds every version."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import Sealed, Vault

ONE, TWO, THREE = (1, b"1" * 32), (2, b"2" * 32), (3, b"3" * 32)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    st.lists,
    max_leaves=8,
)


@given(st.text(st.characters()))
def test_what_is_sealed_is_opened(text: str) -> None:
    vault = Vault([ONE])
    assert vault.open("persons.phone", vault.seal("persons.phone", text)) == text


@given(_json)
def test_json_comes_back(value: Any) -> None:
    vault = Vault([ONE])
    assert vault.open_json("inbox.payload", vault.seal_json("inbox.payload", value)) == value


@given(st.text(), st.data())
def test_every_flipped_bit_is_seen(text: str, data: st.DataObject) -> None:
    vault = Vault([ONE])
    sealed = bytearray(vault.seal("persons.phone", text))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << (place % 8)
    with pytest.raises(Sealed):
        vault.open("persons.phone", bytes(sealed))


def test_a_value_is_bound_to_its_column() -> None:
    vault = Vault([ONE])
    with pytest.raises(Sealed):
        vault.open("persons.birth", vault.seal("persons.phone", "139"))


def test_the_same_value_is_sealed_differently_each_time() -> None:
    vault = Vault([ONE])
    assert vault.seal("persons.phone", "139") != vault.seal("persons.phone", "139")


def test_keys_rotate() -> None:
    old, new = Vault([ONE]), Vault([TWO, ONE])
    before, after = old.seal("persons.phone", "139"), new.seal("persons.phone", "139")
    assert new.open("persons.phone", before) == new.open("persons.phone", after) == "139"
    with pytest.raises(Sealed, match="its key is not configured"):
        old.open("persons.phone", after)
    with pytest.raises(Sealed):
        Vault([THREE]).open("persons.phone", before)


def test_an_index_finds_rows_of_every_version() -> None:
    old, new = Vault([ONE]), Vault([TWO, ONE])
    stored = old.index("persons.phone", "139")
    assert stored in new.lookups("persons.phone", "139")
    assert new.index("persons.phone", "139") == new.lookups("persons.phone", "139")[0] != stored
    assert re.fullmatch(r"2:[0-9a-f]{40}", new.index("persons.phone", "139"))
    assert old.index("persons.number", "139") != stored  # the same digits in another column
    assert old.index("persons.phone", "138") != stored


def test_the_same_key_under_two_versions_is_two_keys_for_the_index_only_by_name() -> None:
    vault = Vault([(1, b"1" * 32), (9, b"1" * 32)])
    first, second = vault.lookups("persons.phone", "139")
    assert first[2:] == second[2:]
    assert first != second


def test_without_a_key_there_is_no_vault() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Vault([])


def test_keys_are_read_as_the_configuration_has_them() -> None:
    vault = Vault.from_texts(["7:" + "A" * 43 + "="])
    assert vault.seal("c", "x")[:2] == (7).to_bytes(2, "big")
