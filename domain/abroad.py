"""What may go to a channel whose messages are kept abroad (个人信息保护法 art. 38-40)."""

from __future__ import annotations

ABROAD = frozenset({"telegram"})
"""Channels whose platform keeps its messages outside the country."""

PURPOSE = "telegram"
"""The purpose of the consent of its own that sending there needs (art. 39)."""

WITHHELD = frozenset({"phone", "number", "identity", "birth"})
"""Fields that go there only where `privacy.telegram_personal_data` says so (SPEC section 4)."""
