"""The web server: both pages, the assets, a health check, and guards at the door."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from playground.data import playground_home
from playground.errors import PlaygroundError, RuntimeFailure
from playground.limits import Limits, is_public, read_limits
from playground.runs.served import take_runs
from playground.services import Services
from playground.ui.assets import ASSETS, URL, styles
from playground.ui.page import build_page
from playground.ui.streams import Streams
from playground.ui.theme import make_theme

GRACEFUL_SECONDS = 1
HIDDEN = {"openapi_url": None, "docs_url": None, "redoc_url": None}
HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1">' + (
    "<script>if(!new URLSearchParams(location.search).has('__theme')){const t=localStorage.getItem('pp-theme');"
    "if(t)document.addEventListener('DOMContentLoaded',()=>document.body.classList.toggle('dark',t==='dark'))}</script>"
)
Scope = MutableMapping[str, Any]


def serve(host: str, port: int) -> None:
    """Build both pages and serve them until SIGINT or SIGTERM; then end every job and go within seconds.

    Raises:
        RuntimeFailure: the address cannot be listened on, most often because another server does.
    """
    check_address(host, port)
    limits = read_limits(public=is_public(host))
    home = playground_home()
    owner = take_runs(home / "runs")
    services = Services(limits, home)
    app = make_app(services)
    config = uvicorn.Config(
        Guard(Streams(app), limits),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        timeout_keep_alive=30,
    )
    # uvicorn raises the signal again when it has shut down: by default SIGTERM would then end the process on the spot,
    # before the jobs have been told and their histories say `stopped`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        Server(config, services).run()
    except KeyboardInterrupt:
        pass
    finally:
        services.close()
        if owner is not None:
            owner.close()
        logging.shutdown()
        # Streams may still sit in worker threads, for which the interpreter's own goodbye would wait.
        os._exit(0)


def check_address(host: str, port: int) -> None:
    """
    Raises:
        RuntimeFailure: see `serve`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # as the server itself does: what a server before it left behind is no hindrance
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port, *address[2:]))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RuntimeFailure("server.address", host=host, port=port, reason=reason) from error


class Server(uvicorn.Server):
    """Ends the jobs as soon as the signal comes: they and the open streams use the same seconds."""

    def __init__(self, config: uvicorn.Config, services: Services):
        super().__init__(config)
        self.services = services

    def handle_exit(self, sig: int, frame: Any) -> None:
        threading.Thread(target=self.services.close, daemon=True).start()
        super().handle_exit(sig, frame)


def make_app(services: Services) -> FastAPI:
    """The application: `/` in English, `/zh/` in 中文, the assets, `/healthz`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI):
        # After the first answer can be given: what takes seconds to load must not delay the page.
        threading.Timer(0.5, services.warm_up).start()
        yield

    app = FastAPI(lifespan=lifespan, **HIDDEN)  # type: ignore[arg-type]
    app.mount(URL, StaticFiles(directory=ASSETS), name="assets")

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/zh", include_in_schema=False)
    def zh() -> RedirectResponse:
        return RedirectResponse("/zh/")

    @app.get("/runs/{run_id}/{name}", include_in_schema=False)
    def weights(run_id: str, name: str) -> Response:
        try:
            content = services.trained.weight_file(run_id, name)
        except PlaygroundError as error:
            return JSONResponse({"error": error.to_json()}, 404)
        disposition = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/octet-stream", headers=disposition)

    @app.get("/exports/{token}/{name}", include_in_schema=False)
    def exported(token: str, name: str) -> Response:
        try:
            file = services.exports.shelf.find(token, name)
        except PlaygroundError as error:
            return JSONResponse({"error": error.to_json()}, 404)
        # The name has been made safe for a header when the file was made.
        headers = {"content-disposition": f'attachment; filename="{file.name}"', "cache-control": "no-store"}
        return FileResponse(file, media_type="application/octet-stream", headers=headers)

    @app.get("/benchmarks/{benchmark_id}/trace.json.gz", include_in_schema=False)
    def trace(benchmark_id: str) -> Response:
        try:
            file = services.benchmarks.traces.find(benchmark_id)
        except PlaygroundError as error:
            return JSONResponse({"error": error.to_json()}, 404)
        # As a file of bytes and never as a page: a learner's own names stand in it.
        headers = {"content-disposition": 'attachment; filename="profile.trace.json.gz"', "cache-control": "no-store"}
        return FileResponse(file, media_type="application/octet-stream", headers=headers)

    for language, path in (("zh", "/zh"), ("en", "/")):
        app = gr.mount_gradio_app(
            app,
            build_page(services, language),
            path=path,
            theme=make_theme(),
            head=HEAD + styles("css/playground.css"),
            footer_links=[],
            run_history=False,
            show_error=False,
            enable_monitoring=False,
            max_file_size=services.limits.request_bytes,
            app_kwargs=dict(HIDDEN),
            mcp_server=False,
        )
    return app


class Guard:
    """At the door: bodies that are too large, addresses that ask too often, and a few safe headers."""

    def __init__(self, app: Callable[..., Awaitable[None]], limits: Limits):
        self.app = app
        self.limits = limits
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limits.request_bytes:
            await _refuse(send, 413, f"the body may have {self.limits.request_bytes} bytes at most")
            return
        if scope["method"] == "POST" and not self._may_ask(scope["client"][0] if scope["client"] else ""):
            await _refuse(send, 429, "too many requests; slow down")
            return
        received = 0

        async def receive_limited() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limits.request_bytes:  # a body without a length
                return {"type": "http.disconnect"}
            return message

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
                if scope["path"].startswith("/assets/") or b"v=" in scope["query_string"]:
                    # The name or the query holds a fingerprint of the content.
                    extra.append((b"cache-control", b"public, max-age=31536000, immutable"))
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive_limited, send_with_headers)

    def _may_ask(self, address: str) -> bool:
        """A token bucket per address: `requests_per_second` on average, ten seconds' worth at once."""
        rate, now = self.limits.requests_per_second, time.monotonic()
        tokens, before = self._buckets.get(address, (10 * rate, now))
        tokens = min(10 * rate, tokens + (now - before) * rate)
        self._buckets[address] = (max(tokens - 1, 0), now)
        self._buckets.move_to_end(address)
        while len(self._buckets) > 5000:
            self._buckets.popitem(last=False)
        return tokens >= 1


async def _refuse(send: Callable[..., Any], status: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
