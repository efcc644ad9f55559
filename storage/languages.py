"""The language that somebody chose."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from storage.prepared import Prepared
from storage.schema import accounts, persons
from storage.session import Account
from storage.tx import Tx

_LANGUAGE_OF_ACCOUNT = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(language=bindparam("new_language"))
)
_LANGUAGE_OF_PERSON = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("key_id"))
    .values(language=bindparam("new_language"))
)


async def set_language(tx: Tx, account: Account, language: str) -> None:
    """Remember the language of an account and of its person."""
    await tx.run(_LANGUAGE_OF_ACCOUNT, key_id=account.id, new_language=language)
    if account.person is not None:
        await tx.run(_LANGUAGE_OF_PERSON, key_id=account.person, new_language=language)
