"""A QR code as a PNG."""

from __future__ import annotations

from io import BytesIO

SCALE = 8  # pixels of one module: sharp on a phone and on A5 paper


def png(text: str) -> bytes:
    """The bytes of an image that says `text`; up to 15 % of it may be lost."""
    import segno  # noqa: PLC0415  # only who makes a code pays for the import

    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=SCALE, border=4)
    return out.getvalue()
