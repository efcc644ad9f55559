"""The yardstick of WeCom: a Starlette server that decrypts with wechatpy and answers.

`python -m tests.bench.bare_wecom PORT`. It keeps nothing, checks no time and sends nothing.
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.emulators.wecom.callbacks import KEY, TOKEN
from tests.emulators.wecom.qyapi_corp import CORP

_CRYPTO = WeChatCrypto(TOKEN, KEY, CORP)


async def hook(request: Request) -> Response:
    """Decrypt, read, say nothing."""
    query = request.query_params
    signed = (query["msg_signature"], query["timestamp"], query["nonce"])
    parse_message(_CRYPTO.decrypt_message(await request.body(), *signed))
    return Response()


if __name__ == "__main__":
    app = Starlette(routes=[Route("/wecom/callback", hook, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
