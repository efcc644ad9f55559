"""Decides by the first bytes, not by the name, how a file is read."""

from __future__ import annotations

from services.sheets.sheet import MOST_BYTES, Sheet, Unreadable, UnreadableReason

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007, and encrypted Office
_FOREIGN = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM\x00", b"RIFF", b"Rar!", b"7z\xbc\xaf",
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MZ", b"\x7fELF", b"{\\rtf", b"SQLite format 3",
    b"PK\x05\x06",  # an archive without entries
)  # fmt: skip


def rows(content: bytes, name: str) -> Sheet | Unreadable:
    """The rows of the first filled table in a file of Excel, Word, CSV or text.

    Never raises, whatever the bytes are. `name` is only told in the detail of a refusal (its
    ending). Blocks while it works: call it from a thread.
    """
    if len(content) > MOST_BYTES:
        return Unreadable(UnreadableReason.TOO_BIG, f"{len(content)} bytes")
    if not content.strip():
        return Unreadable(UnreadableReason.EMPTY)
    if content.startswith(_ZIP):
        return _office(content)
    if content.startswith(_COMPOUND):
        return _compound(content)
    if content.startswith(_FOREIGN):
        ending = name.rsplit(".", 1)[-1][:8] if "." in name else ""
        return Unreadable(UnreadableReason.UNKNOWN_KIND, ending)
    from services.sheets.text import text_file  # noqa: PLC0415 - only what a file needs

    return text_file(content)


def _office(content: bytes) -> Sheet | Unreadable:
    from services.sheets.archive import unpack  # noqa: PLC0415 - only what a file needs

    parts = unpack(content)
    if isinstance(parts, Unreadable):
        return parts
    if "xl/workbook.xml" in parts:
        from services.sheets.archive import pack  # noqa: PLC0415
        from services.sheets.workbook import read_workbook  # noqa: PLC0415

        return read_workbook(pack(parts), "xlsx")
    if "word/document.xml" in parts:
        from services.sheets.word import read_document  # noqa: PLC0415

        return read_document(parts["word/document.xml"])
    return Unreadable(UnreadableReason.UNKNOWN_KIND, "zip")


def _compound(content: bytes) -> Sheet | Unreadable:
    """The names of the streams tell what is inside; they are UTF-16 in the directory."""
    if _stream(content, "EncryptedPackage"):
        return Unreadable(UnreadableReason.ENCRYPTED)
    if _stream(content, "_VBA_PROJECT_CUR") or _stream(content, "_VBA_PROJECT"):
        return Unreadable(UnreadableReason.MACROS)
    if not (_stream(content, "Workbook") or _stream(content, "Book")):
        return Unreadable(UnreadableReason.UNKNOWN_KIND, "compound")
    from services.sheets.workbook import read_workbook  # noqa: PLC0415 - only what a file needs

    return read_workbook(content, "xls")


def _stream(content: bytes, name: str) -> bool:
    return name.encode("utf-16-le") + b"\0\0" in content
