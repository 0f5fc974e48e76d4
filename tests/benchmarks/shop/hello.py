"""The floor of every answer: aiohttp with uvloop says hello in JSON. `hello.py PORT` serves until it is told to end."""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web

_HELLO = b'{"hello": "world"}'


async def hello(_request: web.Request) -> web.Response:
    """The least a request can cost."""
    return web.Response(body=_HELLO, content_type="application/json")


def main() -> None:
    """Serve on the port that is named."""
    app = web.Application()
    app.router.add_get("/api/v1/hello", hello)
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: None, loop=loop)


if __name__ == "__main__":
    main()
