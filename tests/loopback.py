"""A small web server on the loopback address with small files to serve."""

from __future__ import annotations

import contextlib
import http.server
import threading
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Loopback:
    """A web server on 127.0.0.1. `files`: what it serves, by path; `fault` = "", "404", "half" or "hang"."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    fault: str = ""
    released: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serve_files():
    """A `Loopback` for the length of the block."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page.asked.append(self.path)
            body = page.files.get(self.path)
            if page.fault == "hang":
                page.released.wait(20)
            if body is None or page.fault == "404":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body[: len(body) // 2] if page.fault == "half" else body)
            self.close_connection = True

        def log_message(self, *arguments):
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    page = Loopback(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield page
    finally:
        page.released.set()
        server.shutdown()
        server.server_close()


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of unsigned bytes as an IDX file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()
