"""The zip around an Office file, unpacked under limits and packed again without its surprises."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from services.sheets.sheet import MOST_BYTES, Unreadable, UnreadableReason

MOST_ENTRIES = 1_000
_CHUNK = 64 * 1024
_END = b"PK\x05\x06"
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MACRO = re.compile(rb"macroEnabled|vbaProject|macrosheet", re.IGNORECASE)
_ENCRYPTED = 0x1


def unpack(content: bytes) -> dict[str, bytes] | Unreadable:
    """The XML parts of an Office file by name; pictures and other parts are measured and dropped.

    Refused: more than 20 MB or 1,000 entries (as declared and as streamed), encryption, macros,
    document types, two entries of one name, anything before or after the archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            refusal = _check(content, archive)
            return refusal or _stream_parts(archive)
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
        ValueError, KeyError, IndexError, OverflowError, MemoryError,
    ) as error:  # fmt: skip
        return Unreadable(UnreadableReason.DAMAGED, type(error).__name__)


def _check(content: bytes, archive: zipfile.ZipFile) -> Unreadable | None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        return Unreadable(UnreadableReason.TOO_BIG, f"{len(entries)} entries")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        return Unreadable(UnreadableReason.ENCRYPTED)
    if any("vbaproject" in name.lower() or "macrosheets/" in name.lower() for name in names):
        return Unreadable(UnreadableReason.MACROS)
    glued = content[-22:-18] != _END or min((e.header_offset for e in entries), default=1) != 0
    if glued or len({name.lower() for name in names}) != len(names):
        return Unreadable(UnreadableReason.DAMAGED, "not one plain archive")
    return None


def _stream_parts(archive: zipfile.ZipFile) -> dict[str, bytes] | Unreadable:
    parts: dict[str, bytes] = {}
    room = MOST_BYTES
    for entry in archive.infolist():
        kept = bytearray()
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                room -= len(chunk)
                if room < 0:  # what it declares may be a lie
                    return Unreadable(UnreadableReason.TOO_BIG, "streamed")
                kept += chunk
        if entry.filename.endswith((".xml", ".rels")):
            parts[entry.filename] = bytes(kept)
    return _judge(parts)


def _judge(parts: dict[str, bytes]) -> dict[str, bytes] | Unreadable:
    if _MACRO.search(parts.get("[Content_Types].xml", b"")):
        return Unreadable(UnreadableReason.MACROS)
    for name, part in parts.items():
        if part.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in part[:64]:
            return Unreadable(UnreadableReason.DAMAGED, "a part is not UTF-8")
        if _DOCTYPE.search(part):
            return Unreadable(UnreadableReason.DAMAGED, f"document type in {name[:40]}")
    return parts


def pack(parts: dict[str, bytes]) -> bytes:
    """The parts as a fresh archive, so that a second reader sees exactly what was checked."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()
