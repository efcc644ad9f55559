"""Bringing a file to WeCom in chunks; what has arrived is not brought again."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from bot.channels.wecom_bot.connection import Connection
from bot.channels.wecom_bot.frames import (
    UPLOAD_CHUNK,
    UPLOAD_FINISH,
    UPLOAD_INIT,
    Frame,
    Json,
    new_request,
    string,
)
from bot.channels.wecom_bot.plan import File

CHUNK_BYTES = 512 * 1024  # the most that a chunk may have


class Rejected(Exception):
    """WeCom answered with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(slots=True)
class Upload:
    """How far a file has come. `upload` is WeCom's name of the session, good for 30 minutes."""

    upload: str = ""
    chunks: int = 0


async def uploaded(connection: Connection, file: File, upload: Upload, seconds: float) -> str:
    """Bring what is missing and answer the media id. Rejected; Ended and TimeoutError as `ask`."""
    content = file.attachment.content
    total = -(-len(content) // CHUNK_BYTES)

    async def ask(command: str, body: Json) -> Frame:
        answer = await connection.ask(command, new_request(), body, seconds)
        if answer.code:
            upload.upload, upload.chunks = "", 0
            raise Rejected(answer.code)
        return answer

    if not upload.upload:
        body: Json = {
            "type": file.kind,
            "filename": file.attachment.name,
            "total_size": len(content),
            "total_chunks": total,
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        answer = await ask(UPLOAD_INIT, body)
        upload.upload, upload.chunks = string(answer.body.get("upload_id")), 0
    while upload.chunks < total:
        part = content[upload.chunks * CHUNK_BYTES : (upload.chunks + 1) * CHUNK_BYTES]
        told = {"upload_id": upload.upload, "chunk_index": upload.chunks}
        await ask(UPLOAD_CHUNK, {**told, "base64_data": base64.b64encode(part).decode()})
        upload.chunks += 1
    answer = await ask(UPLOAD_FINISH, {"upload_id": upload.upload})
    return string(answer.body.get("media_id"))
