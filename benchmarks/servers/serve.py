"""A page server that is never the limit: `python -m benchmarks.servers.serve FOLDER`.

Prints its port. Answers token requests, `Organisation`, and pages of `Invoices` from the files of a
folder; with If-Modified-Since its delta: 1 % of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.servers.invoices import NOW_MS

TOKEN = json.dumps({"access_token": "t", "expires_in": 1800, "token_type": "Bearer"}).encode()


class Pages(asyncio.Protocol):
    """One connection; HTTP/1.1 with keep-alive, as little of it as the clients need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = len(list(folder.glob("*.json.gz")))
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {k.lower(): v for k, _, v in (each.partition(": ") for each in lines[1:])}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            self.answer(lines[0].split(" ")[1], headers)

    def answer(self, target: str, headers: dict[str, str]) -> None:
        url = urlsplit(target)
        if url.path.endswith("/connect/token"):
            self.send(TOKEN, gzipped=False)
            return
        asked = parse_qs(url.query)
        number = int(asked.get("page", ["1"])[0])
        if "if-modified-since" in headers:
            number = 0 if number == 1 else self.count + 1
        path = self.folder / f"{number:05}.json.gz"
        if path.exists():
            self.send(path.read_bytes(), gzipped=True)
        else:
            empty = {"DateTimeUTC": f"/Date({NOW_MS})/", "Invoices": []}
            self.send(json.dumps(empty).encode(), gzipped=False)

    def send(self, body: bytes, *, gzipped: bool) -> None:
        encoding = "Content-Encoding: gzip\r\n" if gzipped else ""
        self.transport.write(  # type: ignore[attr-defined]
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{encoding}"
            f"X-DayLimit-Remaining: 5000\r\nX-MinLimit-Remaining: 60\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )


async def main(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Pages(folder), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
