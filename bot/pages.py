"""Lists in pages of at most eight, and the buttons that turn them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.chat import Choice

SIZE = 8  # SPEC section 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: `number` counts from 0, `total` are all items of the list."""

    items: Sequence[T]
    number: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(0, -(-self.total // SIZE) - 1)

    def turner(self, purpose: str, object_id: int = 0, **more: Any) -> tuple[Choice, ...]:
        """The buttons 上一页 and 下一页, where there is such a page. The argument is the page."""
        found = []
        if self.number > 0:
            found.append(
                Choice("page.previous", purpose, object_id, argument=self.number - 1, **more)
            )
        if self.number < self.last:
            found.append(Choice("page.next", purpose, object_id, argument=self.number + 1, **more))
        return tuple(found)
