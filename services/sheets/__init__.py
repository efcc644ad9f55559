"""A file or pasted text as rows of strings: Excel, CSV, Word, text (QUALITY A20)."""

from domain.roster import SheetRow
from services.sheets.opening import rows
from services.sheets.sheet import Sheet, Unreadable, UnreadableReason
from services.sheets.text import pasted

__all__ = ["Sheet", "SheetRow", "Unreadable", "UnreadableReason", "pasted", "rows"]
