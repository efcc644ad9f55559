"""The Telegram channel: what it hears, what it says, and what becomes of it."""
