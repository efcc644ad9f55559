"""Files: what was uploaded, by whom ever, and how it is fetched again."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from tests.emulators.telegram import arguments
from tests.emulators.telegram.arguments import Upload
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import Json
from tests.emulators.telegram.refusal import bad

_MOST = {"photo": 10 * 2**20, "document": 50 * 2**20}  # bytes that a bot may upload
_DOWNLOAD = 20 * 2**20  # bytes that it may fetch


def keep(net: Network, content: bytes, kind: str, name: str, media_type: str) -> Json:
    """Remember a file; answers what there is to know about it."""
    secret = secrets.token_urlsafe(24)
    folder = "photos" if kind == "photo" else "documents"
    ending = name.rpartition(".")[2] if "." in name else "bin"
    made: Json = {
        "file_id": f"{kind[:1].upper()}gAC{secret}",
        "file_unique_id": f"AQAD{secrets.token_urlsafe(8)}",
        "file_size": len(content),
        "path": f"{folder}/file_{len(net.files)}.{ending}",
        "content": content,
        "kind": kind,
        "name": name,
        "type": media_type,
    }
    net.files[made["file_id"]] = made
    return made


def part(kept: Json) -> Json:
    """The part of a Message that shows this file."""
    known = {name: kept[name] for name in ("file_id", "file_unique_id", "file_size")}
    if kept["kind"] == "photo":
        return {"photo": [{**known, "width": 800, "height": 600}]}
    return {"document": {**known, "file_name": kept["name"], "mime_type": kept["type"]}}


def outgoing(net: Network, args: Json, kind: str) -> Json:
    """The part of a Message for the file that a call brings or names."""
    told: Any = args.get(kind)
    if isinstance(told, str) and told.startswith("attach://"):
        told = args.get(told.removeprefix("attach://"))
    if isinstance(told, Upload):
        return part(_uploaded(net, told, kind))
    if not told:
        raise bad(f"there is no {kind} in the request")
    kept = net.files.get(str(told))
    if kept is not None:
        if kept["kind"] != kind:
            raise bad("type of file mismatch")
        return part(kept)
    if urlsplit(str(told)).scheme in ("http", "https"):
        raise bad("failed to get HTTP URL content")  # nothing leaves this machine
    raise bad("wrong remote file identifier specified: Wrong string length")


def _uploaded(net: Network, told: Upload, kind: str) -> Json:
    if not told.content:
        raise bad("file must be non-empty")
    if len(told.content) > _MOST[kind]:
        raise bad(f"file is too big for {kind}")
    return keep(net, told.content, kind, told.name, told.type)


def get_file(net: Network, args: Json) -> Json:
    """getFile."""
    kept = net.files.get(arguments.text(args, "file_id"))
    if kept is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if kept["file_size"] > _DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": kept["file_id"],
        "file_unique_id": kept["file_unique_id"],
        "file_size": kept["file_size"],
        "file_path": kept["path"],
    }


def at(net: Network, path: str) -> Json | None:
    """The file with this path."""
    return next((kept for kept in net.files.values() if kept["path"] == path), None)


METHODS = {"getFile": get_file}
