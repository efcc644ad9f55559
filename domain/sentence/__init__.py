"""The grammar of plain words: when, how long, what, where and for how many."""

from __future__ import annotations

from domain.sentence.composing import Stretch
from domain.sentence.purposes import Purpose
from domain.sentence.questions import Question
from domain.sentence.reading import Reading, as_json, read

__all__ = ["Purpose", "Question", "Reading", "Stretch", "as_json", "read"]
