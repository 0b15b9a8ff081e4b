"""A receiver of notices on a port, for tests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Heard:
    """A receiver of notices; refuses the first `refusals` of them, and knows their keys."""

    def __init__(self, refusals: int = 0) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.left = refusals
        self.keys: list[str] = []

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[str]:
        heard = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.left -= 1
                heard.keys.append(str(self.headers["Idempotency-Key"]))
                if heard.left < 0:
                    heard.bodies.append(json.loads(body))
                self.send_response(503 if heard.left >= 0 else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", port), Receiver) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_address[1]}/told"
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
