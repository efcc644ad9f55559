"""A backlog of very many messages that takes no room until it is fetched."""

from __future__ import annotations

from collections.abc import Callable

from tests.emulators.telegram.journal import compact
from tests.emulators.telegram.updates import Update

_BODY = (
    '{"update_id":%d,"message":{"message_id":%d,'
    '"from":{"id":%d,"is_bot":false,"first_name":"用户%d","language_code":"zh-hans"},'
    '"chat":{"id":%d,"type":"private","first_name":"用户%d"},"date":%d,"text":%s%s}}'
)


class Backlog:
    """`per_user` messages of each of `users`: everybody's first, then everybody's second, ...

    `{n}` in the text becomes the number of the message of that user, from 0.
    """

    def __init__(
        self,
        text: str,
        *,
        first_user: int,
        users: int,
        per_user: int,
        first_update: int,
        first_message: int,
        date: int,
        lifetime: float,
        heard: Callable[[int], None],
    ) -> None:
        self._text, self._users, self._count = text, users, users * per_user
        self._first_user, self._first_update, self._first_message = (
            first_user,
            first_update,
            first_message,
        )
        self._date, self._expires, self._heard = date, date + lifetime, heard
        self._at = 0

    def __len__(self) -> int:
        return self._count - self._at

    def popleft(self) -> Update:
        """Make the next one."""
        index, self._at = self._at, self._at + 1
        round_, place = divmod(index, self._users)
        user, number = self._first_user + place, self._first_update + index
        self._heard(user)
        text = self._text.replace("{n}", str(round_))
        more = ""
        if text.startswith("/"):
            entity = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
            more = f',"entities":{compact([entity])}'
        message = self._first_message + index
        body = _BODY % (
            number,
            message,
            user,
            user,
            user,
            user,
            self._date,
            compact(text),
            more,
        )
        return Update(number, "message", user, self._expires, body.encode())
