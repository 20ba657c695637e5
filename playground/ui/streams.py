"""A stream of events whose session Gradio has just cleaned up is ended quietly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Scope

PATH = "/queue/data"
LOST, CLOSE = b'"session_not_found":true', b'data: {"msg":"close_stream"}\n\n'


class Streams:
    """Around the whole application.

    A page that is being left may open its stream of events once more while Gradio, which has seen the former one break,
    forgets the session. Gradio then tells the page an error and raises in the middle of the answer: a traceback in the log
    for something that nobody misses. Here the page is told that the stream has ended.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]):
        self.app = app

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(PATH):
            await self.app(scope, receive, send)
            return
        lost = False

        async def send_on(message: Any) -> None:
            nonlocal lost
            if LOST in message.get("body", b""):
                lost = True
                message = {**message, "body": CLOSE}
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except Exception:
            if not lost:
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
