"""Excel files, read by calamine in a process of its own with little memory and time.

A broken or malicious workbook can make the reader allocate a dense table of 17 billion cells,
loop or abort; none of that may happen to the service.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from domain.roster import SheetRow
from services.sheets.sheet import Sheet, Unreadable, UnreadableReason, sheet_of

_READER = Path(__file__).with_name("workbook_reader.py")
_SECONDS = 20.0


def read_workbook(content: bytes, kind: str) -> Sheet | Unreadable:
    """The first visible sheet that holds anything; `kind` is xlsx or xls."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and file, no shell
            [sys.executable, "-I", "-S", str(_READER), _library_folder()],
            input=content,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Unreadable(UnreadableReason.TOO_BIG, "time")
    if done.returncode < 0:  # out of memory or of processor time
        return Unreadable(UnreadableReason.TOO_BIG, f"reader stopped by {-done.returncode}")
    if done.returncode != 0:
        return Unreadable(UnreadableReason.DAMAGED, f"reader ended with {done.returncode}")
    answer = json.loads(done.stdout)
    if "refused" in answer:
        return Unreadable(UnreadableReason(answer["refused"]), answer.get("detail", ""))
    found = (SheetRow(line, tuple(cells)) for line, cells in answer["rows"])
    return sheet_of(found, kind, answer["left_out"])


def _library_folder() -> str:
    """Where calamine lives; found without importing it into this process."""
    found = importlib.util.find_spec("python_calamine")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("python_calamine")
    return str(Path(found.origin).parent.parent)
