"""Secrets that were changed while we run are read again, without a restart."""

from __future__ import annotations

import os

from bot import logs
from bot.config import Config, ConfigProblem, load


def renewed(config: Config) -> Config:
    """The configuration as the file, the environment and the secret files have it now.

    The old one where it cannot be read: somebody is writing it just now.
    """
    try:
        new = load(config.file, os.environ)
    except ConfigProblem:
        return config
    logs.hide(new.secrets())
    return new
