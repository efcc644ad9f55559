"""A nursery (tests/emulators/nursery.py) whose children can also be served on Telegram.

Importing the library takes two seconds and more: here it is imported once, before the forks.
"""

from __future__ import annotations

import importlib

from tests.emulators import nursery
from tests.faults import telegram_serve

if __name__ == "__main__":
    importlib.import_module("bot.channels.telegram")
    nursery.MAINS["telegram"] = telegram_serve.main
    nursery.main()
